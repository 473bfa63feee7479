/**
 * One row of an export, taken apart as text: the line of a file of records that says what its JSON
 * text would say (`parseRows`), without the number that it begins with.
 */
import { localMsIn } from './hours.ts';
import { type Column, callColumns, customIn, keyOf, type RowContext } from './parse-rows.ts';
import { instantOf } from './zone.ts';

const QUOTED = /["\r\n]/;

export class CallLine {
  readonly #columns: readonly Column[];
  readonly #context: RowContext;
  readonly #names: readonly string[];

  constructor(fields: readonly string[], context: RowContext) {
    this.#columns = callColumns(fields, context.direction);
    this.#context = context;
    this.#names = fields;
  }

  /** '' = it is no time. */
  calledAt(date: string): string {
    const localMs = localMsIn(date);
    if (Number.isNaN(localMs)) return '';
    return new Date(instantOf(localMs, this.#context.zone)).toISOString();
  }

  /** undefined = it is no call. */
  write(row: string): string | undefined {
    const cells = row.split('\t');
    const columns = this.#columns;
    if (cells.length < columns.length) return undefined;
    const calledAt = this.calledAt(this.#cell(cells, 'call_date'));
    if (calledAt === '') return undefined;
    const line = [calledAt];
    const more: Record<string, string> = Object.create(null);
    for (const [i, { kind, property }] of columns.entries()) {
      const cell = cells[i] as string;
      if (kind === 'number') line.push(numberIn(cell));
      else if (kind !== 'more') line.push(quoted(cell));
      else {
        line.push('');
        if (cell !== '') more[property] = cell;
      }
    }
    line.push(quoted(customIn(cells.slice(columns.length))));
    line.push(Object.keys(more).length === 0 ? '' : quoted(JSON.stringify(more)));
    line.push(quoted(this.#key(cells)));
    return line.join('\t');
  }

  #key(cells: readonly string[]): string {
    const { campaign, client, direction } = this.#context;
    const number = this.#cell(cells, 'uniqueid');
    const called = this.#cell(cells, 'phone_number_dialed') || this.#cell(cells, 'phone_number');
    const name = number === '' ? `${direction}/tel:${called}` : number;
    const lead = this.#cell(cells, 'lead_id');
    return keyOf(`${campaign}/${client}/${name}/${lead}/${this.#cell(cells, 'call_date')}`);
  }

  #cell(cells: readonly string[], name: string): string {
    return cells[this.#names.indexOf(name)] ?? '';
  }
}

function numberIn(cell: string): string {
  const value = cell === '' ? Number.NaN : Number(cell);
  return Number.isFinite(value) ? String(value) : '';
}

function quoted(cell: string): string {
  return QUOTED.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
