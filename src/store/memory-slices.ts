/** Slices of lanes in memory: who holds each, and what its last owner left. */
import { SLICES } from '../model/slice.ts';
import type { Fence, SliceGiven, SliceHeld } from './cluster-store.ts';

interface Slice {
  holder: Fence | undefined;
  /** Stays until an owner gives the slice back: one that ends leaves it to the next. */
  carry: string | undefined;
  lost: boolean;
}

export class MemorySlices {
  readonly #slices: readonly Slice[] = Array.from({ length: SLICES }, () => {
    return { holder: undefined, carry: undefined, lost: false };
  });

  readonly #counts = new Map<Fence, number>();

  holderOf(slice: number): Fence | undefined {
    return this.#slices[slice]?.holder;
  }

  /** Takes it where nobody holds it; says who does now. */
  take(fence: Fence, no: number): SliceHeld {
    const slice = this.#slices[no] as Slice;
    const { holder, carry, lost } = slice;
    if (holder !== undefined) return { slice: no, holder, carry: undefined, lost: false };
    Object.assign(slice, { holder: fence, lost: false });
    this.#counts.set(fence, this.count(fence) + 1);
    return { slice: no, holder: fence, carry, lost };
  }

  release(fence: Fence, { slice: no, carry }: SliceGiven): void {
    const slice = this.#slices[no];
    if (slice?.holder !== fence) return;
    Object.assign(slice, { holder: undefined, carry });
    this.#counts.set(fence, this.count(fence) - 1);
  }

  /** What the number held is lost. */
  end(fence: Fence): void {
    this.#counts.delete(fence);
    for (const slice of this.#slices) {
      if (slice.holder === fence) Object.assign(slice, { holder: undefined, lost: true });
    }
  }

  count(fence: Fence): number {
    return this.#counts.get(fence) ?? 0;
  }
}
