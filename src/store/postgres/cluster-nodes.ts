/** Numbers of nodes: given, renewed, ended with all that was held under them. */
import { fenced, LOAN_ENDS_KEPT_MS, TOLD_KEPT_MS, UNFINISHED_KEPT_MS } from '../cluster-rules.ts';
import type { Fence, NodeIntro, NodeRow, Renewal, Swept } from '../cluster-store.ts';
import type { Database } from './database.ts';
import { statement, type Tx } from './transaction.ts';

const JOIN = statement(
  'nodes.join',
  `INSERT INTO nodes (id, name, version, kind, lease_until)
   VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 ms') RETURNING fence`,
);
const OF_ID = statement('nodes.of_id', 'SELECT fence FROM nodes WHERE id = $1 FOR UPDATE');
const OF_FENCE = statement('nodes.of', 'SELECT fence FROM nodes WHERE fence = $1 FOR UPDATE');
const RENEW = statement(
  'nodes.renew',
  `UPDATE nodes SET lease_until = clock_timestamp() + $2 * interval '1 ms',
     status = coalesce($3, status)
   WHERE fence = $1
   RETURNING draining AS drain, extract(epoch FROM clock_timestamp())::float8 * 1000 AS "storeMs"`,
);
const DRAIN = statement(
  'nodes.drain',
  'UPDATE nodes SET draining = true WHERE id = $1 RETURNING 1',
);
const LIST = statement(
  'nodes.list',
  `SELECT id, name, version, kind, fence, draining, status,
     extract(epoch FROM clock_timestamp() - joined_at)::float8 * 1000 AS "ageMs",
     extract(epoch FROM lease_until - clock_timestamp())::float8 * 1000 AS "leaseMs",
     (SELECT count(*) FROM shards WHERE holder = fence) AS shards,
     (SELECT count(*) FROM slices WHERE holder = fence) AS slices,
     (SELECT count(*) FROM leads WHERE holder = fence) AS leads,
     ARRAY(SELECT role FROM roles WHERE holder = fence ORDER BY role) AS roles
   FROM nodes ORDER BY fence`,
);
/** A node that writes at this moment is waited for only after all others have been ended. */
const EXPIRED = `SELECT fence FROM nodes WHERE lease_until < clock_timestamp() ORDER BY fence`;
const EXPIRED_IDLE = statement('nodes.expired_idle', `${EXPIRED} FOR UPDATE SKIP LOCKED`);
const EXPIRED_LOCKED = statement('nodes.expired_locked', `${EXPIRED} FOR UPDATE`);
const NEXT = statement(
  'nodes.next',
  `SELECT extract(epoch FROM min(lease_until) - clock_timestamp())::float8 * 1000 AS "nextMs"
   FROM nodes`,
);

// The end of numbers whose rows are locked. Locks are taken in the order of keys throughout.
const END_NODES = statement('nodes.end', 'DELETE FROM nodes WHERE fence = ANY($1)');
const LOCK_SLICES = statement(
  'nodes.lock_slices',
  'SELECT no FROM slices WHERE holder = ANY($1) ORDER BY no FOR UPDATE',
);
const END_SLICES = statement(
  'nodes.end_slices',
  'UPDATE slices SET holder = NULL, lost = true WHERE holder = ANY($1)',
);
const LOCK_SHARDS = statement(
  'nodes.lock_shards',
  `SELECT no FROM shards WHERE holder = ANY($1) OR (owner = ANY($1) AND owner <> 0)
   ORDER BY job_no, no FOR UPDATE`,
);
const END_SHARDS = statement(
  'nodes.end_shards',
  `UPDATE shards SET holder = NULL,
     losses = losses + CASE WHEN losses = 0 OR begun THEN $2::int ELSE 0 END
   WHERE holder = ANY($1)`,
);
const END_HINTS = statement(
  'nodes.end_hints',
  'UPDATE shards SET owner = 0 WHERE owner = ANY($1) AND owner <> 0',
);
const END_LEADS = statement('nodes.end_leads', 'DELETE FROM leads WHERE holder = ANY($1)');
const END_ROLES = statement('nodes.end_roles', 'DELETE FROM roles WHERE holder = ANY($1)');
const END_CAPS = statement('nodes.end_caps', 'DELETE FROM caps WHERE holder = ANY($1)');
const DROP_LOANS = statement(
  'nodes.drop_loans',
  `DELETE FROM loans USING slices
   WHERE borrower = ANY($1) AND state = 0 AND slices.no = slice AND slices.holder IS NULL`,
);
const END_LOANS = statement(
  'nodes.end_loans',
  `UPDATE loans SET state = 2, feedback = NULL, ended_at = clock_timestamp()
   WHERE borrower = ANY($1) AND state < 2`,
);

const AGE = `clock_timestamp() - $1 * interval '1 ms'`;
const PRUNE_TOLD = statement('nodes.prune_told', `DELETE FROM told WHERE at < ${AGE}`);
const PRUNE_LOANS = statement(
  'nodes.prune_loans',
  `DELETE FROM loans WHERE state = 2 AND ended_at < ${AGE}`,
);
const PRUNE_FILES = statement(
  'nodes.prune_files',
  `WITH left_over AS (DELETE FROM files WHERE pieces IS NULL AND written_at < ${AGE} RETURNING path)
   DELETE FROM file_pieces USING left_over WHERE file_pieces.path = left_over.path`,
);

/**
 * A renewal goes by another connection after so much of the lease: sent when a third of it has
 * passed, it has time for one that is dead and for one that is new. With long leases sooner, ms.
 */
const SILENT_PART = 0.25;
const SILENT_MS_MAX = 15_000;

interface Numbered {
  readonly fence: Fence;
}

export class ClusterNodes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async join({ id, name, version, kind }: NodeIntro, leaseMs: number): Promise<Fence> {
    return this.#database.write(async (tx) => {
      const last = await tx.rows<Numbered>(OF_ID, id);
      await end(tx, last, false);
      const [node] = await tx.rows<Numbered>(JOIN, id, name, version, kind, leaseMs);
      return (node as Numbered).fence;
    });
  }

  async renew(fence: Fence, leaseMs: number, status: string | undefined): Promise<Renewal> {
    const silentMs = Math.min(SILENT_MS_MAX, SILENT_PART * leaseMs);
    const values = [fence, leaseMs, status ?? null];
    const renewal = await this.#database.rowSoon<Renewal>(silentMs, RENEW, ...values);
    if (renewal === undefined) throw fenced();
    return renewal;
  }

  async leave(fence: Fence): Promise<void> {
    await this.#database.write(async (tx) => {
      await end(tx, await tx.rows<Numbered>(OF_FENCE, fence), false);
    });
  }

  async sweep(): Promise<Swept> {
    const database = this.#database;
    const endAll = (asked: typeof EXPIRED_IDLE) =>
      database.write(async (tx) => {
        const nodes = await tx.rows<Numbered>(asked);
        // What ends several at once is no row that one of them worked on.
        await end(tx, nodes, nodes.length === 1);
        return nodes.map(({ fence }) => fence);
      });
    const next = async () => (await database.row<{ nextMs: number | null }>(NEXT))?.nextMs;
    const ended: Fence[] = [];
    let nextMs = await next();
    for (const asked of [EXPIRED_IDLE, EXPIRED_LOCKED]) {
      if (typeof nextMs !== 'number' || nextMs >= 0) break;
      ended.push(...(await endAll(asked)));
      nextMs = await next();
    }
    return { ended, nextMs: nextMs ?? undefined };
  }

  async prune(): Promise<void> {
    const database = this.#database;
    await Promise.all([
      database.rows(PRUNE_TOLD, TOLD_KEPT_MS),
      database.rows(PRUNE_LOANS, LOAN_ENDS_KEPT_MS),
      database.rows(PRUNE_FILES, UNFINISHED_KEPT_MS),
    ]);
  }

  async list(): Promise<readonly NodeRow[]> {
    const nodes = await this.#database.rows<NodeRow & { status: string | null }>(LIST);
    return nodes.map((node) => ({ ...node, status: node.status ?? undefined }));
  }

  async askDrain(id: string): Promise<boolean> {
    return (await this.#database.row(DRAIN, id)) !== undefined;
  }
}

async function end(tx: Tx, nodes: readonly Numbered[], lost: boolean): Promise<void> {
  if (nodes.length === 0) return;
  const fences = nodes.map(({ fence }) => fence);
  await tx.run(END_NODES, fences);
  await tx.rows(LOCK_SLICES, fences);
  await tx.run(END_SLICES, fences);
  await tx.rows(LOCK_SHARDS, fences);
  await tx.run(END_SHARDS, fences, lost ? 1 : 0);
  await tx.run(END_HINTS, fences);
  for (const part of [END_LEADS, END_ROLES, END_CAPS, DROP_LOANS, END_LOANS]) {
    await tx.run(part, fences);
  }
}
