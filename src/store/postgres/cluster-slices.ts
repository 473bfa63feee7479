/** Slices of lanes: who holds each, and what its last owner left. */
import { fenced } from '../cluster-rules.ts';
import type { Fence, SliceGiven, SliceHeld } from '../cluster-store.ts';
import type { Database } from './database.ts';
import { statement, type Tx } from './transaction.ts';

const LOCK_FREE = statement(
  'slices.lock_free',
  `SELECT no AS slice, carry, lost FROM slices WHERE no = ANY($1) AND holder IS NULL
   ORDER BY no FOR NO KEY UPDATE`,
);
/** Never waits: a claim holds shards. Who has locked a slice is about to take it. */
const LOCK_FREE_NOW = statement(
  'slices.lock_free_now',
  `SELECT no AS slice, carry, lost FROM slices WHERE no = ANY($1) AND holder IS NULL
   ORDER BY no FOR NO KEY UPDATE SKIP LOCKED`,
);
/** What was given along stays until the owner gives: one that ends leaves it to the next. */
const TAKE = statement(
  'slices.take',
  'UPDATE slices SET holder = $1, lost = false WHERE no = ANY($2)',
);
const HOLDERS = statement(
  'slices.holders',
  'SELECT no AS slice, holder FROM slices WHERE no = ANY($1) AND holder IS NOT NULL',
);
/** Waits for the node's own claims and commits: none of them begins to use a slice meanwhile. */
const LOCK_NODE = statement('slices.node', 'SELECT 1 FROM nodes WHERE fence = $1 FOR UPDATE');
const LOCK_GIVEN = statement(
  'slices.lock_given',
  `SELECT no AS slice FROM slices WHERE no = ANY($2) AND holder = $1
     AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.holder = $1 AND shards.slice = slices.no)
   ORDER BY no FOR UPDATE`,
);
const GIVE = statement(
  'slices.give',
  `UPDATE slices SET holder = NULL, carry = given.carry
   FROM unnest($1::int[], $2::text[]) AS given (no, carry) WHERE slices.no = given.no`,
);
const CLEAR_HINTS = statement(
  'slices.clear_hints',
  'UPDATE shards SET owner = 0 WHERE owner = $1 AND owner <> 0 AND slice = ANY($2)',
);

/** A slice that nobody held, locked. */
export interface FreeSlice {
  readonly slice: number;
  readonly carry: string | null;
  readonly lost: boolean;
}

/** Locks those of the slices that nobody holds and nobody is about to take. */
export function lockFreeSlices(tx: Tx, slices: readonly number[]): Promise<readonly FreeSlice[]> {
  return tx.rows<FreeSlice>(LOCK_FREE_NOW, slices);
}

/** Takes slices that this transaction has locked. */
export async function takeLocked(
  tx: Tx,
  fence: Fence,
  free: readonly FreeSlice[],
): Promise<readonly SliceHeld[]> {
  if (free.length === 0) return [];
  const numbers = free.map(({ slice }) => slice);
  await tx.run(TAKE, fence, numbers);
  return free.map(({ slice, carry, lost }) => {
    return { slice, holder: fence, carry: carry ?? undefined, lost };
  });
}

export class ClusterSlices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async take(fence: Fence, slices: readonly number[]): Promise<readonly SliceHeld[]> {
    return this.#database.write(async (tx) => {
      const free = await tx.rows<FreeSlice>(LOCK_FREE, slices);
      const taken = new Map<number, SliceHeld>();
      for (const held of await takeLocked(tx, fence, free)) taken.set(held.slice, held);
      const holders = await tx.rows<{ slice: number; holder: Fence }>(HOLDERS, slices);
      const holderOf = new Map(holders.map(({ slice, holder }) => [slice, holder]));
      return slices.map((slice) => {
        const held = taken.get(slice);
        // Named twice, it is told of once.
        taken.delete(slice);
        const holder = holderOf.get(slice) as Fence;
        return held ?? { slice, holder, carry: undefined, lost: false };
      });
    }, fence);
  }

  async release(fence: Fence, slices: readonly SliceGiven[]): Promise<void> {
    await this.#database.write(async (tx) => {
      if ((await tx.row(LOCK_NODE, fence)) === undefined) throw fenced();
      const asked = slices.map(({ slice }) => slice);
      const locked = await tx.rows<{ slice: number }>(LOCK_GIVEN, fence, asked);
      if (locked.length === 0) return;
      const given = locked.map(({ slice }) => slice);
      const carries = given.map((no) => slices.find(({ slice }) => slice === no)?.carry ?? null);
      await tx.run(GIVE, given, carries);
      await tx.run(CLEAR_HINTS, fence, given);
    });
  }
}
