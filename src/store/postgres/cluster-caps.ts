/** Seats of caps. Who asks has the cap to itself for as long as the transaction takes. */
import { capTurn } from '../cluster-rules.ts';
import type { CapAsk, CapShare, Fence } from '../cluster-store.ts';
import { type CapSeats, divideCap } from '../divide-cap.ts';
import type { Database } from './database.ts';
import { statement } from './transaction.ts';
import { numbers, toName } from './values.ts';

/** A node that asks for the first time has no row yet: rows cannot be what is locked. */
const LOCK = statement(
  'caps.lock',
  `SELECT pg_advisory_xact_lock(531073, key)
   FROM (SELECT DISTINCT hashtext(cap) AS key FROM unnest($1::text[]) AS cap ORDER BY key) AS keys`,
);
const READ = statement('caps.read', 'SELECT cap, holder, held, want FROM caps WHERE cap = ANY($1)');
const NOW = statement(
  'caps.now',
  'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"',
);
const WRITE = statement(
  'caps.write',
  `INSERT INTO caps (cap, holder, held, want)
   SELECT cap, $1, held, want
   FROM unnest($2::text[], $3::int[], $4::int[]) AS share (cap, held, want)
   WHERE held > 0 OR want > 0
   ON CONFLICT (cap, holder) DO UPDATE SET held = excluded.held, want = excluded.want`,
);
const DROP = statement('caps.drop', 'DELETE FROM caps WHERE holder = $1 AND cap = ANY($2)');

interface Share {
  readonly cap: string;
  readonly holder: Fence;
  readonly held: number;
  readonly want: number;
}

export class ClusterCaps {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async share(fence: Fence, asks: readonly CapAsk[]): Promise<readonly CapShare[]> {
    const caps = asks.map(({ cap }) => toName(cap));
    return this.#database.write(async (tx) => {
      if (asks.length === 0) return [];
      await tx.rows(LOCK, caps);
      const [shares, now] = await Promise.all([
        tx.rows<Share>(READ, caps),
        tx.row<{ nowMs: number }>(NOW),
      ]);
      const turn = capTurn(now?.nowMs ?? 0);
      const mine = asks.map((ask) => seatsOf(fence, ask, shares, turn));
      const held = mine.map((seats) => seats.held);
      const wants = asks.map(({ want }) => want);
      const done = caps.filter((_, i) => held[i] === 0 && wants[i] === 0);
      await tx.run(WRITE, fence, caps, numbers(held), numbers(wants));
      if (done.length > 0) await tx.run(DROP, fence, done);
      return asks.map(({ cap }, i) => {
        const { held: seats, part } = mine[i] as CapSeats;
        return { cap, seats, part };
      });
    }, fence);
  }
}

function seatsOf(fence: Fence, ask: CapAsk, shares: readonly Share[], turn: number): CapSeats {
  const all = shares.filter(({ cap }) => cap === toName(ask.cap));
  const others = all
    .filter(({ holder }) => holder !== fence)
    .map(({ holder, held, want }) => ({ id: holder, held, want }));
  const before = all.find(({ holder }) => holder === fence)?.held ?? 0;
  const me = { id: fence, held: before, want: ask.want, inUse: ask.inUse };
  return divideCap(ask.seats, others, me, turn);
}
