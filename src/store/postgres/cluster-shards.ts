/**
 * Shards that a node holds: their tasks, what of them waits, how they are given back. Whoever
 * opens ended tasks again has the job's row to itself; who says that a shard has no open task
 * holds on to that row, so that no task is opened in a shard that is just being closed.
 */

import { fenced } from '../cluster-rules.ts';
import type { BegunShard, DueTask, Fence, ReleasedShard, ShardName } from '../cluster-store.ts';
import { addCounts, noDelta } from './counter-table.ts';
import type { Database } from './database.ts';
import {
  EACH_INPUT,
  IN_PACK,
  PACKED_SEQ,
  PACKS_BETWEEN,
  PACKS_OF_SHARD,
  TASK_AT,
  TASK_COLUMNS,
  TASKS_OF_SHARD,
  WITH_PROGRESS,
} from './open-sql.ts';
import { type TaskRow, tasksOf } from './task-reader.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers, toName } from './values.ts';

/** Due tasks of a job that are looked through in their order. */
const WALK_MAX = 1_000;
/**
 * Rows between the first and the last of a shard: where they are so few, their ends are counted
 * first. If there is one of each row, no task is looked at.
 */
const DENSE_ROWS_MAX = 1_000;

/**
 * Tasks of `shards of (job_no, no)`, found one shard and one task after the other: whatever is
 * believed of tables that have just grown, nothing else is looked at.
 */
export const TASKS_OF = (of: string) => `
  (${of}) AS piece CROSS JOIN LATERAL ${TASKS_OF_SHARD('piece.job_no', 'piece.no')} AS t`;
export const OPEN_ONLY = `
  NOT EXISTS (SELECT 1 FROM ends WHERE ends.job_no = t.job_no AND ends.seq = t.seq OFFSET 0)
  AND NOT EXISTS (${IN_PACK('1', 't.job_no', 't.seq')} OFFSET 0)`;
const NAMED = 'SELECT * FROM unnest($1::int[], $2::int[]) AS named (job_no, no)';

const JOBS_BESIDE = statement(
  'held.jobs_beside',
  'SELECT id, no FROM jobs WHERE id = ANY($1) ORDER BY no FOR KEY SHARE',
);
const JOBS_ALONE = statement(
  'held.jobs_alone',
  'SELECT id, no FROM jobs WHERE id = ANY($1) ORDER BY no FOR NO KEY UPDATE',
);
const LOCK = statement(
  'held.lock',
  `SELECT shards.job_no, shards.no FROM shards JOIN (${NAMED}) AS named USING (job_no, no)
   WHERE shards.holder = $3 ORDER BY shards.job_no, shards.no FOR UPDATE OF shards`,
);
/** Whether all rows from the first to the last of a shard `s` have ended, where they are few. */
export const ALL_ENDED = (jobNo: string) => `
  s.last_seq - s.first_seq < ${DENSE_ROWS_MAX} AND s.last_seq - s.first_seq + 1 = (
       SELECT count(*) FROM ends WHERE ends.job_no = ${jobNo}
         AND ends.seq BETWEEN s.first_seq AND s.last_seq
     ) + (
       SELECT coalesce(sum(
         least(p.last_seq, s.last_seq) - greatest(p.first_seq, s.first_seq) + 1
       ), 0)
       FROM end_packs p WHERE ${PACKS_BETWEEN('p', jobNo, 's.first_seq', 's.last_seq')}
     )`;
export const OPEN_SHARDS = statement(
  'held.open_shards',
  `SELECT DISTINCT named.job_no, named.no FROM (${NAMED}) AS named CROSS JOIN LATERAL (
     SELECT first_seq, last_seq FROM shards
     WHERE shards.job_no = named.job_no AND shards.no = named.no LIMIT 1
   ) AS s
   WHERE CASE WHEN ${ALL_ENDED('named.job_no')} THEN false
     ELSE EXISTS (SELECT 1 FROM ${TASKS_OF('SELECT named.job_no, named.no')} WHERE ${OPEN_ONLY})
   END`,
);
const BEGIN = statement(
  'held.begin',
  `WITH named AS MATERIALIZED (
     SELECT shards.job_no, shards.no, asked.open
     FROM unnest($2::text[], $3::int[], $4::int[]) AS asked (id, no, open)
       JOIN jobs ON jobs.id = asked.id
       JOIN shards ON shards.job_no = jobs.no AND shards.no = asked.no AND shards.holder = $1
     ORDER BY shards.job_no, shards.no FOR UPDATE OF shards
   )
   UPDATE shards SET begun = true, open_then = named.open,
     losses = CASE WHEN named.open < shards.open_then THEN 1 ELSE shards.losses END
   FROM named WHERE shards.job_no = named.job_no AND shards.no = named.no`,
);
export const FINISH = statement(
  'held.finish',
  `UPDATE shards SET done = true, sealed = true, holder = NULL
   FROM (${NAMED}) AS named WHERE shards.job_no = named.job_no AND shards.no = named.no`,
);
/** Of shards that are locked. */
const FINISH_ENDED = statement(
  'held.finish_ended',
  `UPDATE shards s SET done = true, sealed = true, holder = NULL
   FROM (${NAMED}) AS named
   WHERE s.job_no = named.job_no AND s.no = named.no AND ${ALL_ENDED('s.job_no')}
   RETURNING s.job_no, s.no`,
);
const FREE = statement(
  'held.free',
  `UPDATE shards SET holder = NULL
   FROM (${NAMED}) AS named WHERE shards.job_no = named.job_no AND shards.no = named.no`,
);
const OPEN_SEQS = statement(
  'held.open_seqs',
  `SELECT t.seq FROM ${TASKS_OF('SELECT $1::int AS job_no, $2::int AS no')}
   WHERE ${OPEN_ONLY} ORDER BY t.seq`,
);
const NEW_NO = statement(
  'held.new_no',
  'UPDATE jobs SET next_shard = next_shard + 1 WHERE no = $1 RETURNING next_shard - 1 AS no',
);
const SPLIT = statement(
  'held.split',
  `INSERT INTO shards (job_no, no, slice, tasks, size, first_seq, last_seq, tag, sealed, losses)
   SELECT job_no, $3, slice, $4, $4, first_seq, last_seq, tag, true, losses
   FROM shards WHERE job_no = $1 AND no = $2`,
);
/** Its tasks go their own ways: each gets a row. */
const UNPACK = statement(
  'held.unpack',
  `WITH packed AS (
     DELETE FROM task_packs
     WHERE ctid = ANY (ARRAY (${PACKS_OF_SHARD('tp.at', '$1', '$2')})) RETURNING *
   )
   INSERT INTO tasks (job_no, seq, shard, input) 
   SELECT tp.job_no, ${PACKED_SEQ}, tp.shard, each.input
   FROM packed tp CROSS JOIN LATERAL ${EACH_INPUT}`,
);
const MOVE = statement(
  'held.move',
  'UPDATE tasks SET shard = $2 WHERE job_no = $1 AND seq = ANY($3::int[])',
);

/**
 * Waiting tasks of the job $2 in shards that $1 holds, found from either side. First in the order
 * in which they are due, among all nodes': the first few are near. Where these are many and few of
 * them the node's, through the shards that it holds, whose number is bounded.
 */
const WALK = `
  FROM (
    SELECT progress.job_no, progress.seq, run_at
    FROM jobs JOIN progress ON progress.job_no = jobs.no
    WHERE jobs.id = $2 AND run_at IS NOT NULL AND run_at <= $3
    ORDER BY run_at, progress.seq LIMIT ${WALK_MAX}
  ) AS p CROSS JOIN LATERAL ${TASK_AT('p.job_no', 'p.seq')} AS t CROSS JOIN LATERAL (
    SELECT shards.holder FROM shards WHERE shards.job_no = p.job_no AND shards.no = t.shard LIMIT 1
  ) AS s WHERE s.holder = $1`;
const HELD = `
  FROM (
    SELECT shards.job_no, shards.no FROM jobs JOIN shards ON shards.job_no = jobs.no
    WHERE jobs.id = $2 AND shards.holder = $1 OFFSET 0
  ) AS held CROSS JOIN LATERAL ${TASKS_OF_SHARD('held.job_no', 'held.no')} AS t CROSS JOIN LATERAL (
    SELECT job_no, seq, run_at FROM progress
    WHERE progress.job_no = held.job_no AND progress.seq = t.seq AND run_at <= $3 LIMIT 1
  ) AS p WHERE true`;
const FIRST = 'ORDER BY p.run_at, p.seq LIMIT $4';
const DUE_COLUMNS = 'p.job_no, p.seq, p.run_at AS "atMs", t.shard';
const WALK_DUE = statement('held.walk_due', `SELECT ${DUE_COLUMNS} ${WALK} ${FIRST}`);
const HELD_DUE = statement('held.due', `SELECT ${DUE_COLUMNS} ${HELD} ${FIRST}`);
/** Whether the walk ends before the last that is due. */
const WALK_ENDS = statement(
  'held.walk_ends',
  `SELECT 1 FROM jobs JOIN progress ON progress.job_no = jobs.no
   WHERE jobs.id = $1 AND run_at IS NOT NULL AND run_at <= $2
   ORDER BY run_at, progress.seq OFFSET ${WALK_MAX} LIMIT 1`,
);
const KNOWN = statement('held.known', 'SELECT 1 FROM nodes WHERE fence = $1');
const TAKE = statement(
  'held.take',
  `UPDATE progress SET run_at = NULL, failure = NULL
   WHERE job_no = $1 AND seq = ANY($2::int[]) AND run_at IS NOT NULL`,
);
const TASKS = statement(
  'held.tasks',
  `SELECT ${TASK_COLUMNS} FROM unnest($2::int[]) WITH ORDINALITY AS due (seq, place)
   CROSS JOIN LATERAL ${TASK_AT('$1', 'due.seq')} t ${WITH_PROGRESS} ORDER BY due.place`,
);

/** A shard by the numbers that the tables know. */
export interface ShardPlace {
  readonly job_no: number;
  readonly no: number;
}

/** Values for `NAMED`. */
export function named(shards: readonly ShardPlace[]): [string, string] {
  return [numbers(shards.map(({ job_no }) => job_no)), numbers(shards.map(({ no }) => no))];
}

export const placeKey = ({ job_no, no }: ShardPlace): string => `${job_no}/${no}`;

export class ClusterShards {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(fence: Fence, shards: readonly BegunShard[]): Promise<void> {
    await this.#database.write(async (tx) => {
      const ids = shards.map(({ jobId }) => toName(jobId));
      const nos = numbers(shards.map(({ no }) => no));
      await tx.run(BEGIN, fence, ids, nos, numbers(shards.map(({ open }) => open)));
    }, fence);
  }

  async finish(fence: Fence, shards: readonly ShardName[]): Promise<void> {
    await this.#database.write(async (tx) => {
      const held = await lockHeld(tx, JOBS_BESIDE, fence, shards);
      await giveBack(tx, held);
    }, fence);
  }

  async release(fence: Fence, shards: readonly ReleasedShard[]): Promise<void> {
    await this.#database.write(async (tx) => {
      const held = await lockHeld(tx, JOBS_ALONE, fence, shards);
      const whole: ShardPlace[] = [];
      for (const shard of held) {
        const stays = shard.keep.length > 0 && (await split(tx, shard, shard.keep));
        if (!stays) whole.push(shard);
      }
      await giveBack(tx, whole);
    }, fence);
  }

  async takeDue(
    fence: Fence,
    jobId: string,
    nowMs: number,
    limit: number,
  ): Promise<readonly DueTask[]> {
    return this.#database.write(async (tx) => {
      const due = await dueTasks(tx, fence, jobId, nowMs, Math.max(0, limit));
      const [first] = due;
      if (first === undefined) return [];
      const jobNo = first.job_no;
      const seqs = numbers(due.map(({ seq }) => seq));
      const [count, rows] = await Promise.all([
        tx.run(TAKE, jobNo, seqs),
        tx.rows<TaskRow>(TASKS, jobNo, seqs),
      ]);
      await addCounts(tx, fence, [{ jobNo, delta: { ...noDelta(), waiting: -count }, nowMs }]);
      return tasksOf(jobId, rows).map((task, i) => ({ task, no: (due[i] as Due).shard }));
    }, fence);
  }

  async nextDueMs(fence: Fence, jobId: string): Promise<number | undefined> {
    return this.#database.read(async (tx) => {
      if ((await tx.row(KNOWN, fence)) === undefined) throw fenced();
      const [first] = await dueTasks(tx, fence, jobId, Number.POSITIVE_INFINITY, 1);
      return first?.atMs;
    });
  }
}

/**
 * Closes those of these shards, which the transaction has locked with the rows of their jobs, in
 * which nothing can be left to do; answers which. A few others may have nothing left either.
 */
export function finishEnded(tx: Tx, shards: readonly ShardPlace[]): Promise<readonly ShardPlace[]> {
  return tx.rows<ShardPlace>(FINISH_ENDED, ...named(shards));
}

interface Due {
  readonly job_no: number;
  readonly seq: number;
  readonly atMs: number;
  readonly shard: number;
}

/** Waiting tasks in shards that are held, the longest due first. */
async function dueTasks(
  tx: Tx,
  fence: Fence,
  jobId: string,
  nowMs: number,
  limit: number,
): Promise<readonly Due[]> {
  const id = toName(jobId);
  const near = await tx.rows<Due>(WALK_DUE, fence, id, nowMs, limit);
  if (near.length === limit || (await tx.row(WALK_ENDS, id, nowMs)) === undefined) return near;
  return tx.rows<Due>(HELD_DUE, fence, id, nowMs, limit);
}

/** Locks the jobs, then those of the shards that the node holds. */
async function lockHeld<T extends ShardName>(
  tx: Tx,
  jobLock: typeof JOBS_BESIDE,
  fence: Fence,
  shards: readonly T[],
): Promise<readonly (T & ShardPlace)[]> {
  const ids = [...new Set(shards.map(({ jobId }) => toName(jobId)))];
  const jobs = await tx.rows<{ id: string; no: number }>(jobLock, ids);
  const numberOf = new Map(jobs.map(({ id, no }) => [id, no]));
  const places = shards.flatMap((shard) => {
    const jobNo = numberOf.get(toName(shard.jobId));
    return jobNo === undefined ? [] : [{ ...shard, job_no: jobNo }];
  });
  const held = await tx.rows<ShardPlace>(LOCK, ...named(places), fence);
  const keys = new Set(held.map(placeKey));
  // One that is named twice is given back once.
  return places.filter((place) => keys.delete(placeKey(place)));
}

/** Frees what has an open task, closes what has none. */
async function giveBack(tx: Tx, shards: readonly ShardPlace[]): Promise<void> {
  if (shards.length === 0) return;
  const open = await tx.rows<ShardPlace>(OPEN_SHARDS, ...named(shards));
  const keys = new Set(open.map(placeKey));
  const ended = shards.filter((shard) => !keys.has(placeKey(shard)));
  if (open.length > 0) await tx.run(FREE, ...named(open));
  if (ended.length > 0) await tx.run(FINISH, ...named(ended));
}

/** Puts all but `keep` into a shard of their own; false where nothing of `keep` is open. */
async function split(tx: Tx, shard: ShardPlace, keep: readonly number[]): Promise<boolean> {
  const open = await tx.rows<{ seq: number }>(OPEN_SEQS, shard.job_no, shard.no);
  const kept = new Set(keep);
  const rest = open.map(({ seq }) => seq).filter((seq) => !kept.has(seq));
  if (rest.length === open.length) return false;
  if (rest.length === 0) return true;
  const made = (await tx.row<{ no: number }>(NEW_NO, shard.job_no)) as { no: number };
  await tx.run(UNPACK, shard.job_no, shard.no);
  await tx.run(SPLIT, shard.job_no, shard.no, made.no, rest.length);
  await tx.run(MOVE, shard.job_no, made.no, numbers(rest));
  return true;
}
