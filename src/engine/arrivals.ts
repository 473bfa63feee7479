/** Tasks on their way from their shards to admission: the seats that wait for them are not idle. */
export class Arrivals {
  readonly #onArrived: () => void;
  #coming = 0;

  constructor(onArrived: () => void) {
    this.#onArrived = onArrived;
  }

  /** Of so many idle seats, those for which nothing comes. */
  idle(seats: number): number {
    return Math.max(0, seats - this.#coming);
  }

  async come(tasks: number, arrived: Promise<void> | void): Promise<void> {
    this.#coming += tasks;
    try {
      await arrived;
    } finally {
      this.#coming -= tasks;
    }
    this.#onArrived();
  }
}
