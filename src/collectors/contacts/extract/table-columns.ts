/**
 * Cells of tables whose column has a head that says what its numbers are: `Office | Phone | Fax`.
 * The text of a page has no columns any more, so they are followed while it is written. A table
 * counts only where a head speaks of a fax: without one all its numbers are phones.
 */
import { ValueGate } from './letter-gate.ts';
import { labelOfWords } from './phone-labels.ts';

export interface NumberCell {
  readonly label: 'phone' | 'fax';
  readonly start: number;
  readonly end: number;
}

/** The text as far as it is written. */
export interface WrittenText {
  readonly length: number;
  passes(gate: ValueGate, start: number, end: number): boolean;
  slice(start: number, end: number): string;
}

type Label = NumberCell['label'] | '';

interface Table {
  /** Of the columns; undefined before the first row that has several cells. */
  heads: readonly Label[] | undefined;
  /** Start of each cell of the row at hand, by column; -1 for one that a cell before spans. */
  row: number[];
}

const CELLS_MAX = 400;
const TABLES_MAX = 32;
const COLUMNS_MAX = 30;
const HEAD_CHARS_MAX = 24;
/** Of all heads: tables that lay out a page have the page in their first row. */
const HEADS_CHARS_MAX = 240;
const FAX_GATE = new ValueGate(['fax', 'fak', 'fac']);
const NO_HEADS: readonly Label[] = [];

export class TableColumns {
  readonly #text: WrittenText;
  /** The tables around and the one at hand. */
  readonly #open: Table[] = [];
  readonly cells: NumberCell[] = [];

  constructor(text: WrittenText) {
    this.#text = text;
  }

  table(): void {
    if (this.#open.length < TABLES_MAX) this.#open.push({ heads: undefined, row: [] });
  }

  tableEnd(): void {
    const table = this.#open.pop();
    if (table !== undefined) this.#rowEnd(table);
  }

  /** Closes what the page leaves open. */
  end(): void {
    while (this.#open.length > 0) this.tableEnd();
  }

  row(): void {
    const table = this.#open.at(-1);
    if (table !== undefined) this.#rowEnd(table);
  }

  cell(columns: number): void {
    const table = this.#open.at(-1);
    if (table === undefined || table.heads === NO_HEADS || table.row.length >= COLUMNS_MAX) return;
    const { row } = table;
    row.push(this.#text.length);
    for (let more = columns; more > 1 && row.length < COLUMNS_MAX; more--) row.push(-1);
  }

  #rowEnd(table: Table): void {
    const { heads, row } = table;
    if (row.length === 0) return;
    table.row = [];
    if (heads === undefined) {
      if (row.length > 1) table.heads = this.#heads(row);
      // A row that lacks cells has some of the row above: no telling which.
    } else if (row.length === heads.length) this.#label(row, heads);
  }

  #heads(row: readonly number[]): readonly Label[] {
    const text = this.#text;
    const { length } = text;
    const [first = length] = row;
    if (length - first > HEADS_CHARS_MAX || !text.passes(FAX_GATE, first, length)) return NO_HEADS;
    const heads = row.map((start, column): Label => {
      const end = this.#endOf(row, column);
      if (start < 0 || end - start > HEAD_CHARS_MAX) return '';
      const { label, direct } = labelOfWords(text.slice(start, end).trim());
      return direct && label !== 'other' ? label : '';
    });
    return heads.includes('fax') && !/\d/.test(text.slice(first, length)) ? heads : NO_HEADS;
  }

  #label(row: readonly number[], heads: readonly Label[]): void {
    for (const [column, label] of heads.entries()) {
      const start = row[column]!;
      if (label === '' || start < 0 || this.cells.length >= CELLS_MAX) continue;
      this.cells.push({ label, start, end: this.#endOf(row, column) });
    }
  }

  /** Where a cell ends: at the next one, or where the row does. */
  #endOf(row: readonly number[], column: number): number {
    return row.find((start, at) => at > column && start >= 0) ?? this.#text.length;
  }
}

/** The cell that holds the place `at`. */
export function cellAt(
  cells: readonly NumberCell[] | undefined,
  at: number,
): NumberCell | undefined {
  return cells?.find(({ start, end }) => at >= start && at < end);
}
