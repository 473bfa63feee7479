/** One benchmark of the machine at a time, asked for by somebody and looked at while it runs. */
import { mkdir } from 'node:fs/promises';
import { AbortCause } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import {
  type BenchmarkPoint,
  type BenchmarkResult,
  type BenchmarkWork,
  benchmarkMachine,
  tryMachine,
  type WorkTime,
} from './benchmark.ts';

export interface BenchmarkStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  /** Wall time, ms. */
  readonly startedMs?: number;
  readonly endedMs?: number;
  /** So far, in the order in which they were measured. */
  readonly points: readonly (BenchmarkPoint & { readonly work: BenchmarkWork })[];
  readonly results: readonly BenchmarkResult[];
  readonly error?: string;
}

const NONE: BenchmarkStatus = { state: 'none', points: [], results: [] };

export class BenchmarkDesk {
  readonly #clock: Clock;
  readonly #directory: string;
  #status = NONE;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  /** `directory`: where durable writes are tried. */
  constructor(clock: Clock, directory: string) {
    this.#clock = clock;
    this.#directory = directory;
  }

  get status(): BenchmarkStatus {
    return this.#status;
  }

  /** Begins one; throws `benchmark.running` where one is under way. */
  start(work: readonly BenchmarkWork[], eachMs: number): BenchmarkStatus {
    if (this.#running !== undefined) throw new SluiceError('benchmark.running');
    this.#status = { ...NONE, state: 'running', startedMs: this.#clock.wallMs() };
    this.#running = this.#run(work, eachMs).finally(() => {
      this.#running = undefined;
    });
    return this.#status;
  }

  /** Does each kind of work once; resolves with how long it took. */
  async tryOut(): Promise<readonly WorkTime[]> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    return tryMachine(this.#clock, this.#directory);
  }

  async close(): Promise<void> {
    this.#stop.abort(new AbortCause('drain'));
    await this.#running;
  }

  async #run(work: readonly BenchmarkWork[], eachMs: number): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const results = await benchmarkMachine({
        work,
        eachMs,
        directory: this.#directory,
        clock: this.#clock,
        signal: this.#stop.signal,
        onPoint: (of, point) => {
          this.#status = {
            ...this.#status,
            points: [...this.#status.points, { work: of, ...point }],
          };
        },
      });
      this.#end({ state: 'done', results });
    } catch (error) {
      this.#end({ state: 'failed', error: messageOf(error) });
    }
  }

  #end(end: Partial<BenchmarkStatus>): void {
    this.#status = { ...this.#status, endedMs: this.#clock.wallMs(), ...end };
  }
}
