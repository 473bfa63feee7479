/**
 * A node's way to the store that all share: slow at times, cut at times, and now and then the
 * place where the node dies. What has set out arrives, whatever becomes of the node meanwhile.
 */
import { SluiceError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { VirtualClock } from '../fakes/virtual-clock.ts';
import type { SimMachine } from './sim-machine.ts';

/** What has happened, counted: a run without faults shows nothing. */
export interface Faults {
  deaths: number;
  deathsBeforeCall: number;
  deathsAfterCall: number;
  freezes: number;
  freezesBeyondLease: number;
  /** Of them, with a monotonic clock that stood still. */
  sleeps: number;
  cuts: number;
  outages: number;
  refusedCalls: number;
  lostAnswers: number;
  lateCalls: number;
  slowCalls: number;
  drains: number;
  joins: number;
  lostSignals: number;
  lateSignals: number;
  doubledSignals: number;
  fencedCalls: number;
}

export function noFaults(): Faults {
  return {
    deaths: 0,
    deathsBeforeCall: 0,
    deathsAfterCall: 0,
    freezes: 0,
    freezesBeyondLease: 0,
    sleeps: 0,
    cuts: 0,
    outages: 0,
    refusedCalls: 0,
    lostAnswers: 0,
    lateCalls: 0,
    slowCalls: 0,
    drains: 0,
    joins: 0,
    lostSignals: 0,
    lateSignals: 0,
    doubledSignals: 0,
    fencedCalls: 0,
  };
}

/** What goes wrong on the way, besides cuts. */
export interface LinkTroubles {
  /** Chance that a call takes up to 800 ms. */
  slow: number;
  /** Chance that the node dies at a call, and at a commit. */
  deathAtCall: number;
  deathAtCommit: number;
}

/** Until when, in true time, calls do not come through, and what becomes of them. */
interface Cut {
  readonly untilMs: number;
  /** `refused`: at once. `late`: they wait, and arrive after it. `unheard`: done, not answered. */
  readonly how: 'refused' | 'late' | 'unheard';
}

/** After this a call that was not answered is given up, ms. */
const PATIENCE_MS = 10_000;

export class StoreLink {
  /** Calls by name; what a node asks of the store. */
  readonly calls = new Map<string, number>();
  readonly #machine: SimMachine;
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #troubles: LinkTroubles;
  readonly #onDeath: () => void;
  readonly #onBroken: (what: string) => void;
  #cut: Cut = { untilMs: -1, how: 'refused' };

  constructor(
    machine: SimMachine,
    world: VirtualClock,
    random: Random,
    faults: Faults,
    troubles: LinkTroubles,
    onDeath: () => void,
    onBroken: (what: string) => void,
  ) {
    this.#machine = machine;
    this.#world = world;
    this.#random = random;
    this.#faults = faults;
    this.#troubles = troubles;
    this.#onDeath = onDeath;
    this.#onBroken = onBroken;
  }

  cut(cut: Cut): void {
    this.#cut = cut;
    this.#machine.cut = true;
    this.#world.after(cut.untilMs - this.#world.monoMs(), () => {
      this.#machine.cut = false;
      this.#machine.troubles += 1;
    });
  }

  /** The store as the node sees it. */
  of(cluster: ClusterStore): ClusterStore {
    const store = this.#through(cluster.store);
    return this.#through(cluster, {
      store,
      storeOf: (fence: number) => this.#fenced(cluster, fence),
    });
  }

  /** A number that has ended writes nothing. */
  #fenced(cluster: ClusterStore, fence: number): Store {
    const below = cluster.storeOf(fence);
    const commit: Store['commit'] = async (batch) => {
      const live = (await cluster.nodes()).some((node) => node.fence === fence);
      const result = await below.commit(batch);
      if (!live) this.#onBroken(`${this.#machine.name} writes under a number that has ended`);
      return result;
    };
    const told = { commit } as unknown as Store;
    const own = { commit: this.#through(told).commit };
    return this.#through(below, own);
  }

  #through<S extends Store | ClusterStore>(target: S, own: object = {}): S {
    return new Proxy(target, {
      get: (_, name: string) => {
        const mine = (own as Record<string, unknown>)[name];
        if (mine !== undefined) return mine;
        if (name === 'close') return async () => {};
        const method = target[name as keyof S] as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) =>
          this.#call(name, async () => {
            const leaseEndMs = this.#world.monoMs() + Number(args[1]);
            const result = await method.apply(target, args);
            if (name === 'renew' || name === 'join') this.#machine.leaseEndMs = leaseEndMs;
            // It has lost its place before, and what it knew.
            if (name === 'join') this.#machine.troubles += 1;
            return result;
          });
      },
    });
  }

  async #call(name: string, work: () => Promise<unknown>): Promise<unknown> {
    const machine = this.#machine;
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const { deathAtCall, deathAtCommit } = this.#troubles;
    const dies = this.#random.next() < (name === 'commit' ? deathAtCommit : deathAtCall);
    const before = this.#random.next() < 0.5;
    if (dies && before) {
      this.#faults.deathsBeforeCall += 1;
      this.#die();
    }
    if (!machine.alive) return new Promise<never>(() => {});
    const done = this.#travel(work);
    if (dies) {
      done.then(
        () => {
          if (!machine.alive) return;
          this.#faults.deathsAfterCall += 1;
          this.#die();
        },
        () => {},
      );
    }
    return machine.hear(done);
  }

  #die(): void {
    this.#faults.deaths += 1;
    this.#machine.kill();
    this.#onDeath();
  }

  async #travel(work: () => Promise<unknown>): Promise<unknown> {
    const world = this.#world;
    const slow = this.#random.next() < this.#troubles.slow;
    if (slow) this.#faults.slowCalls += 1;
    const wayMs = () => (slow ? 400 : 1) * this.#random.next();
    await world.sleep(wayMs());
    const { untilMs, how } = this.#cut;
    const leftMs = untilMs - world.monoMs();
    if (leftMs <= 0) {
      const result = await this.#counted(work);
      await world.sleep(wayMs());
      const cut = this.#cut.untilMs > world.monoMs();
      if (!cut) return result;
      this.#faults.lostAnswers += 1;
      await world.sleep(Math.min(PATIENCE_MS, this.#cut.untilMs - world.monoMs()));
      throw this.#away();
    }
    if (how === 'refused') {
      this.#faults.refusedCalls += 1;
      throw this.#away();
    }
    if (how === 'unheard') {
      await this.#counted(work);
      this.#faults.lostAnswers += 1;
      await world.sleep(Math.min(leftMs, PATIENCE_MS));
      throw this.#away();
    }
    this.#faults.lateCalls += 1;
    if (leftMs > PATIENCE_MS) {
      await world.sleep(PATIENCE_MS);
      throw this.#away();
    }
    await world.sleep(leftMs + 50 * this.#random.next());
    return this.#counted(work);
  }

  async #counted(work: () => Promise<unknown>): Promise<unknown> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'cluster.fenced') {
        this.#faults.fencedCalls += 1;
      }
      throw error;
    }
  }

  /** The node gives up its place for it, and with it what it knows. */
  #away(): SluiceError {
    this.#machine.troubles += 1;
    const detail = 'it is cut off';
    return new SluiceError('store.unavailable', { name: 'of the cluster', detail });
  }
}
