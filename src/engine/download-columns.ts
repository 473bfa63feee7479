/**
 * The columns that a download adds to the input's: those of the collector's table, or else the keys
 * of its records; then `status` and `error`. A name that the input has already gets a prefix.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import type { ResultTable } from '../collectors/collector.ts';
import type { Store } from '../store/store.ts';
import type { DownloadedRow } from './download-results.ts';
import { eachRecord } from './each-record.ts';
import { recordFields } from './record-fields.ts';

/** Keys beyond these have no column; JSON lines hold everything. */
const KEYS_MAX = 1_000;

export interface ResultColumns {
  /** Without `status` and `error`. */
  readonly names: readonly string[];
  /** One cell a name. */
  cells(records: readonly string[]): readonly string[];
}

/** Columns by the collector's table. */
export function tableColumns(table: ResultTable<unknown>, options: unknown): ResultColumns {
  const names = guarded(() => table.columns(options));
  return {
    names,
    cells: (records) => {
      const parsed = records.map((record) => JSON.parse(record) as unknown);
      const cells = guarded(() => table.cells(parsed, options));
      return names.map((_, at) => cellText(cells[at]));
    },
  };
}

/** One column a key; the values of several records are joined by `; `, in order. */
export function keyColumns(keys: readonly string[]): ResultColumns {
  return {
    names: keys,
    cells: (records) => {
      const parsed = records.map((record) => JSON.parse(record) as unknown);
      return keys.map((key) =>
        parsed
          .map((record) => recordCell(record, key))
          .filter((cell) => cell !== '')
          .join('; '),
      );
    },
  };
}

/** A record's value as the text of a cell: text as it is, nothing for null, else JSON. */
export function recordCell(record: unknown, key: string): string {
  const fields = recordFields(record);
  return Object.hasOwn(fields, key) ? cellText(fields[key]) : '';
}

function cellText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : (JSON.stringify(value) ?? '');
}

/**
 * The keys of a record's schema, those of all members for a union; undefined where the schema does
 * not say. Looks at the schema's public `shape` and `options` only.
 */
export function schemaKeys(schema: unknown): readonly string[] | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if ('shape' in schema && typeof schema.shape === 'object' && schema.shape !== null) {
    return Object.keys(schema.shape);
  }
  if (!('options' in schema) || !Array.isArray(schema.options)) return undefined;
  const members = schema.options.map(schemaKeys);
  if (members.some((keys) => keys === undefined)) return undefined;
  return [...new Set(members.flatMap((keys) => keys ?? []))];
}

/** The keys that the job's records have, in the order in which they turn up: one reading of all. */
export async function recordKeys(
  store: Pick<Store, 'records'>,
  jobId: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for await (const page of eachRecord(store, jobId, signal)) {
    for (const { json } of page) {
      const fields = recordFields(JSON.parse(json));
      for (const key of Object.keys(fields)) if (keys.size < KEYS_MAX) keys.add(key);
    }
    if (keys.size === KEYS_MAX) break;
  }
  return [...keys];
}

/**
 * `names` with a prefix, and a number if need be, where the input has a column of that name:
 * `Status` is that of `status`, as it is to databases.
 */
export function addedNames(input: readonly string[], names: readonly string[]): readonly string[] {
  const theirs = new Set(input.map((name) => name.trim().toLowerCase()));
  const ours = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 1; theirs.has(free.toLowerCase()) || ours.has(free); number += 1) {
      free = number === 1 ? `sluice_${name}` : `sluice_${name}_${number}`;
    }
    ours.add(free);
    return free;
  });
}

/** What the `error` column says. */
export function errorCell({ failure }: DownloadedRow): string {
  return failure === undefined ? '' : `${failure.code}: ${failure.message}`;
}

/** A collector's own code may throw; the user meets that under its code. */
function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new SluiceError('collector.threw', { detail: messageOf(error) }, { cause: error });
  }
}
