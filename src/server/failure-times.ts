/**
 * When failures happened, group by group, for sparklines. The store counts groups exactly and says
 * of each when it was met first and last, not when in between: so the counts are looked at again
 * and again, and what was added since the look before is put where the group was met last. What
 * there was before the first look is spread evenly from the first to the last.
 *
 * Nothing of it is on the way of the work. Looks are kept for a week as a document a job, so that a
 * restart goes on with them; among several servers all look at the same counts.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { FailureGroup, Store } from '../store/store.ts';

export const SPANS = {
  hour: { stepMs: 60_000, steps: 60 },
  day: { stepMs: 1_800_000, steps: 48 },
  week: { stepMs: 7_200_000, steps: 84 },
} as const;
export type Span = keyof typeof SPANS;
const SPAN_NAMES = Object.keys(SPANS) as readonly Span[];

const KIND = 'failure-times';
const WEEK_MS = SPANS.week.stepMs * SPANS.week.steps;
const LOOK_EVERY_MS = 30_000;
const JOBS_KEPT = 1_000;
/** At each look, and groups that are kept of each. */
const JOBS_LOOKED_MAX = 100;
const GROUPS_KEPT = 200;
const PAGE = 1_000;

type Counts = Readonly<Record<Span, Map<number, number>>>;
interface GroupTimes {
  /** The group's count at the last look. */
  seen: number;
  readonly counts: Counts;
}
type JobTimes = Map<string, GroupTimes>;
type Met = Pick<FailureGroup, 'fingerprint' | 'count' | 'firstMs' | 'lastMs'>;

export interface FailureTimesParts {
  readonly engine: Pick<EngineApi, 'feed'>;
  readonly store: Pick<Store, 'failureGroups' | 'document' | 'documents' | 'writeDocuments'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
}

export class FailureTimes {
  readonly #parts: FailureTimesParts;
  readonly #jobs = new RecentMap<string, JobTimes>(JOBS_KEPT);
  readonly #failed = new RecentMap<string, number>(JOBS_KEPT);
  /** Jobs whose failures have moved since they were looked at. */
  readonly #moved = new Set<string>();
  readonly #unwritten = new Set<string>();
  readonly #leave: () => void;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: FailureTimesParts) {
    this.#parts = parts;
    this.#leave = parts.engine.feed.subscribe((event) => this.#take(event));
    this.#looking = this.#try(() => this.#forgetOld());
    this.#arm();
  }

  /** Looks at a job's groups as they are now. */
  async look(jobId: string, groups: readonly Met[]): Promise<void> {
    const times = await this.#of(jobId);
    for (const group of groups.slice(0, GROUPS_KEPT)) {
      const known = times.get(group.fingerprint);
      if (known === undefined) {
        const made = { seen: group.count, counts: noCounts() };
        times.set(group.fingerprint, made);
        spread(made.counts, group);
      } else {
        // Fewer than before: some are tried anew.
        const added = group.count - known.seen;
        if (added === 0) continue;
        known.seen = group.count;
        if (added > 0) add(known.counts, group.lastMs, added);
      }
      this.#unwritten.add(jobId);
    }
  }

  /** Of a group that was looked at: one number a step, oldest first; `untilMs` is in the last. */
  of(jobId: string, print: string, span: Span, untilMs: number): readonly number[] {
    const { stepMs, steps } = SPANS[span];
    const counts = this.#jobs.get(jobId)?.get(print)?.counts[span];
    const last = Math.floor(untilMs / stepMs);
    return Array.from({ length: steps }, (_, i) => counts?.get(last - steps + 1 + i) ?? 0);
  }

  async close(): Promise<void> {
    this.#leave();
    this.#timer?.cancel();
    await this.#looking;
    await this.#try(() => this.#write());
  }

  #take(event: SequencedEvent): void {
    if (event.type !== 'job.state' && event.type !== 'job.progress') return;
    const { discarded } = event.type === 'job.state' ? event.job.counters : event.counters;
    const before = this.#failed.get(event.jobId) ?? 0;
    if (discarded === before) return;
    this.#failed.set(event.jobId, discarded);
    if (this.#moved.size < JOBS_KEPT) this.#moved.add(event.jobId);
  }

  #arm(): void {
    this.#timer = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#looking = this.#try(async () => {
        await this.#lookAround();
        await this.#write();
      });
      void this.#looking.then(() => this.#arm());
    });
  }

  async #lookAround(): Promise<void> {
    for (const jobId of [...this.#moved].slice(0, JOBS_LOOKED_MAX)) {
      this.#moved.delete(jobId);
      await this.look(jobId, await this.#parts.store.failureGroups(jobId));
    }
  }

  async #of(jobId: string): Promise<JobTimes> {
    const known = this.#jobs.get(jobId);
    if (known !== undefined) return known;
    const found = await this.#parts.store.document(KIND, jobId);
    // Somebody else may have looked meanwhile.
    const times = this.#jobs.get(jobId) ?? read(found?.json);
    this.#jobs.set(jobId, times);
    return times;
  }

  async #write(): Promise<void> {
    const nowMs = this.#parts.clock.wallMs();
    const changes = [...this.#unwritten].flatMap((id) => {
      const times = this.#jobs.get(id);
      if (times === undefined) return [];
      return { op: 'put', kind: KIND, id, tenant: '', json: written(times, nowMs) } as const;
    });
    this.#unwritten.clear();
    if (changes.length > 0) await this.#parts.store.writeDocuments(changes, nowMs);
  }

  async #forgetOld(): Promise<void> {
    const { store, clock } = this.#parts;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await store.documents({ kind: KIND, after, limit: PAGE });
      const old = page.filter(({ updatedMs }) => updatedMs < clock.wallMs() - WEEK_MS);
      const changes = old.map(({ id }) => ({ op: 'remove', kind: KIND, id }) as const);
      if (changes.length > 0) await store.writeDocuments(changes, clock.wallMs());
      after = page.at(-1)?.id;
    }
  }

  /** For people who look: what cannot be had is left out. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.warn(`When failures happened is not kept: ${messageOf(error)}`);
    }
  }
}

function noCounts(): Counts {
  return { hour: new Map(), day: new Map(), week: new Map() };
}

function add(counts: Counts, ms: number, number: number): void {
  for (const span of SPAN_NAMES) {
    const slot = Math.floor(ms / SPANS[span].stepMs);
    counts[span].set(slot, (counts[span].get(slot) ?? 0) + number);
    prune(counts[span], slot - SPANS[span].steps);
  }
}

/** In whole numbers, whose sum is the count. */
function spread(counts: Counts, { count, firstMs, lastMs }: Met): void {
  for (const span of SPAN_NAMES) {
    const { stepMs, steps } = SPANS[span];
    const [first, last] = [Math.floor(firstMs / stepMs), Math.floor(lastMs / stepMs)];
    const share = count / (last - first + 1);
    for (let slot = Math.max(first, last - steps); slot <= last; slot += 1) {
      const at = slot - first;
      const number = Math.round(share * (at + 1)) - Math.round(share * at);
      if (number > 0) counts[span].set(slot, number);
    }
  }
}

function prune(slots: Map<number, number>, before: number): void {
  for (const slot of slots.keys()) if (slot < before) slots.delete(slot);
}

/** Slots of a span, from the oldest: `[slot, number]`. */
type Written = Readonly<
  Record<string, { readonly seen: number } & Readonly<Record<Span, readonly [number, number][]>>>
>;

function written(times: JobTimes, nowMs: number): string {
  const groups = [...times].map(([print, { seen, counts }]) => {
    for (const span of SPAN_NAMES) {
      prune(counts[span], Math.floor(nowMs / SPANS[span].stepMs) - SPANS[span].steps);
    }
    const spans = SPAN_NAMES.map((span) => [span, [...counts[span]]]);
    return [print, { seen, ...Object.fromEntries(spans) }];
  });
  return JSON.stringify(Object.fromEntries(groups));
}

function read(json: string | undefined): JobTimes {
  if (json === undefined) return new Map();
  const groups = Object.entries(JSON.parse(json) as Written);
  return new Map(
    groups.map(([print, { seen, hour, day, week }]) => [
      print,
      { seen, counts: { hour: new Map(hour), day: new Map(day), week: new Map(week) } },
    ]),
  );
}
