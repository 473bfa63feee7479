/**
 * Whose job runs next where only so many may run at once.
 *
 * Tenants share the turns by their weights, and what is shared is the time for which turns are
 * held: a tenant of long jobs gets no more of it than one of short jobs. The next free turn goes
 * to the tenant that has had the least of those that want one; among its own jobs, to the oldest.
 * Who comes anew, or comes back, begins level with the one that has had the least: nobody owes for
 * turns that no other wanted, and nobody saves them up. A job that does nothing but wait for the
 * next day lends its turn to others, and is in line again when it goes on.
 */
import type { Clock } from '../base/clock.ts';
import { type Blockage, TURN_LANE } from '../model/lane.ts';
import type { EngineLimits } from './engine-options.ts';

/** What a turn costs beside its time, ms: jobs that end at once take turns as well. */
const TURN_MS = 0.001;

interface Sharer {
  readonly name: string;
  /** Jobs in line, oldest first. */
  readonly line: Set<string>;
  running: number;
  /** Turn time had, ms divided by the weight. */
  had: number;
}

export interface TurnOptions {
  readonly limits: Pick<EngineLimits, 'jobsMax' | 'tenant'>;
  readonly clock: Pick<Clock, 'monoMs'>;
}

export class JobTurns {
  readonly #with: TurnOptions;
  readonly #onTurn: (jobId: string) => void;
  readonly #sharers = new Map<string, Sharer>();
  /** Jobs that have a turn, or are in line for one. */
  readonly #jobs = new Map<string, Sharer>();
  /** Jobs that have given their turn away for now. */
  readonly #lent = new Set<string>();
  /** Those of them that are in line again: what is to be called when it is their turn. */
  readonly #back = new Map<string, () => void>();
  #running = 0;
  #atMs: number;
  /** What those have had that come now. */
  #level = 0;

  /** `onTurn`: it is the turn of a job that was in line. */
  constructor(options: TurnOptions, onTurn: (jobId: string) => void) {
    this.#with = options;
    this.#onTurn = onTurn;
    this.#atMs = options.clock.monoMs();
  }

  /** Whether there is any need to ask for turns. */
  get limited(): boolean {
    return this.#max > 0;
  }

  /** Whether whoever asks now has a turn. */
  get free(): boolean {
    return !this.limited || this.#running < this.#max;
  }

  /** Whether a job has a turn, or is in line for one. */
  knows(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }

  /** True: a job that is not known yet has a turn. False: it is in line, and `onTurn` will tell. */
  ask(jobId: string, tenant: string): boolean {
    this.#count();
    const sharer = this.#sharer(tenant);
    this.#jobs.set(jobId, sharer);
    if (this.free) {
      this.#give(sharer);
      return true;
    }
    sharer.line.add(jobId);
    return false;
  }

  /** A job needs its turn no more, or its place in line. */
  leave(jobId: string): void {
    const sharer = this.#jobs.get(jobId);
    if (sharer === undefined) return;
    this.#count();
    this.#jobs.delete(jobId);
    if (sharer.line.delete(jobId) || this.#lent.delete(jobId)) return;
    this.#passOn(sharer);
  }

  /** A job does nothing for now: its turn is for others. Nothing happens where it has none. */
  lend(jobId: string): void {
    const sharer = this.#jobs.get(jobId);
    if (sharer === undefined || sharer.line.has(jobId) || this.#lent.has(jobId)) return;
    this.#count();
    this.#lent.add(jobId);
    this.#passOn(sharer);
  }

  /** Resolves when a job has a turn again that was lent; rejects with the signal's reason. */
  async regain(jobId: string, signal: AbortSignal): Promise<void> {
    const known = this.#jobs.get(jobId);
    if (known === undefined || !this.#lent.has(jobId)) return;
    signal.throwIfAborted();
    this.#count();
    this.#lent.delete(jobId);
    // A tenant that wanted no turn meanwhile was forgotten.
    const sharer = this.#sharer(known.name);
    this.#jobs.set(jobId, sharer);
    if (this.free) return this.#give(sharer);
    sharer.line.add(jobId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#back.set(jobId, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#back.delete(jobId);
    if (sharer.line.delete(jobId)) this.#lent.add(jobId);
    signal.throwIfAborted();
  }

  /** Why a job is in line; undefined where it is not. */
  blockageOf(jobId: string): Blockage | undefined {
    if (this.#jobs.get(jobId)?.line.has(jobId) !== true) return undefined;
    return {
      lane: TURN_LANE,
      reason: 'concurrency',
      wakeAtMs: undefined,
      waiting: 1,
      inUse: this.#running,
      slots: this.#max,
      perSecond: undefined,
    };
  }

  get #max(): number {
    return this.#with.limits.jobsMax;
  }

  #passOn(from: Sharer): void {
    from.running -= 1;
    this.#running -= 1;
    const next = this.#next();
    const [nextJob] = next?.line ?? [];
    if (next === undefined || nextJob === undefined) return;
    next.line.delete(nextJob);
    this.#give(next);
    const back = this.#back.get(nextJob);
    if (back === undefined) this.#onTurn(nextJob);
    else back();
  }

  #weight(tenant: string): number {
    return this.#with.limits.tenant?.(tenant).weight ?? 1;
  }

  #give(sharer: Sharer): void {
    sharer.running += 1;
    this.#running += 1;
    sharer.had += TURN_MS / this.#weight(sharer.name);
  }

  /** Adds the time for which turns were held since the last look. */
  #count(): void {
    const nowMs = this.#with.clock.monoMs();
    const ms = nowMs - this.#atMs;
    this.#atMs = nowMs;
    let least = Number.POSITIVE_INFINITY;
    for (const sharer of this.#sharers.values()) {
      const { name, running, line } = sharer;
      if (running > 0) sharer.had += (running * ms) / this.#weight(name);
      if (running + line.size > 0) least = Math.min(least, sharer.had);
    }
    if (least < Number.POSITIVE_INFINITY) this.#level = Math.max(this.#level, least);
    for (const { name, running, line, had } of this.#sharers.values()) {
      // Whoever is not ahead of the others comes back as if it had never been here.
      if (running + line.size === 0 && had <= this.#level) this.#sharers.delete(name);
    }
  }

  #sharer(name: string): Sharer {
    const known = this.#sharers.get(name);
    if (known !== undefined) return known;
    const sharer = { name, line: new Set<string>(), running: 0, had: this.#level };
    this.#sharers.set(name, sharer);
    return sharer;
  }

  #next(): Sharer | undefined {
    let next: Sharer | undefined;
    for (const sharer of this.#sharers.values()) {
      if (sharer.line.size > 0 && (next === undefined || sharer.had < next.had)) next = sharer;
    }
    return next;
  }
}
