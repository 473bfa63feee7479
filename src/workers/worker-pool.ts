/**
 * Compute on runners: threads or processes, all of one kind. They start when calls wait and end
 * when they are idle, between two bounds. A call that outlives its time limit, fills its memory or
 * crashes its runner costs that call (and is named): the runner is replaced, and the calls that
 * were sent behind it are sent again.
 *
 * A runner has one call at a time while calls take long, so that none waits behind another while a
 * runner is idle; where they are quick it is sent some ahead, since a crossing costs more than they
 * do.
 */
import { AbortCause } from '../base/abort.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Deque } from '../base/deque.ts';
import type { ErrorCode } from '../base/error-table.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Compute, ComputeCall } from './compute.ts';
import { HelpingHand } from './helping-hand.ts';
import { leave, type Pending, refuse, revive, runnerCall } from './pending-call.ts';
import type { PoolMeter } from './pool-meter.ts';
import type { RunnerAnswer, StartRunner } from './runner.ts';
import { WorkerSlot } from './worker-slot.ts';

export interface WorkerPoolOptions {
  readonly start: StartRunner;
  /** Kept although they are idle, once they were needed. */
  readonly min: number;
  readonly max: number;
  readonly clock: Clock;
  /** Longest run of a call that says nothing else, ms. */
  readonly callTimeoutMs: number;
  /** After so long without a call a runner beyond `min` ends, ms. */
  readonly idleMs: number;
  /** Whether the machine is too short of something to start one more. Default: never. */
  readonly crowded?: () => boolean;
  /** Told of each call. Default: nobody. */
  readonly meter?: PoolMeter;
}

export interface PoolStatus {
  readonly runners: number;
  readonly busy: number;
  /** Calls that no runner has been sent. */
  readonly waiting: number;
}

/** After so many starts in a row that came to nothing, what waits is refused. */
const STARTS_MAX = 3;
/** How often limits of time are looked at, ms. */
const SWEEP_MS = 50;
/** Calls quicker than this are sent ahead, ms. */
const QUICK_MS = 2;
const AHEAD = 32;
/** Weight of the last call in the mean. */
const MEAN_WEIGHT = 0.1;
const MEAN_WEIGHT_FASTER = 0.5;

export interface StartedCall {
  readonly result: Promise<unknown>;
  /** Nobody waits for it any more: its result rejects with the reason. */
  readonly leave: (reason: unknown) => void;
}

export class WorkerPool implements Compute {
  readonly #options: WorkerPoolOptions;
  readonly #slots: WorkerSlot[] = [];
  readonly #queue = new Deque<Pending>();
  #nextId = 1;
  #meanMs = Number.POSITIVE_INFINITY;
  #scheduled = false;
  /** In a row. */
  #failedStarts = 0;
  #sweep: Timer | undefined;
  #closed = false;
  readonly #hand: HelpingHand;
  /** Runners that there may be now, `max` at most. */
  #limit: number;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#limit = options.max;
    this.#hand = new HelpingHand(options.clock, this.#queue);
  }

  /** Allows so many runners from now on; those beyond end as soon as they are idle. */
  resize(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = Math.min(limit, this.#options.max);
    for (const slot of [...this.#slots]) this.#dropIfTooMany(slot);
    this.#schedule();
  }

  get status(): PoolStatus {
    const busy = this.#slots.filter(({ pending }) => pending.length > 0).length;
    return { runners: this.#slots.length, busy, waiting: this.#queue.size };
  }

  run(call: ComputeCall, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { result, leave } = this.start(call);
    if (signal === undefined) return result;
    const onAbort = () => leave(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const end = () => signal.removeEventListener('abort', onAbort);
    result.then(end, end);
    return result;
  }

  /** The same with a function that calls it off: quick calls need no signal. */
  start(call: ComputeCall): StartedCall {
    if (this.#closed) {
      const error = new SluiceError('internal.bug', { detail: 'compute after close' });
      return { result: Promise.reject(error), leave: () => {} };
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const metered = this.#options.meter?.begin(call.label ?? call.name);
    const pending: Pending = { id: this.#nextId++, call, left: false, metered, resolve, reject };
    this.#queue.push(pending);
    this.#schedule();
    return {
      result: promise,
      leave: (reason) => {
        pending.left = true;
        metered?.ended(undefined);
        reject(reason);
        if (call.endOnAbort) this.#end(pending);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    const reason = new AbortCause('abort', 'the workers were closed');
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) leave(next, reason);
    await Promise.all(
      this.#slots.splice(0).map((slot) => {
        for (const pending of slot.pending) leave(pending, reason);
        return slot.runner.stop();
      }),
    );
  }

  /** Calls of one turn go out together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    const ahead = this.#meanMs < QUICK_MS ? AHEAD : 1;
    while (this.#queue.size > 0 && !this.#closed) {
      let slot: WorkerSlot | undefined;
      try {
        slot = this.#freest(ahead);
      } catch (error) {
        this.#failedStarts = STARTS_MAX;
        if (this.#slots.length === 0) this.#refuseAll(messageOf(error));
        return;
      }
      if (slot === undefined) {
        // Known to be quick here, too.
        if (ahead > 1) this.#hand.lend();
        return;
      }
      const calls: Pending[] = [];
      const share = Math.ceil(this.#queue.size / Math.max(1, this.#slots.length));
      const room = Math.min(ahead - slot.pending.length, Math.max(1, share));
      while (calls.length < room) {
        const next = this.#queue.shift();
        if (next === undefined) break;
        if (!next.left) calls.push(next);
      }
      if (calls.length > 0) this.#send(slot, calls);
    }
  }

  /** An idle runner, else a new one, else the one with the fewest calls that takes more. */
  #freest(ahead: number): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    for (const slot of this.#slots) {
      if (!best || slot.pending.length < best.pending.length) best = slot;
    }
    if (best?.pending.length === 0) return best;
    const more = this.#slots.length < this.#limit;
    const { crowded } = this.#options;
    if (more && (best === undefined || crowded?.() !== true)) return this.#start();
    return best !== undefined && best.pending.length < ahead ? best : undefined;
  }

  #start(): WorkerSlot {
    const started = new WorkerSlot(this.#options.clock.monoMs());
    this.#slots.push(started);
    try {
      started.runner = this.#options.start({
        onOnline: () => {
          started.online = true;
          this.#failedStarts = 0;
          this.#turn(started);
        },
        onAnswers: (answers) => this.#onAnswers(started, answers),
        onLost: (code, detail) => this.#onLoss(started, code, detail),
      });
    } catch (error) {
      this.#slots.splice(this.#slots.indexOf(started), 1);
      throw error;
    }
    return started;
  }

  #send(slot: WorkerSlot, calls: readonly Pending[]): void {
    const transfer = calls.flatMap(({ call }) => call.transfer ?? []);
    try {
      slot.runner.send(calls.map(runnerCall), transfer);
    } catch (error) {
      if (calls.length === 1) {
        // Not plain data: it never left.
        if (calls[0]) refuse(calls[0], error);
      } else for (const call of calls) this.#send(slot, [call]);
      return;
    }
    const idle = slot.pending.length === 0;
    slot.pending.push(...calls);
    if (idle) this.#turn(slot);
  }

  /** Another call runs now, or none. */
  #turn(slot: WorkerSlot): void {
    slot.sinceMs = this.#options.clock.monoMs();
    const busy = slot.pending.length > 0;
    slot.pending[0]?.metered?.started();
    if (busy !== slot.held) {
      slot.held = busy;
      slot.runner.hold(busy);
    }
    if (this.#sweep === undefined) this.#armSweep();
  }

  /** One timer for all limits; none while nothing runs and nothing is too many. */
  #armSweep(): void {
    const { clock, idleMs, min } = this.#options;
    const busy = this.#slots.some(({ pending }) => pending.length > 0);
    if (!busy && this.#slots.length <= min) return;
    this.#sweep = clock.after(busy ? SWEEP_MS : Math.max(SWEEP_MS, idleMs / 4), () => {
      this.#sweep = undefined;
      const nowMs = clock.monoMs();
      for (const slot of [...this.#slots]) this.#check(slot, nowMs);
      this.#armSweep();
    });
  }

  #check(slot: WorkerSlot, nowMs: number): void {
    const { callTimeoutMs, idleMs, min } = this.#options;
    const running = slot.running(nowMs);
    const sinceMs = nowMs - slot.sinceMs;
    if (running === undefined) {
      if (sinceMs >= idleMs && this.#slots.length > min) this.#drop(slot);
      return;
    }
    const limitMs = running.call.timeoutMs ?? callTimeoutMs;
    if (slot.online && sinceMs >= limitMs) this.#onLoss(slot, 'compute.timeout', `${limitMs} ms`);
  }

  #onAnswers(slot: WorkerSlot, answers: readonly RunnerAnswer[]): void {
    const answered: [RunnerAnswer, Pending][] = [];
    for (const answer of answers) {
      const pending = slot.take(answer.id);
      if (pending === undefined) continue;
      this.#took(answer.tookMs);
      answered.push([answer, pending]);
    }
    if (answered.length === 0) return;
    this.#turn(slot);
    for (const [answer, pending] of answered) {
      if ('error' in answer) refuse(pending, revive(answer.error));
      else {
        pending.metered?.ended(true, answer.tookMs);
        pending.resolve(answer.result);
      }
    }
    if (this.#dropIfTooMany(slot)) return;
    if (this.#queue.size > 0 && slot.pending.length === 0) this.#handOut();
  }

  /** The first call of a runner loads its module: a mean that falls is believed sooner. */
  #took(ms: number): void {
    const weight = ms < this.#meanMs ? MEAN_WEIGHT_FASTER : MEAN_WEIGHT;
    if (Number.isFinite(this.#meanMs)) this.#meanMs += (ms - this.#meanMs) * weight;
    else this.#meanMs = ms;
  }

  /** The running call pays; the others go to another runner. */
  #onLoss(slot: WorkerSlot, code: ErrorCode, detail: string): void {
    if (!this.#slots.includes(slot)) return;
    if (!slot.online && code === 'compute.crashed') {
      this.#onNoStart(slot, detail);
      return;
    }
    const { running, others } = slot.empty(this.#options.clock.monoMs());
    this.#drop(slot);
    if (running) refuse(running, new SluiceError(code, { name: running.call.name, detail }));
    this.#again(others, code, detail);
  }

  /** It never ran: none of its calls is to blame. */
  #onNoStart(slot: WorkerSlot, detail: string): void {
    const calls = slot.pending.splice(0);
    this.#drop(slot);
    this.#failedStarts += 1;
    this.#again(calls, 'compute.unavailable', detail);
    if (this.#failedStarts >= STARTS_MAX && this.#slots.length === 0) this.#refuseAll(detail);
  }

  #refuseAll(detail: string): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      next.metered?.ended(undefined);
      next.reject(new SluiceError('compute.unavailable', { name: next.call.name, detail }));
    }
  }

  #again(calls: readonly Pending[], code: ErrorCode, detail: string): void {
    for (const pending of calls.toReversed()) {
      const moved = (pending.call.transfer ?? []).some((buffer) => buffer.byteLength === 0);
      if (moved || this.#closed) {
        refuse(pending, new SluiceError(code, { name: pending.call.name, detail }));
      } else this.#queue.unshift(pending);
    }
    this.#schedule();
  }

  /** Ends the runner of a call that nobody waits for, if it runs. */
  #end(pending: Pending): void {
    const slot = this.#slots.find((each) => each.pending.includes(pending));
    if (slot === undefined) return;
    const nowMs = this.#options.clock.monoMs();
    if (slot.running(nowMs) !== pending) return;
    const { others } = slot.empty(nowMs);
    this.#drop(slot);
    this.#again(others, 'compute.crashed', 'it was ended');
  }

  #dropIfTooMany(slot: WorkerSlot): boolean {
    const tooMany = this.#slots.length > this.#limit && slot.pending.length === 0;
    if (tooMany) this.#drop(slot);
    return tooMany;
  }

  #drop(slot: WorkerSlot): void {
    const at = this.#slots.indexOf(slot);
    if (at >= 0) this.#slots.splice(at, 1);
    void slot.runner.stop();
  }
}
