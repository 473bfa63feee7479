/**
 * For logs and pipes: one logfmt line at the start, at each change of state, each 10 % or 30 s
 * (whichever is later) with what its tasks said last, and at the end. No carriage returns, no
 * colour.
 */
import { standstill } from '../../engine/job-words.ts';
import type { SequencedEvent } from '../../model/event.ts';
import { openTasks } from '../../model/job.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { Display, JobView, Summary } from './display.ts';
import { LatestNotes } from './latest-notes.ts';
import { accountAdvice, failureLines, share, summaryLine } from './words.ts';

const EVERY_MS = 30_000;
const EVERY_SHARE = 0.1;
const NOTES_SHOWN = 8;
const FAILURES_SHOWN = 8;

export class PlainDisplay implements Display {
  readonly everyMs = 1_000;
  readonly #write: (line: string) => void;
  readonly #flags: Readonly<Record<string, unknown>>;
  readonly #notes = new LatestNotes();
  #lastMs = 0;
  #lastShare = 0;
  #state = '';
  /** What it waits for where nothing moves; '' = no account. */
  #cause: string | undefined;

  /** `flags`: of the command, for others that it names. */
  constructor(write: (line: string) => void, flags: Readonly<Record<string, unknown>> = {}) {
    this.#write = write;
    this.#flags = flags;
  }

  start(view: JobView): void {
    this.#state = view.progress.state;
    this.#lastMs = view.nowMs;
    const { id, collector, input } = view.job;
    this.#line('start', { job: id, collector, input: input.name });
  }

  event(event: SequencedEvent): void {
    this.#notes.apply(event);
    if (event.type !== 'job.state' || event.state === this.#state) return;
    this.#state = event.state;
    this.#line('state', { job: event.jobId, state: event.state, why: event.why?.message });
  }

  tick(view: JobView): void {
    const still = standstill(view);
    const cause = still && accountCause(view);
    if (still !== undefined && (this.#cause === undefined || cause !== this.#cause)) {
      const why = still.replace(/^Waiting(?: for|:) /, '');
      const hint = cause && accountAdvice(view.blockages, this.#flags);
      this.#line('waiting', { job: view.job.id, why, hint });
    }
    this.#cause = cause;
    const at = share(view.progress) ?? 0;
    const dueByTime = view.nowMs - this.#lastMs >= EVERY_MS;
    const dueByShare = at - this.#lastShare >= EVERY_SHARE || share(view.progress) === undefined;
    if (!dueByTime || !dueByShare) return;
    this.#lastMs = view.nowMs;
    this.#lastShare = at;
    this.#line('progress', fields(view));
    for (const text of this.#notes.lines(view.wallMs, NOTES_SHOWN)) {
      this.#line('note', { job: view.job.id, text });
    }
  }

  say(line: string): void {
    this.#write(line);
  }

  end(view: JobView, summary: Summary, failures: readonly FailureGroup[]): void {
    this.#line('end', { ...fields(view), state: summary.state });
    this.#write(summaryLine(summary));
    for (const line of failureLines(failures, FAILURES_SHOWN)) this.#write(line);
  }

  #line(what: string, pairs: Readonly<Record<string, string | number | undefined>>): void {
    const text = Object.entries(pairs)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => `${name}=${logfmt(String(value))}`);
    this.#write([what, ...text].join(' '));
  }
}

/** Whose accounts it waits for, and why: worth a line of its own each time it changes. */
function accountCause({ blockages: [first] }: JobView): string {
  const { service, why, detail = '' } = first?.accounts ?? {};
  return service === undefined || why === 'busy' ? '' : `${service} ${why} ${detail}`;
}

function fields(view: JobView): Readonly<Record<string, string | number | undefined>> {
  const { progress } = view;
  const { counters } = progress;
  const { etaLimit } = progress;
  const [low, high] = progress.etaMs ?? [];
  return {
    job: view.job.id,
    ended: counters.tasks - openTasks(counters),
    total: counters.tasks,
    duplicates: counters.duplicates || undefined,
    planned: String(progress.planned),
    running: progress.running,
    waiting: counters.waiting,
    failed: counters.discarded,
    records: counters.records,
    per_second: progress.perSecond?.toFixed(1),
    eta_s:
      low === undefined
        ? undefined
        : `${Math.round(low / 1_000)}-${Math.round((high ?? low) / 1_000)}`,
    eta_least_s: etaLimit && Math.round(etaLimit.leastMs / 1_000),
    eta_limit: etaLimit?.lane,
  };
}

function logfmt(value: string): string {
  return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}
