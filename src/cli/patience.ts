/**
 * A server that is away for a moment, such as while it is started anew, ends nothing here: what was
 * asked is asked again for a while. One that was never there is told at once.
 */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import { EXIT } from './exit.ts';
import { ServerRefusal } from './server-refusal.ts';

const PATIENCE_MS = 5 * 60_000;
const WAIT_MS = 250;
const WAIT_MS_MAX = 2_000;

export class Patience {
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  #known = false;
  #lostMs = 0;
  #failures = 0;

  constructor(clock: Clock, say: (line: string) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** The server has answered. */
  found(): void {
    if (this.#failures > 1) this.#say('The server answers again.');
    this.#known = true;
    this.#failures = 0;
  }

  /** Rejects as `work` does where that has other reasons, or where it has for too long. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        const result = await work();
        this.found();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!this.#known || !isAway(error)) throw error;
        this.#lost(error);
      }
      await this.#clock.sleep(Math.min(WAIT_MS * this.#failures, WAIT_MS_MAX), signal);
    }
  }

  #lost(error: unknown): void {
    const nowMs = this.#clock.monoMs();
    if (this.#failures === 0) this.#lostMs = nowMs;
    this.#failures += 1;
    if (nowMs - this.#lostMs > PATIENCE_MS) throw error;
    // Once is a connection that broke; twice is a server that is away.
    if (this.#failures !== 2) return;
    const left = formatDuration(PATIENCE_MS);
    this.#say(`The server does not answer. The job is safe there; trying again for ${left}.`);
  }
}

/** Nobody answered, or somebody who may soon. */
function isAway(error: unknown): boolean {
  if (error instanceof ServerRefusal) return error.exitCode === EXIT.away || error.answered >= 502;
  return error instanceof SluiceError && error.code === 'server.unreachable';
}
