/**
 * Accounts as files list them: JSON objects, one a line, or CSV with a header. A secret of several
 * parts has a column for each, such as `token`, or stands as JSON in the one column `secret`.
 */
import { SluiceError } from '../base/errors.ts';
import { CsvScanner } from '../sources/csv-scanner.ts';

export interface AccountLine {
  readonly service: string;
  readonly name: string;
  /** `{}` where there is none: its service knows what it lacks. */
  readonly secret: unknown;
  /** Of the file. */
  readonly line: number;
}

const LINES_SHOWN = 5;
const SYNTAX = { delimiter: ',', quote: '"', spaceBeforeQuote: true };

/** `service`: of lines that name none. Throws `account.import_invalid`. */
export function accountLines(bytes: Buffer, service: string | undefined): readonly AccountLine[] {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const lines = text.trimStart().startsWith('{') ? fromJson(text) : fromCsv(Buffer.from(text));
  return lines.map(({ line, fields }) => {
    const { name } = fields;
    const secret = secretIn(fields);
    const of = fields.service || service;
    if (typeof of !== 'string') throw wrong(line, 'it names no service; --service names one');
    if (typeof name !== 'string' || name === '') throw wrong(line, 'it has no name');
    return { service: of, name, secret, line };
  });
}

interface Line {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

function secretIn({ service: _, name: __, secret, ...rest }: Line['fields']): unknown {
  if (secret !== undefined && secret !== '') return secret;
  const parts = Object.entries(rest).filter(([, part]) => part !== undefined && part !== '');
  return Object.fromEntries(parts);
}

function fromJson(text: string): Line[] {
  return text.split('\n').flatMap((each, at) => {
    if (each.trim() === '') return [];
    try {
      const fields: unknown = JSON.parse(each);
      if (typeof fields !== 'object' || fields === null) throw wrong(at + 1, 'it is no object');
      return [{ line: at + 1, fields: fields as Line['fields'] }];
    } catch (error) {
      // What a parser quotes may be a secret.
      throw error instanceof SluiceError ? error : wrong(at + 1, 'it is no JSON');
    }
  });
}

function fromCsv(bytes: Buffer): Line[] {
  const scanner = new CsvScanner(SYNTAX, { decode: true, bytes: false });
  const records = [...scanner.push(bytes), ...scanner.end()].filter(({ role }) => role === 'row');
  const [header, ...rows] = records;
  const names = header?.cells.map((cell) => columnName(cell.trim())) ?? [];
  if (!names.includes('name')) {
    throw wrong(header?.line ?? 1, 'it is no header with a column name');
  }
  return rows.map(({ line, cells }) => ({
    line,
    fields: Object.fromEntries(names.map((column, at) => [column, cells[at]?.trim()])),
  }));
}

/** What the secret's parts are called is the service's affair: `apiHash` stays as it is. */
function columnName(cell: string): string {
  const lower = cell.toLowerCase();
  return ['service', 'name', 'secret'].includes(lower) ? lower : cell;
}

function wrong(line: number, what: string): SluiceError {
  return new SluiceError('account.import_invalid', { detail: `line ${line}: ${what}` });
}

/**
 * What a file lacks of the secrets of its accounts, by service: whole columns, or the cells of some
 * lines. undefined = nothing.
 */
export function missingWords(
  accounts: readonly AccountLine[],
  refused: readonly { readonly at: number; readonly missing?: readonly string[] }[],
): string | undefined {
  const services = new Map<string, { count: number; lines: Map<string, number[]> }>();
  for (const { service } of accounts) {
    const known = services.get(service) ?? { count: 0, lines: new Map() };
    services.set(service, { ...known, count: known.count + 1 });
  }
  for (const { at, missing = [] } of refused) {
    const account = accounts[at];
    const lines = account && services.get(account.service)?.lines;
    for (const part of missing) lines?.set(part, [...(lines.get(part) ?? []), account?.line ?? 0]);
  }
  const words = [...services].flatMap(([service, { count, lines }]) => {
    const parts = [...lines].map(([part, at]) => {
      if (at.length === count) return part;
      const more = at.length > LINES_SHOWN ? ', …' : '';
      return `${part} (line ${at.slice(0, LINES_SHOWN).join(', ')}${more})`;
    });
    return parts.length === 0 ? [] : [`accounts of ${service} lack ${parts.join(', ')}`];
  });
  return words.length === 0 ? undefined : words.join('; ');
}
