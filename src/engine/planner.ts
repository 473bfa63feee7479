/**
 * Step 2: turns a job's input into tasks, chunk by chunk. A chunk and the job's counters share a
 * transaction, and rows are numbered in the order of the input, so planning that was interrupted
 * goes on behind the last stored row, and planning a row twice does nothing. Memory is flat.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Collector, Source, SourceRow } from '../collectors/collector.ts';
import { soundFailure } from '../model/failure.ts';
import type { JobCounters } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { TaskSeed } from '../model/task.ts';
import { classify } from '../retry/classify.ts';
import type { FirstRows, PlannedRow, PlannedTask, Store } from '../store/store.ts';
import { jsonOf, lanesOf } from './collector-answers.ts';
import { checkPlain, keepsRowsAsTheyCame, rowInvalid } from './kept-input.ts';

/**
 * The first chunk is small, so that work starts soon; each is twice the last, up to these bounds.
 */
const FIRST_ROWS = 125;
const CHUNK_ROWS_MAX = 500;
/** Over a network a transaction costs more than what most rows add to it. */
export const FAR_CHUNK_ROWS_MAX = 5_000;
const CHUNK_CHARS_MAX = 1_000_000;
/** A plan that finds its rows slowly, or waits for more of them, hands them on this often, ms. */
const CHUNK_MS_MAX = 250;

export interface PlannerOptions {
  readonly jobId: string;
  readonly tenant: string;
  /** Rows that are stored already: where planning goes on. */
  readonly stored: number;
  readonly collector: Collector;
  readonly options: unknown;
  readonly source: Source;
  readonly store: Pick<Store, 'addRows'>;
  /** Rows of a chunk at most; default 500. */
  readonly chunkRowsMax?: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Resolves with how many of so many rows may be stored now, one at least. Default: all. */
  readonly take?: (rows: number) => Promise<number>;
  /** Told of each chunk as it is on its way to the store. */
  readonly onSent?: (firstSeq: number, rows: readonly PlannedRow[]) => void;
  /**
   * Told after each stored chunk, with the job's counters; the next one is stored when it resolves.
   */
  readonly onChunk: (
    firstSeq: number,
    rows: readonly PlannedRow[],
    counters: JobCounters,
  ) => Promise<void>;
}

/** Resolves when all rows are stored (the caller marks the plan as final); rejects on abort. */
export async function planJob(planner: PlannerOptions): Promise<void> {
  const { signal, collector, source, options } = planner;
  const plan = new ChunkWriter(planner);
  try {
    if (collector.plan) {
      const ctx = { tenant: planner.tenant, signal, log: planner.log };
      const read = { rows: 0 };
      let seeds = 0;
      for await (const seed of collector.plan(counted(source, read), options, ctx)) {
        signal.throwIfAborted();
        seeds += 1;
        plan.add(seed);
        if (plan.due) await plan.flush();
      }
      // Output by row would say of rows without a seed that they are pending, for ever.
      if (seeds !== read.rows && collector.defaults?.output !== 'record') {
        const made = 'The plan of the collector does not make one task of each row';
        planner.log.warn(`${made}: its output should be by record (defaults.output)`, {
          jobId: planner.jobId,
          rows: read.rows,
          tasks: seeds,
        });
      }
    } else {
      for await (const rows of rowGroups(source)) {
        for (let at = 0; at < rows.length; ) {
          at = plan.addRows(rows, at);
          if (plan.due) await plan.flush();
        }
      }
    }
    await plan.flush();
    await plan.stored();
  } finally {
    await plan.settled();
  }
}

/**
 * Numbers seeds and stores them chunk by chunk, one chunk on its way while the next is filled. Rows
 * that are stored already are passed over.
 */
class ChunkWriter {
  readonly #planner: PlannerOptions;
  readonly #asItCame: boolean;
  readonly #stored: number;
  #seq = 0;
  #chunkStart: number;
  #chunk: PlannedRow[] = [];
  #chunkChars = 0;
  #chunkMs: number;
  /** Set while rows wait: a plan that waits for more of them does not keep back what it has. */
  #patience: Timer | undefined;
  #rowsMax = FIRST_ROWS;
  #writing: Promise<void> = Promise.resolve();
  /** One flush after the other: the loop and the timer both ask. */
  #flushing: Promise<void> = Promise.resolve();

  constructor(planner: PlannerOptions) {
    const { stored } = planner;
    this.#planner = planner;
    this.#asItCame = keepsRowsAsTheyCame(planner.collector);
    this.#stored = stored;
    this.#chunkStart = stored;
    this.#chunkMs = planner.clock.monoMs();
  }

  /** Time to flush. */
  get due(): boolean {
    return this.#full || this.#planner.clock.monoMs() - this.#chunkMs >= CHUNK_MS_MAX;
  }

  get #full(): boolean {
    return this.#chunk.length >= this.#rowsMax || this.#chunkChars >= CHUNK_CHARS_MAX;
  }

  /** Adds rows from `at` on, until the chunk is full; returns where to go on. */
  addRows(rows: readonly SourceRow[], at: number): number {
    const { collector } = this.#planner;
    let next = at;
    while (next < rows.length && !this.#full) {
      const row = rows[next] as SourceRow;
      this.add(seedOf(row, collector), this.#asItCame ? row.fields : undefined);
      next += 1;
    }
    return next;
  }

  /** `kept`: what is stored of a task, where that is not its input. */
  add(seed: TaskSeed, kept?: unknown): void {
    this.#seq += 1;
    if (this.#seq <= this.#stored) return;
    const row = plannedRow(seed, kept, this.#planner);
    this.#chunk.push(row);
    this.#patience ??= this.#planner.clock.after(CHUNK_MS_MAX, () => {
      // Told by the next flush.
      this.flush().catch(() => {});
    });
    if (row.kind === 'task') this.#chunkChars += row.input.length;
  }

  /** Resolves when the chunk before is stored; rejects where that failed, and on abort. */
  flush(): Promise<void> {
    const flush = () => this.#flush();
    this.#flushing = this.#flushing.then(flush, flush);
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    this.#patience?.cancel();
    this.#patience = undefined;
    await this.#writing;
    this.#planner.signal.throwIfAborted();
    const chunk = this.#chunk;
    const firstSeq = this.#chunkStart;
    this.#chunkStart += chunk.length;
    this.#chunk = [];
    this.#chunkChars = 0;
    this.#chunkMs = this.#planner.clock.monoMs();
    const { chunkRowsMax = CHUNK_ROWS_MAX } = this.#planner;
    this.#rowsMax = Math.min(chunkRowsMax, this.#rowsMax * 2);
    if (chunk.length === 0) return;
    this.#writing = this.#write(firstSeq, chunk);
    // Told by the next flush.
    this.#writing.catch(() => {});
  }

  /** Resolves when everything flushed is stored; rejects where that failed. */
  stored(): Promise<void> {
    return this.#writing;
  }

  /** Resolves when nothing is on its way any more, however it ended. */
  async settled(): Promise<void> {
    this.#patience?.cancel();
    await this.#flushing.catch(() => {});
    await this.#writing.catch(() => {});
  }

  async #write(firstSeq: number, chunk: readonly PlannedRow[]): Promise<void> {
    const { store, jobId, clock, onSent, onChunk, take } = this.#planner;
    for (let at = 0; at < chunk.length; ) {
      const left = chunk.length - at;
      const count = take === undefined ? left : await take(left);
      const rows = count === chunk.length ? chunk : chunk.slice(at, at + count);
      const stored = store.addRows(jobId, firstSeq + at, rows, clock.wallMs());
      onSent?.(firstSeq + at, rows);
      const counters = await stored;
      await onChunk(firstSeq + at, rows, counters);
      at += count;
    }
  }
}

/**
 * What a job begins with, found before it is stored; undefined where its plan is the collector's
 * own, or where it does not begin with tasks alone.
 */
export async function planFirst(
  planner: Pick<PlannerOptions, 'jobId' | 'tenant' | 'collector' | 'options' | 'source'>,
): Promise<FirstRows | undefined> {
  const { collector, source } = planner;
  if (collector.plan) return undefined;
  const asItCame = keepsRowsAsTheyCame(collector);
  const first: PlannedTask[] = [];
  for await (const rows of rowGroups(source)) {
    for (const row of rows) {
      if (first.length >= FIRST_ROWS) return { rows: first, whole: false };
      const seed = seedOf(row, collector);
      const planned = plannedRow(seed, asItCame ? row.fields : undefined, planner);
      if (planned.kind !== 'task' || planned.key !== undefined) return undefined;
      first.push(planned);
    }
  }
  return first.length === 0 ? undefined : { rows: first, whole: true };
}

/** The same source, which counts the rows that were taken out of it. */
function counted(source: Source, read: { rows: number }): Source {
  async function* groups() {
    for await (const rows of rowGroups(source)) {
      read.rows += rows.length;
      yield rows;
    }
  }
  async function* rows() {
    for await (const group of groups()) yield* group;
  }
  return { columns: source.columns, column: source.column, rows, rowGroups: groups };
}

async function* rowGroups(source: Source): AsyncGenerator<readonly SourceRow[]> {
  if (source.rowGroups) yield* source.rowGroups();
  else for await (const row of source.rows()) yield [row];
}

/** The default plan: one task a row, checked by the collector's input schema where it has one. */
function seedOf(row: SourceRow, collector: Collector): TaskSeed {
  if (row.damage) return { reject: row.damage };
  const parsed = collector.input?.safeParse(row.fields);
  if (!parsed) return { input: row.fields };
  if (parsed.success) return { input: parsed.data };
  return { reject: rowInvalid(`Line ${row.line}`, parsed.error.issues) };
}

function plannedRow(
  seed: TaskSeed,
  kept: unknown,
  planner: Pick<PlannerOptions, 'jobId' | 'tenant' | 'collector' | 'options'>,
): PlannedRow {
  if (typeof seed !== 'object' || seed === null) {
    throw new SluiceError('collector.threw', {
      detail: 'its plan yielded something that is neither { input, key? } nor { reject }',
    });
  }
  if ('reject' in seed) return { kind: 'refused', failure: soundFailure(seed.reject) };
  let lane: LaneKey | '';
  let input: string;
  try {
    const job = { id: planner.jobId, tenant: planner.tenant };
    lane = lanesOf(planner.collector, seed.input, planner.options, job)[0] ?? '';
    if (planner.collector.plan) checkPlain(seed.input);
    input = jsonOf(kept ?? seed.input ?? null, 'a row');
  } catch (error) {
    return { kind: 'refused', failure: classify(error) };
  }
  return seed.key === undefined
    ? { kind: 'task', input, lane }
    : { kind: 'task', input, lane, key: String(seed.key) };
}

/** None of the rows can be a duplicate. */
export function haveNoKeys(rows: readonly PlannedRow[]): boolean {
  return rows.every((row) => row.kind === 'refused' || row.key === undefined);
}
