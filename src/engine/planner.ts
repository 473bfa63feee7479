/**
 * Step 2: turns a job's input into tasks, chunk by chunk. A chunk and the job's counters share a
 * transaction, and rows are numbered in the order of the input, so planning that was interrupted
 * goes on behind the last stored row, and planning a row twice does nothing. Memory is flat.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Collector, Source } from '../collectors/collector.ts';
import type { Failure } from '../model/failure.ts';
import type { JobCounters } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { TaskSeed } from '../model/task.ts';
import { classify } from '../retry/classify.ts';
import type { PlannedRow, Store } from '../store/store.ts';

const CHUNK_ROWS = 500;

export interface PlannerOptions {
  readonly jobId: string;
  readonly collector: Collector;
  readonly options: unknown;
  readonly source: Source;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told after each stored chunk: rows so far and the job's counters. */
  readonly onChunk: (rows: number, counters: JobCounters) => void;
}

/** Resolves when all rows are stored (the caller marks the plan as final); rejects on abort. */
export async function planJob(planner: PlannerOptions): Promise<void> {
  const { store, jobId, signal, collector } = planner;
  const stored = await store.rowCount(jobId);
  let seq = 0;
  let chunkStart = stored;
  let chunk: PlannedRow[] = [];
  const flush = async () => {
    const counters = await store.addRows(jobId, chunkStart, chunk, planner.clock.wallMs());
    chunkStart += chunk.length;
    chunk = [];
    planner.onChunk(chunkStart, counters);
  };
  const ctx = { signal, log: planner.log };
  const seeds = collector.plan
    ? collector.plan(planner.source, planner.options, ctx)
    : planRows(planner.source, collector);
  for await (const seed of seeds) {
    signal.throwIfAborted();
    if (seq >= stored) chunk.push(plannedRow(seed, planner));
    seq += 1;
    if (chunk.length >= CHUNK_ROWS) await flush();
  }
  signal.throwIfAborted();
  if (chunk.length > 0) await flush();
}

/** The default plan: one task a row, checked by the collector's input schema where it has one. */
async function* planRows(source: Source, collector: Collector): AsyncGenerator<TaskSeed> {
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const parsed = collector.input?.safeParse(row.fields);
    if (!parsed) yield { input: row.fields };
    else if (parsed.success) yield { input: parsed.data };
    else yield { reject: rowInvalid(row.line, parsed.error.issues) };
  }
}

function rowInvalid(
  line: number,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Failure {
  const detail = issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  return {
    class: 'invalid',
    code: 'input.row_invalid',
    message: `Line ${line} does not fit the collector’s input: ${detail.join('; ')}.`,
    hint: '`sluice collectors describe` shows what the collector expects.',
  };
}

function plannedRow(seed: TaskSeed, planner: PlannerOptions): PlannedRow {
  if ('reject' in seed) return { kind: 'refused', failure: seed.reject };
  let lane: LaneKey | '';
  let input: string;
  try {
    lane = planner.collector.lanes?.(seed.input, planner.options)[0] ?? '';
    input = JSON.stringify(seed.input ?? null);
  } catch (error) {
    return { kind: 'refused', failure: classify(error) };
  }
  return seed.key === undefined
    ? { kind: 'task', input, lane }
    : { kind: 'task', input, lane, key: seed.key };
}
