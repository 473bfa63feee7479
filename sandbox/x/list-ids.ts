/** Ids of X lists: numbers beyond 2^53 as text, from which the index can be read back. */
import { seedOf } from '../sites/seed.ts';

const BASE = 1_410_000_000_000_000_000n;
const STEP = 1_000_003n;

export const LISTS_MAX = 1_000_000;

/** The id of a list. */
export function idOfList(seed: number, index: number): string {
  return String(BASE + BigInt(index) * STEP + BigInt(seedOf(seed, 'list', index) % 999_983));
}

/** The index of a list's id; -1 for an id that no list has. */
export function indexOfList(seed: number, id: string): number {
  const offset = BigInt(id) - BASE;
  const index = offset < 0n ? -1 : Number(offset / STEP);
  if (index < 0 || index >= LISTS_MAX) return -1;
  return idOfList(seed, index) === id ? index : -1;
}
