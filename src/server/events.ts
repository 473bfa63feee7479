/**
 * The streams of events: who may open one, what it begins with, and what keeps it alive.
 *
 * A stream begins with a snapshot, or behind the last event that the client has seen where the log
 * still reaches that far. Its number is taken first, then the store is asked, then everything told
 * after that number follows: nothing is missed, and what comes twice says the same.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import { epochStart } from '../engine/feed.ts';
import { utcTime } from '../engine/job-words.ts';
import type { ProgressBook } from '../engine/progress-book.ts';
import { shownOf } from '../engine/shown-state.ts';
import type { Job } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { Store } from '../store/store.ts';
import { EventLog, type Frame, frameBytes } from './events-log.ts';
import { Chunk, EventReader } from './events-reader.ts';
import { Teller } from './events-teller.ts';
import { isAbout, type Subject, Topics } from './events-topics.ts';
import { jobLine } from './events-wire.ts';
import { groupWire, waitWire } from './routes/failures.ts';
import { jobWire, progressWire } from './wire.ts';

const LOG_LIMITS = { framesMax: 10_000, bytesMax: 4 * 2 ** 20 };
const UNSENT_BYTES_MAX = 256 * 1024;
/** A client that missed more than this starts anew: that is shorter. */
const REPLAY_BYTES_MAX = 2 ** 20;
const HEARTBEAT_MS = 15_000;
const WAITS_MS = 2_000;
const FAILURE_GROUPS_MAX = 10;
const WAITS_MAX = 20;
const JOBS_LISTED_MAX = 100;
const RECONNECT_MS = 1_000;
const FAREWELL_MS = 1_000;
const FAREWELL = ': the server is shutting down\n\n';
const HELLO = Buffer.from(`retry: ${RECONNECT_MS}\n\n`);
const RETRY_AFTER_S = 30;

export interface EventStreamsParts {
  readonly engine: EngineApi;
  readonly store: Pick<Store, 'job' | 'jobs' | 'failureGroups'>;
  readonly progress: ProgressBook;
  readonly clock: Clock;
  /** Streams a tenant. */
  readonly streamsMax: number;
}

export interface StreamRequest {
  readonly subject: Subject;
  /** As it was when the caller was let in; only where it is about one. */
  readonly job: Job | undefined;
  /** Number of the last event that the client has seen; NaN = it could not be read. */
  readonly after: number | undefined;
  readonly untilEnd: boolean;
  readonly allowed: () => Promise<boolean>;
  /** Begins the answer. */
  readonly connect: () => ServerResponse;
}

export class EventStreams {
  readonly #parts: EventStreamsParts;
  readonly #log: EventLog;
  readonly #topics = new Topics();
  readonly #teller: Teller;
  readonly #open = new Map<string | undefined, number>();
  #heartbeat: Timer | undefined;
  #waits: Timer | undefined;
  #closed = false;

  constructor(parts: EventStreamsParts) {
    const { engine, progress, clock } = parts;
    this.#parts = parts;
    this.#log = new EventLog(engine.feed.epoch, LOG_LIMITS);
    const told = { log: this.#log, topics: this.#topics };
    this.#teller = new Teller({ engine, progress, clock, ...told });
  }

  /** How many are open, over all tenants. */
  get size(): number {
    let size = 0;
    for (const count of this.#open.values()) size += count;
    return size;
  }

  /** What was told of a job and is kept, the last first. */
  past(jobId: string): readonly Frame[] {
    return this.#log.of(jobId);
  }

  /**
   * Opens a stream; false where there is nothing to tell and never will be. Rejects with
   * `events.too_many`, `job.not_found` or `server.draining`.
   */
  async open(request: StreamRequest): Promise<boolean> {
    const { subject, untilEnd, allowed, connect } = request;
    const leave = this.#enter(subject.tenant);
    try {
      const compose = this.#resumed(request) ?? (await this.#anew(request));
      if (this.#closed) throw new SluiceError('server.draining');
      // From here to the end in one go: what is told meanwhile would be missed, or come twice.
      this.#topics.flush();
      const first = compose();
      const over = untilEnd && this.#isOver(request);
      if (over && first.length === 0) {
        leave();
        return false;
      }
      const response = connect();
      const onGone = (gone: EventReader) => {
        this.#topics.remove(subject, gone);
        leave();
      };
      const options = { response, unsentBytesMax: UNSENT_BYTES_MAX, untilEnd, allowed, onGone };
      const reader = new EventReader(options, Buffer.concat([HELLO, ...first]));
      if (over) void reader.end('');
      else if (response.closed) leave();
      else this.#attach(subject, reader);
      return true;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Says farewell to all clients, so that they come back to the next server. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#teller.close();
    this.#heartbeat?.cancel();
    this.#waits?.cancel();
    this.#topics.flush();
    const readers = [...this.#topics.readers()];
    const patience = this.#parts.clock.after(FAREWELL_MS, () => {
      for (const reader of readers) reader.destroy();
    });
    await Promise.all(readers.map((reader) => reader.end(FAREWELL)));
    patience.cancel();
  }

  #enter(tenant: string | undefined): () => void {
    if (this.#closed) throw new SluiceError('server.draining');
    const { streamsMax } = this.#parts;
    const open = this.#open.get(tenant) ?? 0;
    if (open >= streamsMax) {
      throw new SluiceError('events.too_many', { max: streamsMax, retryAfterS: RETRY_AFTER_S });
    }
    this.#open.set(tenant, open + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const now = this.#open.get(tenant) as number;
      if (now > 1) this.#open.set(tenant, now - 1);
      else this.#open.delete(tenant);
    };
  }

  #attach(subject: Subject, reader: EventReader): void {
    const { clock } = this.#parts;
    this.#topics.add(subject, reader);
    this.#heartbeat ??= clock.after(HEARTBEAT_MS, () => this.#beat());
    this.#waits ??= clock.after(WAITS_MS, () => this.#tellWaits());
  }

  #isOver({ subject, job }: StreamRequest): boolean {
    if (subject.jobId === undefined || job === undefined) return false;
    return isFinalJobState((this.#teller.newest(subject.jobId) ?? job).state);
  }

  /** What a client that was away has missed; undefined where it has to start anew. */
  #resumed({ subject, after }: StreamRequest): (() => Buffer[]) | undefined {
    if (after === undefined) return undefined;
    const missed = this.#missed(subject, after);
    const bytes = missed?.reduce((sum, frame) => sum + frame.bytes.length, 0) ?? 0;
    if (missed === undefined || bytes > REPLAY_BYTES_MAX) return undefined;
    return () => missed.map((frame) => frame.bytes);
  }

  #missed(subject: Subject, after: number): readonly Frame[] | undefined {
    return this.#log.after(after)?.filter((frame) => isAbout(subject, frame));
  }

  async #anew(request: StreamRequest): Promise<() => Buffer[]> {
    const { subject, after } = request;
    const begin = this.#log.last;
    const snapshot =
      subject.jobId === undefined
        ? await this.#jobsSnapshot(subject.tenant)
        : await this.#jobSnapshot(subject.jobId);
    return () => {
      const missed = this.#missed(subject, begin);
      // Only where thousands were told while the store was asked.
      if (missed === undefined) throw new SluiceError('server.busy', { retryAfterS: 1 });
      const { data, jobs } = snapshot();
      // The snapshot's counters are as new as these, or newer: they would go back for a moment.
      const later = missed.filter(
        ({ type, jobId }) => type !== 'job.progress' || !jobs.includes(jobId),
      );
      const frames = [frameBytes('snapshot', data, begin), ...later.map((frame) => frame.bytes)];
      if (after === undefined) return frames;
      return [frameBytes('reset', { reason: this.#resetReason(after) }), ...frames];
    };
  }

  #resetReason(after: number): 'restarted' | 'too_old' | 'unreadable' {
    if (Number.isNaN(after)) return 'unreadable';
    const epoch = this.#parts.engine.feed.epoch;
    return after < epochStart(epoch) || after > this.#log.last ? 'restarted' : 'too_old';
  }

  async #jobSnapshot(jobId: string): Promise<Snapshot> {
    const { store } = this.#parts;
    const [stored, groups] = await Promise.all([store.job(jobId), store.failureGroups(jobId)]);
    if (stored === undefined) throw new SluiceError('job.not_found', { id: jobId });
    const failures = groups.slice(0, FAILURE_GROUPS_MAX).map((group) => groupWire(group, groups));
    return () => {
      const { job, running, at, shown, progress } = this.#now(stored);
      const waits = at.blockages.slice(0, WAITS_MAX).map((each) => waitWire(each, at));
      const wire = jobWire(job, running, shown);
      return { data: { job: wire, progress, waits, failures }, jobs: [jobId] };
    };
  }

  async #jobsSnapshot(tenant: string | undefined): Promise<Snapshot> {
    const stored = await this.#parts.store.jobs({
      states: ['running'],
      ...(tenant === undefined ? {} : { tenant }),
      limit: JOBS_LISTED_MAX + 1,
    });
    const listed = stored.slice(0, JOBS_LISTED_MAX);
    return () => {
      const jobs = listed.map((each) => {
        const { job, running, shown, progress } = this.#now(each);
        return { job: jobLine(job, running, shown), progress };
      });
      const data = { jobs, more: stored.length > listed.length };
      return { data, jobs: listed.map(({ id }) => id) };
    };
  }

  /** A job as of this moment: as the newest event says, where the store was asked before it. */
  #now(stored: Job) {
    const { engine, progress } = this.#parts;
    const told = this.#teller.newest(stored.id) ?? stored;
    // Among several servers the store may know of an end that is still to be told here.
    const job = isFinalJobState(stored.state) && told.state === 'running' ? stored : told;
    const running = engine.running(job.id);
    const at = progress.of(job);
    const { counters, planned, state } = job;
    const now = { ...at.progress, counters, planned, state, running };
    const shown = shownOf(state, { ...at, progress: now }, utcTime);
    return { job, running, at, shown, progress: progressWire(now, at.wallMs, shown) };
  }

  /**
   * Says that the stream is alive, and up to which number: a client that heard nothing of its own
   * for long would come back with a number that is no longer kept.
   */
  #beat(): void {
    this.#heartbeat = undefined;
    this.#topics.flush();
    const beat = new Chunk([Buffer.from(`: alive\nid: ${this.#log.last}\n\n`)]);
    const readers = [...this.#topics.readers()];
    for (const reader of readers) {
      reader.write(beat);
      void this.#check(reader);
    }
    if (readers.length === 0 || this.#closed) return;
    this.#heartbeat = this.#parts.clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  async #check(reader: EventReader): Promise<void> {
    if (!(await reader.allowed())) await reader.end(': the key no longer opens this\n\n');
  }

  #tellWaits(): void {
    this.#waits = undefined;
    for (const jobId of [...this.#topics.jobs()]) this.#teller.tellWaits(jobId);
    this.#teller.tellShown();
    if (this.#topics.size === 0) return;
    this.#waits = this.#parts.clock.after(WAITS_MS, () => this.#tellWaits());
  }
}

/** Made at the moment at which the stream begins, from what was read before. */
type Snapshot = () => { readonly data: object; readonly jobs: readonly string[] };
