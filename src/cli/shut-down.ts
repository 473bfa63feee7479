/**
 * How a process that works until it is told otherwise comes to its end. Where it is a node and its
 * database is away, it waits for it only while that may be of use: what it could not write and give
 * back, the other nodes take over when its lease has passed.
 */
import type { Timer } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { EngineSession, Workbench } from './workbench.ts';

/** A database that has not answered for so long is not waited for by who has nothing to do, ms. */
const SILENT_MS_MAX = 6_000;
const LOOK_EVERY_MS = 200;

export class ShutDown {
  readonly #session: EngineSession;
  readonly #bench: Pick<Workbench, 'clock' | 'log'>;
  #begunMs: number | undefined;
  #look: Timer | undefined;
  /** Nobody waits any longer for what is under way. */
  #graceOver = false;
  #givenUp = false;

  constructor(session: EngineSession, bench: Pick<Workbench, 'clock' | 'log'>) {
    this.#session = session;
    this.#bench = bench;
  }

  /**
   * Resolves when nothing is under way any more, by itself or because the grace is over. `idle`:
   * when that is so of what is no work of the engine, such as files on their way in.
   */
  async drain(graceMs: number, impatient: Promise<unknown>, idle?: Promise<void>): Promise<void> {
    const { clock, log } = this.#bench;
    const { engine } = this.#session;
    this.#begin();
    const over = new AbortController();
    const grace = clock.sleep(graceMs, over.signal).catch(() => {});
    const drained = Promise.all([engine.drain(), idle]).then(() => true);
    const ended = await Promise.race([
      drained,
      grace.then(() => false),
      impatient.then(() => false),
    ]);
    over.abort();
    if (ended) return;
    log.info('The grace is over: what is under way is interrupted and goes back.');
    this.#graceOver = true;
    await engine.abort();
  }

  /**
   * Takes these steps one after the other, all of them whatever fails, and rejects with the first
   * failure: but not with what follows from a database that was given up.
   */
  async close(steps: readonly (readonly [what: string, step: () => unknown])[]): Promise<void> {
    this.#graceOver = true;
    this.#begin();
    const failed: unknown[] = [];
    for (const [what, step] of steps) {
      try {
        await step();
      } catch (error) {
        const away = error instanceof SluiceError && error.code === 'store.unavailable';
        if (!this.#givenUp || !away) failed.push(error);
        this.#bench.log.warn(`Not in good order at the end: ${what}. ${messageOf(error)}`);
      }
    }
    this.#look?.cancel();
    if (failed.length > 0) throw failed[0];
  }

  #begin(): void {
    if (this.#begunMs !== undefined || this.#session.cluster === undefined) return;
    this.#begunMs = this.#bench.clock.monoMs();
    this.#lookLater();
  }

  #lookLater(): void {
    const { clock } = this.#bench;
    this.#look = clock.after(LOOK_EVERY_MS, () => {
      if (this.#hasTime()) this.#lookLater();
      else this.#giveUp();
    });
  }

  #hasTime(): boolean {
    const { lifeline } = this.#session.cluster ?? {};
    if (lifeline === undefined) return true;
    const sinceMs = this.#bench.clock.monoMs() - (this.#begunMs ?? 0);
    if (Math.min(lifeline.silentMs(), sinceMs) < SILENT_MS_MAX) return true;
    return lifeline.attempts() > 0 && !this.#graceOver;
  }

  #giveUp(): void {
    const { cluster } = this.#session;
    if (cluster === undefined) return;
    this.#givenUp = true;
    const { tasks, shards, leads } = cluster.engine.holdings;
    this.#bench.log.warn(
      'The database does not answer, and is given up. What is not stored yet is done again, and ' +
        'what this node holds goes to others when its lease has passed.',
      { tasks, shards, leads },
    );
    cluster.lifeline.giveUp();
  }
}

export function watchSignals() {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    count += 1;
    if (count === 1) first.resolve(signal);
    else second.resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { first: first.promise, second: second.promise };
}
