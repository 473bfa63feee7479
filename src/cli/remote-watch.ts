/**
 * Shows a job that a server works on, from the server's events. State is absolute there: what comes
 * last counts, so a connection that breaks costs nothing but the time until the next.
 */
import type { Clock } from '../base/clock.ts';
import type { EtaLimit, Progress } from '../engine/progress.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { Blockage } from '../model/lane.ts';
import type { Display, JobView } from './display/display.ts';
import { every } from './every.ts';
import type { ShownJob } from './job-reader.ts';
import type { Patience } from './patience.ts';
import type { Remote } from './remote.ts';
import { jobPath, RemoteJobs } from './remote-jobs.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

/** While nothing runs it is asked when the next row is tried again. */
const DUE_EVERY_MS = 2_000;

export interface RemoteWatchParts {
  readonly remote: Remote;
  readonly clock: Clock;
  readonly display: Display;
  readonly patience: Patience;
  /** What the next Ctrl-C does. */
  readonly hint: () => string;
}

interface ProgressData extends Omit<Progress, 'etaMs' | 'etaLimit'> {
  readonly etaMs?: { readonly low: number; readonly high: number };
  readonly etaLimit?: EtaLimit;
  readonly atMs: number;
}

interface WaitData extends Omit<Blockage, 'wakeAtMs'> {
  /** Wall time of the server. */
  readonly untilMs?: number;
}

interface Waits {
  readonly waits: readonly WaitData[];
  readonly atMs: number;
}

interface Snapshot {
  readonly job: ShownJob;
  readonly progress: ProgressData;
  readonly waits: readonly WaitData[];
}

export class RemoteWatch {
  readonly #parts: RemoteWatchParts;
  #job: ShownJob;
  #progress: Progress;
  #blockages: readonly Blockage[] = [];
  #nextDueMs: number | undefined;
  #dueAskedMs = -DUE_EVERY_MS;
  #lastId: string | undefined;

  constructor(job: ShownJob, parts: RemoteWatchParts) {
    this.#parts = parts;
    this.#job = job;
    this.#progress = progressOf(job);
  }

  /** Resolves with the job once it no longer runs; rejects as `signal` does where that aborts. */
  async watch(signal: AbortSignal): Promise<ShownJob> {
    const { display, clock, patience, remote } = this.#parts;
    display.start(this.view());
    const stopTicks = every(clock, display.everyMs, () => this.#tick());
    try {
      await patience.run(() => this.#listen(signal), signal);
    } finally {
      stopTicks();
    }
    this.#job = await patience.run(() => new RemoteJobs(remote).job(this.#job.id), signal);
    this.#progress = { ...this.#progress, ...progressOf(this.#job) };
    return this.#job;
  }

  /** As far as it is known. */
  get job(): ShownJob {
    return this.#job;
  }

  view(): JobView {
    const { clock, hint } = this.#parts;
    return {
      job: this.#job,
      progress: this.#progress,
      blockages: this.#blockages,
      nowMs: clock.monoMs(),
      nextDueMs: this.#nextDueMs,
      wallMs: clock.wallMs(),
      hint: hint(),
    };
  }

  /** Resolves when the job no longer runs. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { remote, patience } = this.#parts;
    const after = this.#lastId;
    const answer = await remote.open({
      method: 'GET',
      path: `${jobPath(this.#job.id)}/events?until=end`,
      headers: {
        accept: 'text/event-stream',
        ...(after === undefined ? {} : { 'last-event-id': after }),
      },
      signal,
    });
    patience.found();
    if (answer.status === 204 || answer.body === null) return;
    const onId = (id: string) => {
      this.#lastId = id;
    };
    try {
      for await (const event of serverEvents(answer.body, onId)) {
        this.#apply(event);
        if (this.#job.state !== 'running') return;
      }
    } catch (error) {
      throw remote.lost(error);
    }
    throw remote.lost(new Error('it ended the stream of events'));
  }

  #apply({ name, id, data }: ServerEvent): void {
    switch (name) {
      case 'snapshot': {
        const { job, progress, waits } = data as Snapshot;
        const moved = job.state !== this.#job.state;
        this.#job = job;
        this.#progress = progressOfData(progress);
        this.#setWaits({ waits, atMs: progress.atMs });
        const { atMs } = progress;
        if (moved) this.#tell('job.state', id, { jobId: job.id, state: job.state, atMs });
        return;
      }
      case 'job.state': {
        const { job } = data as { readonly job: Omit<ShownJob, 'options'> };
        this.#job = { ...this.#job, ...job };
        this.#progress = { ...this.#progress, ...progressOf(this.#job) };
        break;
      }
      case 'job.planned':
        this.#progress = { ...this.#progress, planned: true };
        break;
      case 'job.progress':
        this.#progress = progressOfData(data as ProgressData);
        this.#job = { ...this.#job, counters: this.#progress.counters };
        break;
      case 'job.waits':
        this.#setWaits(data as Waits);
        return;
      case 'task.failed':
      case 'task.note':
        break;
      default:
        return;
    }
    this.#tell(name, id, data as object);
  }

  /** In the form of the engine's own events, which differ in nothing that is shown. */
  #tell(type: string, id: string, data: object): void {
    this.#parts.display.event({ type, ...data, seqNo: Number(id) } as SequencedEvent);
  }

  #setWaits({ waits, atMs }: Waits): void {
    const nowMs = this.#parts.clock.monoMs();
    this.#blockages = waits.map(({ untilMs, ...wait }) => ({
      ...wait,
      wakeAtMs: untilMs === undefined ? undefined : nowMs + Math.max(0, untilMs - atMs),
    }));
  }

  #tick(): void {
    const { clock, display } = this.#parts;
    const { running, counters } = this.#progress;
    const still = running === 0 && counters.waiting > 0 && this.#blockages.length === 0;
    if (still && clock.monoMs() - this.#dueAskedMs >= DUE_EVERY_MS) {
      this.#dueAskedMs = clock.monoMs();
      void this.#askDue();
    }
    display.tick(this.view());
  }

  async #askDue(): Promise<void> {
    const path = `${jobPath(this.#job.id)}/waits?limit=1`;
    const asked = this.#parts.remote.ask<{ retries: { nextMs?: number } }>({ method: 'GET', path });
    // Only for showing: who is away is minded elsewhere.
    const told = await asked.catch(() => undefined);
    if (told !== undefined) this.#nextDueMs = told.retries.nextMs;
  }
}

function progressOf({ id, state, counters, planned }: ShownJob): Progress {
  return {
    jobId: id,
    state,
    counters,
    planned,
    running: 0,
    perSecond: undefined,
    etaMs: undefined,
    etaLimit: undefined,
  };
}

function progressOfData({ etaMs, etaLimit, atMs: _, ...rest }: ProgressData): Progress {
  return { ...rest, etaMs: etaMs && [etaMs.low, etaMs.high], etaLimit };
}
