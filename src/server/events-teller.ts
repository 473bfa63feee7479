/**
 * Turns what the engine says into what goes out: progress at most four times a second a job,
 * failures and notes a bounded number a second, changes of state always and at once. Everything
 * goes into one log, in the order in which it is told.
 *
 * Progress and state are absolute: telling them twice, or only the last, comes to the same.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import { utcTime } from '../engine/job-words.ts';
import type { ProgressBook, Standpoint } from '../engine/progress-book.ts';
import { type Shown, shownOf } from '../engine/shown-state.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { Job } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { EventLog } from './events-log.ts';
import type { Topics } from './events-topics.ts';
import { Track } from './events-track.ts';
import { type EventName, jobLine } from './events-wire.ts';
import { waitWire } from './routes/failures.ts';
import { withShownMs } from './shown-ms.ts';
import { progressWire } from './wire.ts';

const TICK_MS = 250;
/** Rest after a tick, as a multiple of what it took: many readers cost events, not work. */
const REST_FACTOR = 50;
const REST_MS_MAX = 1_000;
/** Jobs whose progress is told in one tick; the others' turn is the next. */
const JOBS_PER_TICK = 100;
/** How old a rate may be. */
const STANDPOINT_MS = 1_000;
const WAITS_TOLD = 5;
/** So old may be what is said of why a job waits, where only lists show it. */
const STILL_MS = 10_000;
/** Running jobs that are looked at in one go. */
const JOBS_LOOKED_AT = 500;
/** Jobs that do not run any more and may still have something to say. */
const ENDED_MAX = 2_000;

export interface TellerParts {
  readonly engine: Pick<EngineApi, 'feed'>;
  readonly progress: ProgressBook;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly topics: Topics;
}

export class Teller {
  readonly #parts: TellerParts;
  readonly #running = new Map<string, Track>();
  readonly #ended = new RecentMap<string, Track>(ENDED_MAX);
  /** To be told at the next tick, longest waiting first. */
  readonly #moved = new Set<Track>();
  readonly #omitting = new Set<Track>();
  readonly #leaveFeed: () => void;
  #tick: Timer | undefined;
  /** Before it no tick comes, monotonic ms. */
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #soon: Timer | undefined;

  constructor(parts: TellerParts) {
    this.#parts = parts;
    this.#leaveFeed = parts.engine.feed.subscribe((event) => this.#take(event));
  }

  /** Tells nothing more. */
  close(): void {
    this.#leaveFeed();
    this.#tick?.cancel();
    this.#soon?.cancel();
  }

  /** The job as of the newest event, where there was one. */
  newest(jobId: string): Job | undefined {
    return this.#track(jobId)?.job;
  }

  /** What the job waits for now, where that has changed; and its rate, which falls by itself. */
  tellWaits(jobId: string): void {
    const track = this.#running.get(jobId);
    if (track === undefined) return;
    const before = track.standpoint?.at.progress.perSecond;
    const at = this.#standpoint(track);
    if (at.progress.perSecond !== before) this.#progressLater(track);
    const shown = shownOf('running', at, utcTime);
    const waits = at.blockages.slice(0, WAITS_TOLD).map((each) => waitWire(each, at));
    const told = JSON.stringify([shown.still, waits]);
    if (told === track.waitsTold) return;
    track.waitsTold = told;
    this.#toldOf(track, shown);
    this.#tell('job.waits', track, { atMs: at.wallMs, ...shown, waits });
  }

  /**
   * Tells of those that somebody reads and that have begun to wait, or to move again, without an
   * event of their own; longest not looked at first.
   */
  tellShown(): void {
    const { topics, progress, clock } = this.#parts;
    const nowMs = clock.monoMs();
    let left = JOBS_LOOKED_AT;
    for (const [jobId, track] of [...this.#running]) {
      if ((left -= 1) < 0) break;
      this.#running.delete(jobId);
      this.#running.set(jobId, track);
      if (!topics.reads(jobId, track.job.tenant)) continue;
      const { shown, still } = progress.shown(track.job);
      const fresh = nowMs - track.toldMs < STILL_MS || still === track.told.still;
      if (shown === track.told.shown && fresh) continue;
      track.standpoint = undefined;
      this.#progressLater(track);
    }
  }

  #toldOf(track: Track, shown: Shown): void {
    track.told = shown;
    track.toldMs = this.#parts.clock.monoMs();
  }

  #track(jobId: string): Track | undefined {
    return this.#running.get(jobId) ?? this.#ended.get(jobId);
  }

  #take(event: SequencedEvent): void {
    if (event.type === 'job.state') {
      this.#state(event);
      return;
    }
    // The first that is heard of a job is its state; one that nobody knows belongs to nobody.
    const track = this.#track(event.jobId);
    if (track === undefined) return;
    const { type: _, seqNo: __, jobId: ___, ...data } = event;
    switch (event.type) {
      case 'job.progress':
        track.job = { ...track.job, counters: event.counters };
        track.running = event.running;
        this.#progressLater(track);
        break;
      case 'job.planned':
        track.job = { ...track.job, planned: true };
        this.#tell(event.type, track, data);
        break;
      case 'task.failed':
        this.#tellSome('failed', event.type, track, withShownMs(data));
        break;
      case 'task.note':
        this.#tellSome('notes', event.type, track, data);
        break;
      default:
        break;
    }
  }

  #state(event: SequencedEvent & { readonly type: 'job.state' }): void {
    const { job, state, why, atMs } = event;
    const ends = isFinalJobState(state);
    const track = this.#track(job.id) ?? new Track(job);
    // What is still to be told goes first: nobody is to hear of it afterwards.
    if (this.#moved.delete(track)) this.#tellProgress(track);
    this.#tellOmitted(track, Number.POSITIVE_INFINITY);
    track.job = job;
    if (ends || state === 'paused') track.running = 0;
    if (state === 'running') {
      this.#ended.delete(job.id);
      this.#running.set(job.id, track);
    } else {
      this.#running.delete(job.id);
      this.#ended.set(job.id, track);
    }
    const line = jobLine(job, track.running, { shown: state });
    this.#toldOf(track, { shown: state });
    this.#tell(
      'job.state',
      track,
      { atMs, state, job: line, ...(why && { why: withShownMs(why) }) },
      ends,
    );
    this.#soon ??= this.#parts.clock.after(0, () => {
      this.#soon = undefined;
      this.#parts.topics.flush();
    });
  }

  #progressLater(track: Track): void {
    this.#moved.add(track);
    this.#arm();
  }

  #tellSome(what: 'failed' | 'notes', type: EventName, track: Track, data: object): void {
    if (track.mayTell(what, this.#parts.clock.monoMs())) {
      this.#tell(type, track, data);
    } else {
      this.#omitting.add(track);
      this.#arm();
    }
  }

  /** `over`: whether the job has ended with this. */
  #tell(type: EventName, track: Track, data: object, over?: boolean): void {
    const { id: jobId, tenant } = track.job;
    const frame = this.#parts.log.append(type, jobId, tenant, { jobId, ...data });
    this.#parts.topics.publish(frame, over);
    this.#arm();
  }

  #tellProgress(track: Track): void {
    const { job, running } = track;
    const { counters, planned, state } = job;
    const { topics, clock } = this.#parts;
    const looked = topics.reads(job.id, job.tenant) ? this.#standpoint(track) : undefined;
    const at = looked?.progress ?? NO_RATE;
    const progress = { ...at, jobId: job.id, counters, planned, state, running };
    const shown = looked ? shownOf(state, { ...looked, progress }, utcTime) : { shown: state };
    this.#toldOf(track, shown);
    this.#tell('job.progress', track, progressWire(progress, clock.wallMs(), shown));
  }

  #tellOmitted(track: Track, nowMs: number): void {
    const omitted = track.takeOmitted(nowMs);
    if (!track.omits) this.#omitting.delete(track);
    if (omitted === undefined) return;
    this.#tell('task.omitted', track, { atMs: this.#parts.clock.wallMs(), ...omitted });
  }

  #standpoint(track: Track): Standpoint {
    const nowMs = this.#parts.clock.monoMs();
    const known = track.standpoint;
    if (known !== undefined && nowMs - known.lookedMs < STANDPOINT_MS) return known.at;
    const at = this.#parts.progress.of(track.job);
    track.standpoint = { at, lookedMs: nowMs };
    return at;
  }

  #arm(): void {
    const { clock } = this.#parts;
    const restMs = Math.max(0, this.#restUntilMs - clock.monoMs());
    this.#tick ??= clock.after(restMs, () => this.#run());
  }

  #run(): void {
    const { clock, topics } = this.#parts;
    const nowMs = clock.monoMs();
    let left = JOBS_PER_TICK;
    for (const track of this.#moved) {
      if (left === 0) break;
      left -= 1;
      this.#moved.delete(track);
      this.#tellProgress(track);
    }
    for (const track of this.#omitting) this.#tellOmitted(track, nowMs);
    topics.flush();
    const restMs = Math.min(REST_MS_MAX, REST_FACTOR * (clock.monoMs() - nowMs));
    this.#restUntilMs = nowMs + Math.max(TICK_MS, restMs);
    // Only now: what was told here has gone out here.
    this.#tick = undefined;
    if (this.#moved.size > 0 || this.#omitting.size > 0) this.#arm();
  }
}

const NO_RATE = { perSecond: undefined, etaMs: undefined, etaLimit: undefined } as const;
