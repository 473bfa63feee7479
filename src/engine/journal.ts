/**
 * The one writer. Everything the hot path writes goes through here: batched (group commit),
 * bounded, one batch in flight. A commit is answered only once it is durable.
 *
 * The first commit of an idle journal is written at once; those that arrive while it is in flight
 * form the next batch. Between batches that are not full the writer rests in proportion to what the
 * last one took: a transaction costs much the same for one commit as for fifty, and a store that is
 * kept three quarters idle leaves the processor to the work itself. When the store
 * fails, the journal stops for good: what was not answered is not durable, and nothing more will
 * be.
 */
import type { Clock } from '../base/clock.ts';
import type { JobCounters } from '../model/job.ts';
import type { Commit, CommitResult, Store } from '../store/store.ts';

/** Rest after a write, as a multiple of its duration. */
const REST_FACTOR = 3;
const REST_MS_MAX = 20;
/**
 * A batch that takes longer: the store is away or stands still. What is started meanwhile may have
 * to be done again by whoever goes on with it.
 */
const STALLED_MS = 250;
/**
 * Records of one batch and what is kept of them, in UTF-16 units: they are in memory twice on their
 * way to the disk.
 */
const BATCH_CHARS_MAX = 8 * 2 ** 20;

const NO_KEEPS: NonNullable<Commit['keeps']> = [];

export interface JournalOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Commits in one transaction. */
  readonly batchMax: number;
  /** Commits waiting, at which `full` turns true. */
  readonly depthMax: number;
  /** Called after each batch with the counters of the jobs that it touched. */
  readonly onCommitted: (counters: ReadonlyMap<string, JobCounters>) => void;
  /** Told of each batch that is durable; see `EngineObserver.committed`. */
  readonly onBatch?: (commits: number, waitMs: number, writeMs: number) => void;
  /** Called once, when the store fails. */
  readonly onFailed: (error: unknown) => void;
}

/** Told when its commit is durable; `stale` where the task had an outcome already. */
export interface CommitListener {
  onDurable(stale: boolean): void;
  onLost(error: unknown): void;
}

/** What is kept back until its job is stored, and when that is over. */
interface KeptBack {
  readonly commits: (readonly [Commit, CommitListener])[];
  over: Promise<void> | undefined;
  /** It could not be stored. */
  lost: { readonly error: unknown } | undefined;
}

/** A batch that is durable, and those to be told. */
interface Written {
  readonly result: CommitResult;
  readonly listeners: readonly CommitListener[];
}

export class Journal {
  readonly #options: JournalOptions;
  #commits: Commit[] = [];
  #listeners: CommitListener[] = [];
  /** By job. */
  readonly #keptBack = new Map<string, KeptBack>();
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** When the batch that is in flight was handed to the store, monotonic ms. */
  #sentMs: number | undefined;
  /** Until when the writer rests, monotonic ms. */
  #restUntilMs = 0;
  /** When the oldest commit that is not on its way came, monotonic ms. */
  #oldestMs = 0;
  /** Ends the rest early. */
  #wake: (() => void) | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Whether new work should wait: the intake and the dispatcher stop at it. */
  get full(): boolean {
    if (this.#commits.length >= this.#options.depthMax) return true;
    return this.#sentMs !== undefined && this.#options.clock.monoMs() - this.#sentMs > STALLED_MS;
  }

  get depth(): number {
    return this.#commits.length;
  }

  append(commit: Commit, listener: CommitListener): void {
    if (this.#failure) {
      listener.onLost(this.#failure.error);
      return;
    }
    const kept = this.#keptBack.get(commit.jobId);
    if (kept !== undefined) {
      if (kept.lost) listener.onLost(kept.lost.error);
      else kept.commits.push([commit, listener]);
      return;
    }
    if (this.#commits.length === 0) this.#oldestMs = this.#options.clock.monoMs();
    this.#commits.push(commit);
    this.#listeners.push(listener);
    if (this.#commits.length >= this.#options.batchMax) this.#wake?.();
    this.#writing ??= this.#write();
  }

  /**
   * The job is on its way to the store: what is appended of it is written once it is there. Where
   * `stored` rejects, it is lost, and so is what else comes of it until `letGo`.
   */
  keepBack(jobId: string, stored: Promise<void>): void {
    const kept: KeptBack = { commits: [], over: undefined, lost: undefined };
    this.#keptBack.set(jobId, kept);
    kept.over = stored.then(
      () => {
        this.#keptBack.delete(jobId);
        for (const each of kept.commits) this.append(...each);
      },
      (error: unknown) => {
        kept.lost = { error };
        for (const [, listener] of kept.commits) listener.onLost(error);
      },
    );
  }

  /** Nothing comes any more of a job that could not be stored. */
  letGo(jobId: string): void {
    this.#keptBack.delete(jobId);
  }

  /** Resolves when everything appended so far is durable or lost. */
  async flush(): Promise<void> {
    for (const { over } of this.#keptBack.values()) await over;
    this.#wake?.();
    while (this.#writing) await this.#writing;
  }

  async #write(): Promise<void> {
    // One turn of the microtask queue lets attempts that end together share the first batch.
    await Promise.resolve();
    let last: Written | undefined;
    while (last || (this.#commits.length > 0 && !this.#failure)) {
      const full = this.#commits.length >= this.#options.batchMax && !this.#failure;
      if (last && !full) {
        this.#tell(last);
        last = undefined;
        continue;
      }
      if (!last) await this.#rest();
      const size = this.#batchSize();
      const commits = this.#commits.slice(0, size);
      const listeners = this.#listeners.slice(0, size);
      this.#commits = this.#commits.slice(size);
      this.#listeners = this.#listeners.slice(size);
      const writing = this.#commit(commits, listeners);
      // The store works on the next batch while those of the last one hear of it.
      if (last) this.#tell(last);
      last = await writing;
    }
    this.#writing = undefined;
  }

  async #commit(
    commits: readonly Commit[],
    listeners: readonly CommitListener[],
  ): Promise<Written | undefined> {
    const { store, clock, onBatch } = this.#options;
    const startedMs = clock.monoMs();
    const waitMs = startedMs - this.#oldestMs;
    this.#oldestMs = startedMs;
    this.#sentMs = startedMs;
    try {
      const result = await store.commit(commits);
      const endedMs = clock.monoMs();
      onBatch?.(commits.length, waitMs, endedMs - startedMs);
      this.#restUntilMs = endedMs + Math.min(REST_MS_MAX, REST_FACTOR * (endedMs - startedMs));
      return { result, listeners };
    } catch (error) {
      this.#fail(error, listeners);
      return undefined;
    } finally {
      this.#sentMs = undefined;
    }
  }

  /** How many commits go into the next batch: all, up to a count and a size, and one at least. */
  #batchSize(): number {
    const most = Math.min(this.#options.batchMax, this.#commits.length);
    let chars = 0;
    for (let i = 0; i < most; i += 1) {
      const { records, keeps } = this.#commits[i] as Commit;
      for (const record of records) chars += record.length;
      for (const keep of keeps ?? NO_KEEPS) {
        const text = keep.op === 'remove' ? '' : keep.json;
        if (keep.record === undefined || text !== records[keep.record]) chars += text.length;
      }
      if (chars > BATCH_CHARS_MAX) return Math.max(1, i);
    }
    return most;
  }

  /** Everybody hears of a batch that is durable, also where telling somebody else went wrong. */
  #tell({ result, listeners }: Written): void {
    const stale = result.stale.length > 0 ? new Set(result.stale) : undefined;
    const wrong: unknown[] = [];
    try {
      this.#options.onCommitted(result.counters);
    } catch (error) {
      wrong.push(error);
    }
    listeners.forEach((listener, i) => {
      try {
        listener.onDurable(stale?.has(i) ?? false);
      } catch (error) {
        wrong.push(error);
      }
    });
    if (wrong.length > 0) this.#fail(wrong[0], []);
  }

  async #rest(): Promise<void> {
    const { clock, batchMax } = this.#options;
    const restMs = this.#restUntilMs - clock.monoMs();
    if (restMs <= 0 || this.#commits.length >= batchMax) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(restMs, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #fail(error: unknown, inFlight: readonly CommitListener[]): void {
    const first = this.#failure === undefined;
    this.#failure ??= { error };
    const lost = [...inFlight, ...this.#listeners];
    this.#commits = [];
    this.#listeners = [];
    if (first) this.#options.onFailed(error);
    for (const listener of lost) listener.onLost(error);
  }
}
