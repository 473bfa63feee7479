/**
 * A process that can die at any moment. Its clock and its store stop answering then, as if the
 * machine had taken them away; what was committed before stays in the store behind them.
 */
import type { Clock, Timer } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { Commit, CommitResult, Store } from '../../src/store/store.ts';
import type { Fetcher } from '../../src/transport/fetcher.ts';

export class SimProcess {
  alive = true;
  readonly clock: Clock;

  constructor(world: Clock) {
    this.clock = {
      wallMs: () => world.wallMs(),
      monoMs: () => world.monoMs(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          world.sleep(ms, signal).then(
            () => this.alive && resolve(),
            (error: unknown) => this.alive && reject(error),
          );
        }),
      after: (ms, callback): Timer => world.after(ms, () => this.alive && callback()),
    };
  }

  kill(): void {
    this.alive = false;
  }

  /** The network as this process sees it: nothing is sent or heard once it is dead. */
  fetcher(network: Fetcher): Fetcher {
    return {
      exchange: (request, signal) =>
        this.alive
          ? network.exchange(request, signal).then(
              (reply) => (this.alive ? reply : new Promise<never>(() => {})),
              (error: unknown) =>
                this.alive ? Promise.reject(error) : new Promise<never>(() => {}),
            )
          : new Promise<never>(() => {}),
      async close() {},
    };
  }

  /** The store as this process sees it: slow at times, and gone once the process is dead. */
  store(disk: Store, random: Random, crash: CrashPlan): Store {
    const process = this;
    return new Proxy(disk, {
      get(target, name: keyof Store) {
        if (name === 'commit') {
          return (batch: readonly Commit[]) => process.#commit(target, batch, random, crash);
        }
        if (name === 'close') return async () => {};
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => process.#whileAlive(() => method.apply(target, args), 0);
      },
    });
  }

  async #commit(
    disk: Store,
    batch: readonly Commit[],
    random: Random,
    crash: CrashPlan,
  ): Promise<CommitResult> {
    const fate = crash.next();
    if (fate === 'before') this.kill();
    const slowMs = random.next() < 0.05 ? 500 * random.next() : 2 * random.next();
    const done = this.#whileAlive(() => disk.commit(batch), slowMs);
    if (fate === 'after') void done.then(() => this.kill());
    return done as Promise<CommitResult>;
  }

  /** Runs `work` unless the process is dead by then; a dead process never hears back. */
  async #whileAlive<T>(work: () => Promise<T>, delayMs: number): Promise<T> {
    if (delayMs > 0) await this.clock.sleep(delayMs);
    if (!this.alive) return new Promise<never>(() => {});
    const result = await work();
    return this.alive ? result : new Promise<never>(() => {});
  }
}

/** Which commits the process dies at: before they are written, or after but before it hears so. */
export class CrashPlan {
  readonly #random: Random;
  #left: number;
  /** Jobs are handed in by a process that lives. */
  armed = false;

  constructor(random: Random, crashes: number) {
    this.#random = random;
    this.#left = crashes;
  }

  next(): 'before' | 'after' | 'none' {
    if (!this.armed || this.#left === 0 || this.#random.next() > 0.02) return 'none';
    this.#left -= 1;
    return this.#random.next() < 0.5 ? 'before' : 'after';
  }
}
