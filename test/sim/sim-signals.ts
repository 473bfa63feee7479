/** Hints and notices between simulated nodes: lost, late and doubled as chance has it. */
import type { Random } from '../../src/base/random.ts';
import type { SignalEars, Signals } from '../../src/cluster/signals.ts';
import type { VirtualClock } from '../fakes/virtual-clock.ts';
import type { SimMachine } from './sim-machine.ts';
import type { Faults } from './sim-store-link.ts';

export interface SignalTroubles {
  readonly lost: number;
  readonly late: number;
  readonly doubled: number;
}

export class SimSignals {
  readonly #ears = new Map<SimMachine, SignalEars>();
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #troubles: SignalTroubles;

  constructor(world: VirtualClock, random: Random, faults: Faults, troubles: SignalTroubles) {
    this.#world = world;
    this.#random = random;
    this.#faults = faults;
    this.#troubles = troubles;
  }

  of(machine: SimMachine): Signals {
    return {
      hint: async (jobId) => this.#send((ears) => ears.onHint(jobId)),
      post: async (notice) => this.#send((ears) => ears.onNotice(notice)),
      listen: async (ears) => {
        this.#ears.set(machine, ears);
      },
      idle() {},
      close: async () => {
        this.#ears.delete(machine);
      },
    };
  }

  #send(tell: (ears: SignalEars) => void): void {
    const { lost, late, doubled } = this.#troubles;
    for (const machine of this.#ears.keys()) {
      if (this.#random.next() < lost) {
        this.#faults.lostSignals += 1;
        continue;
      }
      this.#carry(machine, tell, this.#random.next() < late);
      if (this.#random.next() >= doubled) continue;
      this.#faults.doubledSignals += 1;
      this.#carry(machine, tell, true);
    }
  }

  #carry(machine: SimMachine, tell: (ears: SignalEars) => void, late: boolean): void {
    if (late) this.#faults.lateSignals += 1;
    this.#world.after((late ? 3_000 : 2) * this.#random.next(), () =>
      machine.run(() => {
        const ears = this.#ears.get(machine);
        if (ears) tell(ears);
      }),
    );
  }
}
