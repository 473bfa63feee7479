/**
 * What was said of jobs: changes of state, failures, notes and what collectors log, the last lines
 * of each in memory. More than a number of lines a second are counted, not kept: a flood does not
 * wash away what was said before it. Changes of state are always kept.
 *
 * Lines of other nodes' collectors are not here; their failures and the job's state are.
 */
import type { Clock } from '../base/clock.ts';
import type { LogLevel } from '../base/log.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { EngineObserver, LineSeen } from '../engine/observer.ts';
import type { SequencedEvent } from '../model/event.ts';

export const LINES_KEPT = 1_000;
const JOBS_KEPT = 100;
const LINES_PER_SECOND = 50;
const CHARS_MAX = 1_000;
const SECOND_MS = 1_000;

export type LineOf = 'job' | 'failure' | 'note' | 'log';

export interface JobLine {
  /** From 1. */
  readonly no: number;
  readonly atMs: number;
  readonly level: LogLevel;
  readonly of: LineOf;
  /** Of the row that it is about. */
  readonly seq?: number;
  readonly text: string;
}

interface Lines {
  readonly kept: JobLine[];
  count: number;
  secondMs: number;
  told: number;
  /** Lines of the second that were too many. */
  omitted: number;
}

export class JobLog implements Pick<EngineObserver, 'logged'> {
  readonly #clock: Clock;
  readonly #jobs = new RecentMap<string, Lines>(JOBS_KEPT);
  readonly #leave: () => void;

  constructor(engine: Pick<EngineApi, 'feed'>, clock: Clock) {
    this.#clock = clock;
    this.#leave = engine.feed.subscribe((event) => this.#take(event));
  }

  close(): void {
    this.#leave();
  }

  logged({ jobId, seq, level, message }: LineSeen): void {
    this.#some(jobId, { level, of: 'log', seq, text: message });
  }

  /** Those that are kept, the last one first. */
  lines(jobId: string): readonly JobLine[] {
    const lines = this.#jobs.get(jobId);
    if (lines === undefined) return [];
    // What was too much is told where nothing comes after it, too.
    if (this.#clock.monoMs() - lines.secondMs >= SECOND_MS) this.#tellOmitted(lines);
    const kept = Math.min(lines.count, LINES_KEPT);
    return Array.from(
      { length: kept },
      (_, i) => lines.kept[(lines.count - 1 - i) % LINES_KEPT] as JobLine,
    );
  }

  #take(event: SequencedEvent): void {
    const { jobId } = event;
    switch (event.type) {
      case 'job.state': {
        const { state, why } = event;
        const text = `The job is ${state}${why === undefined ? '' : `: ${why.message}`}`;
        this.#always(jobId, { level: state === 'failed' ? 'error' : 'info', of: 'job', text });
        break;
      }
      case 'job.planned':
        this.#always(jobId, {
          ...{ level: 'info', of: 'job' },
          text: `Every row of the input has become a task: ${event.tasks}`,
        });
        break;
      case 'task.failed': {
        const { seq, final, failure } = event;
        const end = final ? 'failed' : 'failed, is tried again';
        const text = `Row ${seq} ${end}: ${failure.message}`;
        this.#some(jobId, { level: final ? 'error' : 'warn', of: 'failure', seq, text });
        break;
      }
      case 'task.note':
        // Of every row, mostly: what is rarer is not to drown in them.
        this.#some(jobId, { level: 'debug', of: 'note', seq: event.seq, text: event.note });
        break;
      default:
        break;
    }
  }

  #some(jobId: string, line: Omit<JobLine, 'no' | 'atMs'>): void {
    const lines = this.#of(jobId);
    const nowMs = this.#clock.monoMs();
    if (nowMs - lines.secondMs >= SECOND_MS) {
      this.#tellOmitted(lines);
      lines.secondMs = nowMs;
      lines.told = 0;
    }
    lines.told += 1;
    if (lines.told > LINES_PER_SECOND) lines.omitted += 1;
    else this.#add(lines, line);
  }

  #always(jobId: string, line: Omit<JobLine, 'no' | 'atMs'>): void {
    const lines = this.#of(jobId);
    this.#tellOmitted(lines);
    this.#add(lines, line);
  }

  #tellOmitted(lines: Lines): void {
    const { omitted } = lines;
    if (omitted === 0) return;
    lines.omitted = 0;
    const text = `${omitted} lines more in that second, which are not kept`;
    this.#add(lines, { level: 'warn', of: 'log', text });
  }

  #add(lines: Lines, line: Omit<JobLine, 'no' | 'atMs'>): void {
    const no = lines.count + 1;
    const text = line.text.slice(0, CHARS_MAX);
    lines.kept[lines.count % LINES_KEPT] = { ...line, text, no, atMs: this.#clock.wallMs() };
    lines.count = no;
  }

  #of(jobId: string): Lines {
    const lines = this.#jobs.get(jobId) ?? noLines();
    // One of the newest again: what moves is not forgotten for what does not.
    this.#jobs.set(jobId, lines);
    return lines;
  }
}

function noLines(): Lines {
  return { kept: [], count: 0, secondMs: Number.NEGATIVE_INFINITY, told: 0, omitted: 0 };
}
