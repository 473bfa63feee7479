/**
 * Steps 5 to 7 for one task: run the collector page by page, judge how it ended, commit.
 *
 * A page that it yields is durable before it is asked for the next; one marked `done` is committed
 * with the task's end. A page with a new cursor is progress: attempts and time before it count no
 * more. Whatever the collector does, the attempt ends, its permit comes back, an outcome is judged.
 */
import type { Permit } from '../admission/admission.ts';
import { AbortCause } from '../base/abort.ts';
import type { Timer } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { Placed } from '../base/slab.ts';
import type { Failure } from '../model/failure.ts';
import type { LaneFeedback, LaneKey } from '../model/lane.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Page, Task } from '../model/task.ts';
import { classify } from '../retry/classify.ts';
import { decide, interruption } from '../retry/policy.ts';
import type { Commit, CommitEnd } from '../store/store.ts';
import { AttemptContext } from './attempt-context.ts';
import { attemptRecord } from './attempt-record.ts';
import { attemptSeen } from './attempt-seen.ts';
import { commitEnd } from './commit-end.ts';
import type { LeasedAccount } from './held-account.ts';
import type { JobRun } from './job-run.ts';
import type { CommitListener } from './journal.ts';
import { letGo, stackOf } from './let-go.ts';
import { feedbackOf } from './outcome-feedback.ts';
import { type PageText, pagesOf, pageText } from './page-text.ts';
import type { EngineParts } from './parts.ts';
import { NO_FEEDBACK, Seat } from './seat.ts';

/** How long a collector may take to obey its signal before it is left behind. */
const OBEY_MS = 2_000;

const COMPLETE: Outcome = { kind: 'complete' };

/** What has been let in. */
export interface Admitted {
  readonly run: JobRun;
  readonly task: Task;
  readonly cacheKey: string | undefined;
  /** When its task came up for its turn, monotonic ms. */
  readonly upMs: number;
}

export class Attempt implements CommitListener, Placed {
  place = -1;
  readonly parts: EngineParts;
  readonly run: JobRun;
  readonly task: Task;
  /** Under what its records are kept as an answer to equal work, if at all. */
  readonly cacheKey: string | undefined;
  readonly startedMs: number;
  /** From its task's coming up for its turn to its start, ms. */
  readonly queuedMs: number;
  /** Those that it has, or had. */
  accounts: LeasedAccount[] = [];
  #atEnd: (() => void)[] = [];
  readonly #permit: Permit;
  #seat: Seat | undefined;
  #controller: AbortController | undefined;
  #cause: AbortCause | undefined;
  #patience: Timer | undefined;
  /** Ends the step that runs, of one that yields pages. */
  #leave: ((cause: AbortCause) => void) | undefined;
  /** Set once, when the collector has ended or was left behind. */
  #outcome: Outcome | undefined;
  /** Starts of lanes that other nodes own. */
  #borrowed: readonly Permit[] = [];
  /** Committed so far: the number of the next one. */
  recordCount: number;
  /** Attempts spent since the task last went on. */
  #spent: number;
  /** Text of the cursor of the last page here, once there is one. */
  #cursor: string | undefined;
  /** Active time at which the task last went on, ms. */
  #wentOnMs = 0;

  constructor(parts: EngineParts, { task, run, cacheKey, upMs }: Admitted, permit: Permit) {
    this.task = task;
    this.parts = parts;
    this.run = run;
    this.#permit = permit;
    this.cacheKey = cacheKey;
    this.startedMs = parts.clock.monoMs();
    this.queuedMs = Math.max(0, this.startedMs - upMs);
    this.recordCount = task.recordCount;
    this.#spent = task.attemptNo;
  }

  /** Since the task last went on. */
  get attemptNo(): number {
    return this.#spent + 1;
  }

  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  /** Made on first use, as is the signal: attempts of quick collectors need neither. */
  get seat(): Seat {
    if (!this.#seat) {
      const { tenant, id } = this.run.job;
      const unit = { tenant, jobId: id, seq: this.task.seq };
      this.#seat = new Seat(this.parts, unit, this.#permit);
      if (this.#outcome) this.#seat.finish(NO_FEEDBACK);
    }
    return this.#seat;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#cause) this.#controller.abort(this.#cause);
    }
    return this.#controller.signal;
  }

  /** What it waited for, the longest first, ms. */
  get waits(): Seat['waits'] {
    return this.#seat?.waits ?? [];
  }

  /** What it has sent and got; undefined = nothing. */
  get trace(): Seat['trace'] {
    return this.#seat?.trace;
  }

  /** What is to be done when the collector has ended, or is left behind; at once if it has. */
  atEnd(end: () => void): void {
    if (this.ended) end();
    else this.#atEnd.push(end);
  }

  /** Active time so far, ms: what was spent waiting without a seat does not count. */
  activeMs(nowMs: number): number {
    return nowMs - this.startedMs - (this.#seat?.lentMs(nowMs) ?? 0);
  }

  /** Active time since the task last went on, ms: what the deadline is for. */
  sinceProgressMs(nowMs: number): number {
    return this.activeMs(nowMs) - this.#wentOnMs;
  }

  /**
   * Interrupts the attempt; a collector that does not end by itself is left behind after a while.
   */
  abort(cause: AbortCause): void {
    if (this.#cause) return;
    this.#cause = cause;
    this.#controller?.abort(cause);
    if (this.#outcome) return;
    this.#patience = this.parts.clock.after(OBEY_MS, () => {
      if (this.#leave) this.#leave(cause);
      else this.#fail(cause);
    });
  }

  /**
   * Starts the collector. The attempt ends once: when its end is durable, or lost with the store. A
   * collector of one page, the common case, costs one callback and no further promise.
   */
  start(borrowed: readonly LaneKey[] = []): void {
    if (borrowed.length === 0) this.#start();
    else {
      // Its lanes of other nodes come after its own: held by one, none is waited for twice.
      this.seat.hold(borrowed, this.signal).then(
        (permits) => {
          this.#borrowed = permits;
          if (this.#outcome) this.#giveBack(NO_FEEDBACK);
          else this.#start();
        },
        (error: unknown) => this.#fail(error),
      );
    }
  }

  #giveBack(feedback: LaneFeedback): void {
    const nowMs = this.parts.clock.monoMs();
    for (const permit of this.#borrowed) permit.settleLeaf(feedback, nowMs);
  }

  #start(): void {
    const produced = this.#collect();
    if (produced instanceof Promise) {
      produced.then(
        (page) => this.#complete(page),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#pages(produced).then(
        (page) => this.#finish(COMPLETE, page),
        (error: unknown) => this.#fail(error),
      );
    }
  }

  #collect(): AsyncIterable<Page> | Promise<Page | undefined> {
    try {
      const ctx = new AttemptContext(this);
      return this.run.collector.collect(this.run.inputOf(this.task), ctx);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #complete(page: Page | undefined): void {
    if (this.#outcome) return;
    let encoded: PageText | undefined;
    try {
      if (page !== undefined) encoded = pageText(page, this.run.encodeRecord);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#finish(COMPLETE, encoded);
  }

  #fail(error: unknown): void {
    if (!this.#outcome) this.#finish(this.#judge(error), undefined);
  }

  #finish(outcome: Outcome, lastPage: PageText | undefined): void {
    this.#outcome = outcome;
    this.#patience?.cancel();
    const nowMs = this.parts.clock.monoMs();
    const durationMs = this.activeMs(nowMs);
    const feedback = feedbackOf(outcome, durationMs);
    this.parts.observed.by?.attemptEnded(attemptSeen(this, outcome, nowMs, durationMs));
    if (this.#borrowed.length > 0) this.#giveBack(feedback);
    for (const account of this.accounts) account[Symbol.dispose]();
    for (const end of this.#atEnd) end();
    if (this.#seat) {
      if (this.#seat.busy) {
        this.#controller?.abort(new AbortCause('abort', 'the attempt has ended'));
      }
      this.#seat.finish(feedback);
    } else {
      this.#permit.settleLeaf(feedback, nowMs);
      this.#permit.releaseSeat(feedback, nowMs);
    }
    this.parts.kick();
    this.#end(outcome, lastPage, durationMs);
    // Until its end is durable it is one of many: what it was done with is let go now.
    this.#seat = undefined;
    if (this.#controller?.signal.aborted === false) this.#controller = undefined;
  }

  /** Runs the collector to its end; returns the page that was to be its last, if it said so. */
  async #pages(produced: AsyncIterable<Page>): Promise<PageText | undefined> {
    const pages = pagesOf(produced);
    try {
      for (;;) {
        const step = await this.#orLeave(pages.next());
        if (step.done) return undefined;
        const page = pageText(step.value, this.run.encodeRecord);
        if (step.value.done) {
          // What it does in a `finally` is still done with its seat; the page counts in any case.
          await this.#orLeave(letGo(pages)).catch(() => {});
          return page;
        }
        await this.#commitPage(page);
        if (this.#cause) throw this.#cause;
      }
    } catch (error) {
      void letGo(pages);
      throw error;
    }
  }

  /** The step's result, unless the attempt was interrupted and the collector does not obey. */
  #orLeave<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#leave = reject;
      step.then(resolve, reject);
    });
  }

  #judge(error: unknown): Outcome {
    // The interrupt of another attempt, met in a promise that is shared with it, is none of ours.
    const cause = this.#cause;
    const interrupted = cause && interruption(cause);
    if (interrupted) return interrupted;
    const failure = cause
      ? classify(
          new SluiceError('attempt.timeout', { limit: formatDuration(this.run.attemptTimeoutMs) }),
        )
      : classify(error);
    if (failure.class === 'bug') this.#logBug(error, failure);
    return decide({
      failure,
      attemptNo: this.attemptNo,
      retries: this.run.job.retries,
      throttledMs: this.#throttledMs(),
      throttledMaxMs: this.run.throttledMaxMs,
      nowMs: this.parts.clock.wallMs(),
      budget: this.run.budget,
      random: this.parts.random,
    });
  }

  /**
   * For how long the task, or the lane that it waits for, has been told to wait. While nobody
   * worked on its job does not count.
   */
  #throttledMs(): number {
    const { throttled, cursor, lane } = this.task;
    if (this.#cursor !== undefined && this.#cursor !== cursor) return 0;
    const { clock, fetch } = this.parts;
    const { startedMs, startedWallMs } = this.run;
    const laneMs = fetch.throttled.throttledMs(lane, startedMs, clock.monoMs());
    if (!throttled) return laneMs;
    const sinceMs = clock.wallMs() - Math.max(throttled.atMs, startedWallMs);
    return Math.max(laneMs, throttled.ms + Math.max(0, sinceMs));
  }

  #logBug(error: unknown, { message }: Failure): void {
    const { jobId, seq } = this.task;
    this.parts.log.debug(message, { jobId, seq, stack: stackOf(error) });
  }

  #commitPage(page: PageText): Promise<void> {
    const spent = this.#spentBy(page);
    return new Promise((resolve, reject) => {
      this.parts.journal.append(this.#commit(page, spent, undefined), {
        onDurable: (stale) => {
          this.recordCount += page.records.length + (page.inFile ?? 0);
          this.#goOn(page, spent);
          // The task was ended by someone else: nothing that follows would be kept.
          if (stale) this.#cause ??= new AbortCause('cancel');
          resolve();
        },
        onLost: reject,
      });
    });
  }

  /**
   * Attempts spent once the page is durable. Where it leads back to where the attempt began,
   * nothing was won: a collector that ignores its cursor and fails at the same place is not tried
   * for ever.
   */
  #spentBy({ cursor }: PageText): number {
    if (cursor === undefined) return this.#spent;
    return cursor === this.task.cursor ? this.task.attemptNo : 0;
  }

  #goOn({ cursor }: PageText, spent: number): void {
    if (cursor === undefined) return;
    const before = this.#cursor ?? this.task.cursor;
    if (cursor !== before) this.#wentOnMs = this.activeMs(this.parts.clock.monoMs());
    this.#cursor = cursor;
    this.#spent = spent;
  }

  #end(outcome: Outcome, page: PageText | undefined, durationMs: number): void {
    if (outcome.kind === 'stop') this.run.halt(outcome.failure);
    if (outcome.kind === 'release' || outcome.kind === 'cancel' || outcome.kind === 'stop') {
      this.run.onReleased(this);
      return;
    }
    const spent = outcome.kind === 'snooze' ? this.#spent : this.attemptNo;
    const cache = this.run.cacheEntry(this.cacheKey);
    const end = commitEnd(outcome, durationMs, cache, () => this.#throttledMs());
    const attempt = attemptRecord(this, outcome, durationMs);
    const commit = this.#commit(page, spent, end);
    this.parts.journal.append(attempt === undefined ? commit : { ...commit, attempt }, this);
  }

  /** The end is durable. */
  onDurable(): void {
    if (this.#outcome) this.run.onEnded(this, this.#outcome);
  }

  /** The end is lost with the store. */
  onLost(): void {
    this.run.onReleased(this);
  }

  #commit(page: PageText | undefined, attemptNo: number, end: CommitEnd | undefined): Commit {
    const commit: { -readonly [K in keyof Commit]: Commit[K] } = {
      jobId: this.task.jobId,
      seq: this.task.seq,
      attemptNo,
      records: page?.records ?? [],
      recordsFrom: this.recordCount,
      nowMs: this.parts.clock.wallMs(),
    };
    if (end) commit.end = end;
    if (page?.cursor !== undefined) commit.cursor = page.cursor;
    if (page?.keeps) commit.keeps = page.keeps;
    if (page?.inFile) {
      commit.inFile = page.inFile;
      commit.recordsFrom += page.inFile;
    }
    return commit;
  }
}
