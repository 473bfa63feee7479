/**
 * The entries of a collection into a table elsewhere: a row a key, as it is now. An entry that has
 * changed takes the place of what it was, so whoever is interrupted begins again. Rows have the
 * moment of the change as their version: nothing older ever takes the place of what is newer.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { newId } from '../../base/ids.ts';
import type { Random } from '../../base/random.ts';
import { type BackoffSchedule, backoffCeilingMs } from '../../retry/backoff.ts';
import {
  DEFAULT_PACE,
  type DeliveryBatch,
  type DeliveryRow,
  type DeliverySink,
  isPassing,
  retryAfterOf,
  VERSION_COLUMN,
  versionOf,
} from '../../sinks/delivery-sink.ts';
import { type EntrySource, flatText } from '../entry-records.ts';
import { RowMaker } from './row-maker.ts';

const PAGE = 500;
const TRIES = 6;
const BACKOFF: BackoffSchedule = { baseMs: 1_000, factor: 2, capMs: 30_000 };
const VERSION = { name: VERSION_COLUMN, type: 'text' } as const;
const OWN_COLUMNS = [
  { name: 'key', type: 'text' },
  { name: 'first', type: 'time' },
  { name: 'changed', type: 'time' },
] as const;

export interface EntryDelivery {
  readonly source: EntrySource;
  readonly sink: DeliverySink;
  /** Columns by which rows are known. */
  readonly key: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told how many are there, behind each batch. */
  readonly onBatch?: (delivered: number) => void;
  /** Told that the destination is tried again after so many ms, and why. */
  readonly onRest: (why: string, ms: number) => void;
}

/** Resolves with how many there were. Rejects with `sink.*`, or with the signal's reason. */
export async function deliverEntries(delivery: EntryDelivery): Promise<number> {
  const { source, sink, clock, random } = delivery;
  const { store, query } = source;
  const { rowsMax, charsMax } = sink.pace ?? DEFAULT_PACE;
  const run = newId('c', clock.wallMs(), random);
  const maker = new RowMaker([]);
  maker.begin(OWN_COLUMNS);
  let [delivered, batches, chars] = [0, 0, 0];
  let heads: { readonly id: string; readonly version: string }[] = [];
  const send = async () => {
    const rows: DeliveryRow[] = maker.take().map((values, at) => {
      const { id = '', version } = heads[at] ?? {};
      return { id, values: [version, ...values] };
    });
    const columns = maker.columns.map(({ name, type }) => ({ name, type }));
    await sendBatch(delivery, {
      id: `${run}-${batches}`,
      jobId: `collection-${query.collection}`,
      table: query.collection.replaceAll('-', '_').replace(/^(?![a-z])/, 't_'),
      columns: [VERSION, ...columns],
      rows,
      key: delivery.key,
    });
    delivered += rows.length;
    delivery.onBatch?.(delivered);
    batches += 1;
    [heads, chars] = [[], 0];
  };
  for (let after = {}; ; ) {
    delivery.signal.throwIfAborted();
    const room = Math.min(PAGE, rowsMax - heads.length);
    const page = await store.entries({ ...query, ...after, limit: room });
    for (const entry of page) {
      const version = versionOf(entry.changedMs, query.collection);
      heads.push({ id: `${query.collection}.${entry.key}`, version });
      maker.add(flatText(entry));
      chars += entry.json.length;
    }
    const last = page.at(-1)?.key;
    if (heads.length > 0 && (last === undefined || heads.length >= rowsMax || chars >= charsMax)) {
      await send();
    }
    if (last === undefined) return delivered;
    after = { after: last };
  }
}

/** What passes is waited for, a while. */
async function sendBatch(
  { sink, clock, signal, onRest }: EntryDelivery,
  batch: DeliveryBatch,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sink.write(batch, signal);
    } catch (error) {
      if (signal.aborted || tries >= TRIES || !isPassing(error)) throw error;
      const ms = Math.max(backoffCeilingMs(BACKOFF, tries), retryAfterOf(error) ?? 0);
      if (ms > BACKOFF.capMs) throw error;
      onRest(messageOf(error), ms);
      await clock.sleep(ms, signal);
    }
  }
}
