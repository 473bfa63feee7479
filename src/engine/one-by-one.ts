/** Runs pieces of asynchronous work one after the other, in the order in which they came. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  run<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when everything so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
