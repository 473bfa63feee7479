/** What nodes tell each other of events, in memory. */
import { TOLD_KEPT_MS } from './cluster-rules.ts';
import type { Fence } from './cluster-store.ts';

interface Told {
  readonly no: number;
  readonly by: Fence;
  readonly event: string;
  readonly atMs: number;
}

export class MemoryTold {
  #told: Told[] = [];
  #last = 0;

  tell(by: Fence, events: readonly string[], atMs: number): void {
    for (const event of events) {
      this.#last += 1;
      this.#told.push({ no: this.#last, by, event, atMs });
    }
  }

  /** Of others; `since` -1 = nothing but where to go on. */
  since(fence: Fence, since: number): { events: readonly string[]; next: number } {
    const news = since < 0 ? [] : this.#told.filter(({ no, by }) => no > since && by !== fence);
    return { events: news.map(({ event }) => event), next: this.#last };
  }

  prune(nowMs: number): void {
    this.#told = this.#told.filter(({ atMs }) => atMs >= nowMs - TOLD_KEPT_MS);
  }
}
