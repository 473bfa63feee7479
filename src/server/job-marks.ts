/**
 * What may explain a bend in a chart: when the server was started and by which version, when a
 * limit was set or learned anew, when a host asked for patience. In memory and bounded, of the last
 * minutes; each with the lane that it is about, so that a job is told of its own lanes alone.
 */
import type { LaneStatus } from '../admission/admission.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import { rate } from '../engine/job-words.ts';
import type { EngineObserver, RequestSeen } from '../engine/observer.ts';
import type { SetLimits } from '../engine/set-limits.ts';
import { hostLane, type LaneKey, laneKind, laneName } from '../model/lane.ts';
import type { Store } from '../store/store.ts';
import { STEP_MS, STEPS } from './history.ts';

export const MARK_KINDS = ['start', 'rate', 'limit', 'throttled'] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export interface Mark {
  readonly atMs: number;
  readonly kind: MarkKind;
  readonly lane?: LaneKey;
  readonly text: string;
  /** For who runs the server, where it says more: of its nodes, or whose key it was. */
  readonly inFull?: string;
}

const KEPT_MS = STEPS * STEP_MS;
const MARKS_MAX = 500;
const JOBS_KEPT = 200;
const LANES_OF_JOB = 50;
const THROTTLED_MAX = 100;
/** A learned rate moves all the time: what is less than this is no change of it. */
const CHANGED_FACTOR = 1.25;
const STARTS = 'server-start';

export interface Throttled {
  readonly atMs: number;
  readonly lane: LaneKey;
  readonly step: number;
  count: number;
}

export interface SavedMarks {
  readonly lanes: readonly LaneKey[];
  readonly throttled: readonly Throttled[];
}

interface JobLanes {
  readonly lanes: Set<LaneKey>;
  readonly throttled: Throttled[];
}

export interface JobMarksParts {
  readonly limits: Pick<SetLimits, 'onChange' | 'find'>;
  readonly store: Pick<Store, 'document' | 'writeDocuments'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  readonly version: string;
  /** Of this one, among several. */
  readonly node: string | undefined;
}

export class JobMarks implements Pick<EngineObserver, 'requestEnded'> {
  readonly #parts: JobMarksParts;
  readonly #jobs = new RecentMap<string, JobLanes>(JOBS_KEPT);
  readonly #rates = new RecentMap<LaneKey, number>(1_000);
  #marks: Mark[] = [];
  /** When the rest of it is known. */
  readonly ready: Promise<void>;

  constructor(parts: JobMarksParts) {
    this.#parts = parts;
    parts.limits.onChange((lane) => this.#limit(lane));
    this.ready = this.#begin().catch((error: unknown) => parts.log.warn(messageOf(error)));
  }

  requestEnded({ jobId, host, throttled }: RequestSeen): void {
    const job = this.#of(jobId);
    const lane = hostLane(host);
    if (job.lanes.size < LANES_OF_JOB) job.lanes.add(lane);
    if (!throttled) return;
    const atMs = this.#parts.clock.wallMs();
    const step = Math.floor(atMs / STEP_MS);
    const known = job.throttled.findLast((each) => each.lane === lane && each.step === step);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    job.throttled.push({ atMs, lane, step, count: 1 });
    if (job.throttled.length > THROTTLED_MAX) job.throttled.shift();
  }

  /** A job's rows wait in these. */
  waits(jobId: string, lanes: Iterable<LaneKey>): void {
    const job = this.#of(jobId);
    for (const lane of lanes) if (job.lanes.size < LANES_OF_JOB) job.lanes.add(lane);
  }

  /** Looks at the lanes as they are now. */
  look(lanes: readonly LaneStatus[]): void {
    for (const { lane, perSecond } of lanes) {
      if (perSecond === undefined) continue;
      const before = this.#rates.get(lane);
      if (before !== undefined && !isOther(before, perSecond)) continue;
      this.#rates.set(lane, perSecond);
      // What it began with, or what somebody set: no change that was learned.
      if (before === undefined || this.#parts.limits.find(lane)?.perSecond !== undefined) continue;
      const turn = perSecond < before ? 'slowed to' : 'sped up to';
      const text = `${words(lane)} ${turn} ${rate(perSecond)}, from ${rate(before)}`;
      this.#add({ kind: 'rate', lane, text });
    }
  }

  /** Oldest first: those since `sinceMs` that concern a job; `inFull`: as operators are told. */
  of(jobId: string, sinceMs: number, inFull: boolean): readonly Mark[] {
    const job = this.#jobs.get(jobId);
    const own = this.#marks
      .filter(({ lane }) => lane === undefined || job?.lanes.has(lane))
      .map(({ inFull: more, ...mark }) => (inFull && more ? { ...mark, text: more } : mark));
    const throttled = (job?.throttled ?? []).map(
      ({ atMs, lane, count }): Mark => ({
        atMs,
        kind: 'throttled',
        lane,
        text: `${words(lane)} asked for patience${count === 1 ? '' : `, ${count} times in 10 s`}`,
      }),
    );
    return [...own, ...throttled]
      .filter(({ atMs }) => atMs >= sinceMs)
      .sort((a, b) => a.atMs - b.atMs);
  }

  /** Those that are about no job alone, to go on with after a restart. */
  saved(): readonly Mark[] {
    const sinceMs = this.#parts.clock.wallMs() - KEPT_MS;
    return this.#marks.filter(({ atMs }) => atMs >= sinceMs);
  }

  savedOf(jobId: string): SavedMarks | undefined {
    const job = this.#jobs.get(jobId);
    return job && { lanes: [...job.lanes], throttled: job.throttled };
  }

  restore(marks: readonly Mark[]): void {
    this.#marks = [...marks, ...this.#marks].slice(-MARKS_MAX);
  }

  restoreOf(jobId: string, { lanes, throttled }: SavedMarks): void {
    const job = this.#of(jobId);
    for (const lane of lanes) if (job.lanes.size < LANES_OF_JOB) job.lanes.add(lane);
    job.throttled.unshift(...throttled.slice(-THROTTLED_MAX).map((each) => ({ ...each })));
  }

  async #begin(): Promise<void> {
    const { store, clock, version, node } = this.#parts;
    const id = node ?? 'alone';
    const atMs = clock.wallMs();
    const said = (what: string): Mark => {
      const text = `${node === undefined ? 'The server' : 'A node'} was started, ${what}`;
      const inFull = node === undefined ? {} : { inFull: `Node ${node} was started, ${what}` };
      return { atMs, kind: 'start', text, ...inFull };
    };
    const mark = said(`version ${version}`);
    this.#marks.push(mark);
    const known = await store.document(STARTS, id);
    const before = known && (JSON.parse(known.json) as { readonly version: string }).version;
    if (before !== undefined && before !== version) {
      const other = said(`version ${version} instead of ${before}`);
      this.#marks = this.#marks.map((each) => (each === mark ? other : each));
    }
    const json = JSON.stringify({ version, atMs });
    await store.writeDocuments([{ op: 'put', kind: STARTS, id, tenant: '', json }], atMs);
  }

  #limit(lane: LaneKey): void {
    const set = this.#parts.limits.find(lane);
    if (set === undefined) {
      this.#add({ kind: 'limit', lane, text: `The limit of ${words(lane)} was taken back` });
      return;
    }
    const { perSecond, concurrency, by } = set;
    const values = [
      ...(perSecond === undefined ? [] : [rate(perSecond)]),
      ...(concurrency === undefined ? [] : [`${concurrency} at once`]),
    ];
    const text = `The limit of ${words(lane)} was set to ${values.join(', ')}`;
    this.#add({ kind: 'limit', lane, text, inFull: `${text} by ${by}` });
  }

  #add(mark: Omit<Mark, 'atMs'>): void {
    const atMs = this.#parts.clock.wallMs();
    this.#marks.push({ ...mark, atMs });
    if (this.#marks.length <= MARKS_MAX) return;
    this.#marks = this.#marks.filter((each) => atMs - each.atMs < KEPT_MS).slice(-MARKS_MAX / 2);
  }

  #of(jobId: string): JobLanes {
    const job = this.#jobs.get(jobId) ?? { lanes: new Set(), throttled: [] };
    // One of the newest again: what moves is not forgotten for what does not.
    this.#jobs.set(jobId, job);
    return job;
  }
}

function isOther(before: number, now: number): boolean {
  return now > before * CHANGED_FACTOR || now * CHANGED_FACTOR < before;
}

function words(lane: LaneKey): string {
  return `${laneKind(lane).replaceAll('-', ' ')} ${laneName(lane)}`;
}
