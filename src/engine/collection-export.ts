/**
 * A collection as a file: entries in the order of their keys. JSON has all that is known of an
 * entry; tables have its key, a column for each key of the values, and when it came and changed.
 */
import type { KeptEntry } from '../model/kept.ts';
import { ByteBatch } from '../sinks/byte-batch.ts';
import { COMMA_STYLE, csvLine, TAB_STYLE } from '../sinks/csv-cell.ts';
import type { ExportFormat } from '../sinks/export-format.ts';
import { FileOutput } from '../sinks/file-output.ts';
import type { Output } from '../sinks/output.ts';
import { safeCell } from '../sinks/safe-formulas.ts';
import type { EntryQuery, Store } from '../store/store.ts';
import { addedNames, KEYS_MAX, recordCell } from './download-columns.ts';

const PAGE = 500;

export interface CollectionExport {
  readonly store: Pick<Store, 'entries'>;
  readonly query: Omit<EntryQuery, 'keys' | 'after' | 'limit'>;
  readonly format: ExportFormat;
  readonly safeFormulas: 'off' | 'results' | 'all';
  readonly signal?: AbortSignal;
}

export interface CollectionCounts {
  readonly entries: number;
  readonly bytes: number;
}

/** Writes the entries to `output`, without finishing it. */
export async function writeCollection(
  request: CollectionExport,
  output: Output,
): Promise<CollectionCounts> {
  const batch = new ByteBatch(output);
  const { head, tail, line } = await encoder(request);
  batch.text(head);
  let entries = 0;
  for await (const entry of walk(request)) {
    batch.text(line(entry, entries));
    entries += 1;
    if (batch.full) await batch.flush();
  }
  batch.text(tail);
  await batch.flush();
  return { entries, bytes: batch.bytes };
}

/** Writes the entries to a file, which is there whole or not at all. */
export async function collectionToFile(
  request: CollectionExport,
  path: string,
): Promise<CollectionCounts> {
  const output = await FileOutput.open(path);
  try {
    const counts = await writeCollection(request, output);
    await output.finish();
    return counts;
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/** An entry as it is told: without its collection, its value as JSON in place. */
export function entryText({ key, json, jobId, firstMs, changedMs, revision }: KeptEntry): string {
  const rest = JSON.stringify({ jobId, firstMs, changedMs, revision });
  return `{"key":${JSON.stringify(key)},"value":${json},${rest.slice(1)}`;
}

async function* walk({ store, query, signal }: CollectionExport): AsyncGenerator<KeptEntry> {
  for (let after: string | undefined; ; ) {
    signal?.throwIfAborted();
    const from = after === undefined ? {} : { after };
    const page = await store.entries({ ...query, ...from, limit: PAGE });
    yield* page;
    after = page.at(-1)?.key;
    if (after === undefined) return;
  }
}

interface EntryEncoder {
  readonly head: string;
  readonly tail: string;
  line(entry: KeptEntry, number: number): string;
}

async function encoder(request: CollectionExport): Promise<EntryEncoder> {
  const { format, safeFormulas } = request;
  if (format === 'jsonl') return { head: '', tail: '', line: (entry) => `${entryText(entry)}\n` };
  if (format === 'json') {
    const line = (entry: KeptEntry, number: number) =>
      (number === 0 ? '' : ',\n') + entryText(entry);
    return { head: '[\n', tail: '\n]\n', line };
  }
  const style = format === 'tsv' ? TAB_STYLE : COMMA_STYLE;
  const safe = safeFormulas === 'off' ? (cell: string) => cell : safeCell;
  const names = await valueKeys(request);
  const own = addedNames(names, ['key', 'value', 'first', 'changed']);
  const [keyName, valueName, ...times] = own as [string, string, string, string];
  const plain = names.length === 0;
  const columns = [keyName, ...(plain ? [valueName] : names), ...times];
  return {
    head: csvLine(columns.map(safe), style),
    tail: '',
    line: ({ key, json, firstMs, changedMs }) => {
      const value: unknown = JSON.parse(json);
      const cells = plain
        ? [recordCell({ value }, 'value')]
        : names.map((name) => recordCell(value, name));
      const at = [firstMs, changedMs].map((ms) => new Date(ms).toISOString());
      return csvLine([key, ...cells].map(safe).concat(at), style);
    },
  };
}

/** The keys that the values have, in the order in which they turn up: one reading of all. */
async function valueKeys(request: CollectionExport): Promise<readonly string[]> {
  const keys = new Set<string>();
  for await (const { json } of walk(request)) {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    for (const key of Object.keys(value)) if (keys.size < KEYS_MAX) keys.add(key);
    if (keys.size >= KEYS_MAX) break;
  }
  return [...keys];
}
