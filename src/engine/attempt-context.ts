import { SluiceError } from '../base/errors.ts';
import type { CollectContext, FetchedPage, FetchInit } from '../collectors/collector.ts';
import type { Attempt } from './attempt.ts';
import { type FetchParts, fetchPage } from './attempt-fetch.ts';
import type { JobRun } from './job-run.ts';
import type { EngineParts } from './parts.ts';

/** Notes are for a line of the display, and the feed keeps thousands. */
const NOTE_CHARS_MAX = 500;

/** What a collector sees of one attempt. A class, so that a context costs one small object. */
class AttemptContext implements CollectContext {
  readonly #parts: EngineParts;
  readonly #run: JobRun;
  readonly #attempt: Attempt;

  constructor(parts: EngineParts, run: JobRun, attempt: Attempt) {
    this.#parts = parts;
    this.#run = run;
    this.#attempt = attempt;
  }

  get options(): unknown {
    return this.#run.options;
  }

  get jobId(): string {
    return this.#run.job.id;
  }

  get tenant(): string {
    return this.#run.job.tenant;
  }

  get seq(): number {
    return this.#attempt.task.seq;
  }

  get attemptNo(): number {
    return this.#attempt.task.attemptNo + 1;
  }

  get cursor(): unknown {
    return this.#attempt.task.cursor;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get random() {
    return this.#parts.random;
  }

  get log() {
    return this.#parts.log.with({ jobId: this.jobId, seq: this.seq });
  }

  nowMs(): number {
    return this.#parts.clock.wallMs();
  }

  fetch(url: string | URL, init?: FetchInit): Promise<FetchedPage> {
    const { seat, signal: own } = this.#attempt;
    const signal = init?.signal ? AbortSignal.any([own, init.signal]) : own;
    return handled(seat.call(() => fetchPage(this.#fetchParts(), seat, signal, url, init)));
  }

  compute<T>(
    module: URL,
    name: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<T> {
    const { seat, signal } = this.#attempt;
    return handled(
      seat.call(
        () => this.#parts.compute.run({ module, name, args, transfer }, signal) as Promise<T>,
      ),
    );
  }

  sleep(ms: number): Promise<void> {
    const { seat, signal } = this.#attempt;
    return handled(
      seat.call(async () => {
        if (!(ms < Number.POSITIVE_INFINITY)) {
          throw new SluiceError('collector.threw', { detail: `ctx.sleep takes ms, not ${ms}` });
        }
        await seat.pause(ms, signal);
      }),
    );
  }

  note(text: string): void {
    const note = String(text).slice(0, NOTE_CHARS_MAX);
    this.#parts.feed.append({ type: 'task.note', jobId: this.jobId, seq: this.seq, note });
  }

  #fetchParts(): FetchParts {
    return this.#parts.fetch;
  }
}

/** A collector need not wait for each of its calls: one that fails then is no crash. */
function handled<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  return call;
}

export function createContext(parts: EngineParts, run: JobRun, attempt: Attempt): CollectContext {
  return new AttemptContext(parts, run, attempt);
}
