/** Seats of caps in memory, by the nodes that share each. */
import { capTurn } from './cluster-rules.ts';
import type { CapAsk, CapShare, Fence } from './cluster-store.ts';
import { divideCap } from './divide-cap.ts';

interface Share {
  readonly held: number;
  readonly want: number;
}

export class MemoryCaps {
  readonly #caps = new Map<string, Map<Fence, Share>>();

  share(fence: Fence, { cap, seats, inUse, want }: CapAsk, nowMs: number): CapShare {
    const shares = this.#caps.get(cap) ?? new Map<Fence, Share>();
    this.#caps.set(cap, shares);
    const others = [...shares]
      .filter(([id]) => id !== fence)
      .map(([id, share]) => ({ id, ...share }));
    const me = { id: fence, held: shares.get(fence)?.held ?? 0, want, inUse };
    const { held, part } = divideCap(seats, others, me, capTurn(nowMs));
    if (held > 0 || want > 0) shares.set(fence, { held, want });
    else this.#drop(cap, shares, fence);
    return { cap, seats: held, part };
  }

  /** Seats that are held, of all caps. */
  get held(): number {
    return [...this.#caps.values()]
      .flatMap((shares) => [...shares.values()])
      .reduce((sum, { held }) => sum + held, 0);
  }

  end(fence: Fence): void {
    for (const [cap, shares] of this.#caps) this.#drop(cap, shares, fence);
  }

  #drop(cap: string, shares: Map<Fence, Share>, fence: Fence): void {
    shares.delete(fence);
    if (shares.size === 0) this.#caps.delete(cap);
  }
}
