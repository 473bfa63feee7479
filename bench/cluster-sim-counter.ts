/** Counts what nodes ask of their store, and lets each answer take a moment of virtual time. */
import type { Clock } from '../src/base/clock.ts';
import type { Claim, ClusterStore } from '../src/store/cluster-store.ts';
import type { Store } from '../src/store/store.ts';

/** About what a claim, a commit or a renewal takes, ms. */
const ANSWER_MS = 4;

export interface Calls {
  calls: number;
  /** What was sent or answered, whichever is a list. */
  rows: number;
}

export class StoreCounter {
  readonly kinds = new Map<string, Calls>();
  /** Tasks of each claim. */
  readonly claims: number[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  reset(): void {
    this.kinds.clear();
    this.claims.length = 0;
  }

  of(cluster: ClusterStore): ClusterStore {
    const store = this.#through(cluster.store);
    const storeOf = (fence: number) => this.#through(cluster.storeOf(fence));
    return this.#through(cluster, { store, storeOf });
  }

  #through<S extends Store | ClusterStore>(target: S, own: object = {}): S {
    return new Proxy(target, {
      get: (_, name: string) => {
        const mine = (own as Record<string, unknown>)[name];
        if (mine !== undefined) return mine;
        const method = target[name as keyof S] as (...args: unknown[]) => Promise<unknown>;
        if (name === 'close') return async () => {};
        return async (...args: unknown[]) => {
          const result = await method.apply(target, args);
          this.#count(name, args, result);
          await this.#clock.sleep(ANSWER_MS);
          return result;
        };
      },
    });
  }

  #count(name: string, args: readonly unknown[], result: unknown): void {
    const known = this.kinds.get(name) ?? { calls: 0, rows: 0 };
    this.kinds.set(name, known);
    known.calls += 1;
    if (name === 'claim') {
      const { shards } = result as Claim;
      const tasks = shards.reduce((sum, shard) => sum + shard.tasks.length, 0);
      this.claims.push(tasks);
      known.rows += tasks;
      return;
    }
    const list = Array.isArray(result) ? result : args.findLast((arg) => Array.isArray(arg));
    if (list !== undefined) known.rows += (list as unknown[]).length;
    else if (name === 'told') known.rows += (result as { events: unknown[] }).events.length;
    else known.rows += 1;
  }
}
