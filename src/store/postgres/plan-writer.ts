/**
 * Planning: the next rows of a job become tasks, refusals or duplicates, and tasks get their
 * shards, in one transaction with the counters. A chunk that does not begin where the last one
 * ended changes nothing, so planning again after a crash is harmless.
 */
import type { JobCounters } from '../../model/job.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { AddedRows, ClaimedShard, NewRows } from '../cluster-store.ts';
import type { PlannedRow, PlannedTask } from '../store.ts';
import { addCounts, noDelta } from './counter-table.ts';
import { addFailures, END, type Failed } from './failure-table.ts';
import { countersOfJob, placeOf } from './job-table.ts';
import {
  addFirstShards,
  addToShards,
  type FlowRow,
  type Keeper,
  type Placed,
} from './shard-table.ts';
import { packTasks } from './task-pack.ts';
import { statement, type Tx } from './transaction.ts';
import { digest, jsonTexts, numbers, texts, toName } from './values.ts';

/** A row that was not seen before; its task where it has one. */
export interface NewRow {
  readonly seq: number;
  readonly task: PlannedTask | undefined;
  readonly key: string | undefined;
}

interface NewTask {
  readonly seq: number;
  readonly lane: LaneKey | '';
  readonly input: string;
}

interface Sorted {
  readonly rows: readonly NewRow[];
  readonly aliases: readonly { readonly seq: number; readonly of: number }[];
  readonly refused: readonly Failed[];
}

const FIND_KEYS = statement(
  'plan.find_keys',
  `SELECT k.key, t.seq FROM unnest($2::uuid[]) AS k(key) CROSS JOIN LATERAL (
     SELECT seq FROM tasks WHERE job_no = $1 AND key = k.key LIMIT 1
   ) t`,
);
const ADD_TASKS = statement(
  'plan.add_tasks',
  `INSERT INTO tasks (job_no, seq, shard, key, lane, input)
   SELECT $1, b.seq, b.shard, b.key, b.lane, b.input
   FROM unnest($2::int[], $3::int[], $4::uuid[], $5::text[], ${texts('$6')})
     AS b(seq, shard, key, lane, input)`,
);
const ADD_PACK = statement(
  'plan.add_pack',
  'INSERT INTO task_packs (job_no, first_seq, last_seq, shard, inputs) VALUES ($1, $2, $3, $4, $5)',
);
const ADD_ALIASES = statement(
  'plan.add_aliases',
  `INSERT INTO aliases (job_no, seq, of_seq)
   SELECT $1, b.seq, b.of_seq FROM unnest($2::int[], $3::int[]) AS b(seq, of_seq)`,
);
const REFUSE = statement(
  'plan.refuse',
  `INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms, failure_group, failure)
   SELECT $1, b.seq, ${END.refused}, 0, $2, b.group_no, b.failure
   FROM unnest($3::int[], $4::bigint[], ${texts('$5')}) AS b(seq, group_no, failure)`,
);
const COUNT_ROWS = statement(
  'plan.count_rows',
  `UPDATE jobs SET row_count = row_count + $2, duplicates = duplicates + $3,
     updated_ms = greatest(updated_ms, $4) WHERE no = $1`,
);

/** Who adds rows. */
export interface Planner {
  /** Under whose number refused rows are counted. */
  readonly holder: number;
  /** Tasks of a new shard that stays with the holder, see `ClusterStore.addRows`. */
  readonly keep: number;
  /** Tasks of one pack at least. */
  readonly packMin: number;
}

export async function addRows(
  tx: Tx,
  { holder, keep, packMin }: Planner,
  { jobId, firstSeq, rows, nowMs }: NewRows,
): Promise<AddedRows> {
  const { no, rowCount, planned, running } = await placeOf(tx, jobId, 'beside');
  if (firstSeq !== rowCount || planned || rows.length === 0) {
    return { counters: await countersOfJob(tx, no), kept: [] };
  }
  const sorted = await sort(tx, no, firstSeq, rows, nowMs);
  const discarded = sorted.refused.length;
  const [added, counters] = await Promise.all([
    addTasks(
      tx,
      no,
      sorted.rows,
      packMin,
      running && keep > 0 ? { holder, tasks: keep } : undefined,
    ),
    countRows(tx, no, rows.length, sorted.aliases.length, nowMs),
    addAliases(tx, no, sorted),
    refuse(tx, holder, no, sorted.refused, nowMs),
  ]);
  const kept = added.map(({ no: shard, tasks }) => claimedOf(jobId, shard, tasks));
  if (discarded === 0) return { counters, kept };
  await addCounts(tx, holder, [{ jobNo: no, delta: { ...noDelta(), discarded }, nowMs }]);
  return { counters: await countersOfJob(tx, no), kept };
}

async function countRows(
  tx: Tx,
  jobNo: number,
  rows: number,
  duplicates: number,
  nowMs: number,
): Promise<JobCounters> {
  const counted = tx.run(COUNT_ROWS, jobNo, rows, duplicates, nowMs);
  const [counters] = await Promise.all([countersOfJob(tx, jobNo), counted]);
  return counters;
}

async function sort(
  tx: Tx,
  jobNo: number,
  firstSeq: number,
  rows: readonly PlannedRow[],
  nowMs: number,
): Promise<Sorted> {
  const digests = rows.map((row) =>
    row.kind === 'task' && row.key !== undefined ? digest(row.key) : undefined,
  );
  const firsts = await firstsOf(tx, jobNo, digests);
  const fresh: NewRow[] = [];
  const aliases: { seq: number; of: number }[] = [];
  const refused: Failed[] = [];
  rows.forEach((row, i) => {
    const seq = firstSeq + i;
    const key = digests[i];
    const of = key === undefined ? undefined : firsts.get(key);
    if (of !== undefined) {
      aliases.push({ seq, of });
      return;
    }
    if (key !== undefined) firsts.set(key, seq);
    if (row.kind === 'refused') {
      refused.push({ jobNo, seq, failure: row.failure, refused: true, nowMs });
    }
    fresh.push({ seq, task: row.kind === 'task' ? row : undefined, key });
  });
  return { rows: fresh, aliases, refused };
}

/** Rows of the job that have one of these keys. */
async function firstsOf(
  tx: Tx,
  jobNo: number,
  keys: readonly (string | undefined)[],
): Promise<Map<string, number>> {
  const asked = new Set(keys.filter((key) => key !== undefined));
  if (asked.size === 0) return new Map();
  const found = await tx.rows<{ key: string; seq: number }>(FIND_KEYS, jobNo, `{${[...asked]}}`);
  return new Map(found.map(({ key, seq }) => [key, seq]));
}

/** Answers with the shard that its keeper has now, and its tasks. */
async function addTasks(
  tx: Tx,
  jobNo: number,
  rows: readonly NewRow[],
  packMin: number,
  keeper: Keeper | undefined,
): Promise<readonly { readonly no: number; readonly tasks: readonly NewTask[] }[]> {
  if (rows.length === 0) return [];
  const tasks = tasksOf(rows);
  const placed = await addToShards(tx, jobNo, tasks, keeper);
  await placeTasks(tx, jobNo, rows, placed, packMin);
  return keptOf(tasks, placed);
}

/**
 * The first rows of a job that the transaction has stored with their number: nothing of it has to
 * be looked at. They are under way when it returns.
 */
export function addFirstRows(
  tx: Tx,
  flow: FlowRow,
  jobId: string,
  planned: readonly PlannedTask[],
  keeper: Keeper | undefined,
): readonly ClaimedShard[] {
  const rows = planned.map((task, seq) => ({ seq, task, key: undefined }));
  const tasks = tasksOf(rows);
  const placed = addFirstShards(tx, flow, tasks, keeper);
  // They are few: rows are as good as a pack.
  tx.leave(placeTasks(tx, flow.no, rows, placed, Number.POSITIVE_INFINITY));
  return keptOf(tasks, placed).map((shard) => claimedOf(jobId, shard.no, shard.tasks));
}

function tasksOf(rows: readonly NewRow[]): readonly NewTask[] {
  return rows.flatMap(({ seq, task }) =>
    task ? [{ seq, lane: task.lane, input: task.input }] : [],
  );
}

/** The shard that its keeper has now, and its tasks. */
function keptOf(tasks: readonly NewTask[], { shardOf, kept }: Placed) {
  if (kept === undefined) return [];
  return [{ no: kept, tasks: tasks.filter((_, i) => shardOf[i] === kept) }];
}

async function placeTasks(
  tx: Tx,
  jobNo: number,
  rows: readonly NewRow[],
  { shardOf, written }: Placed,
  packMin: number,
): Promise<void> {
  let at = 0;
  const shards = rows.map(({ task }) => {
    if (task === undefined) return undefined;
    at += 1;
    return shardOf[at - 1];
  });
  const { packs, rest } = packTasks(rows, shards, packMin);
  const single = rest.map((i) => rows[i] as NewRow);
  await Promise.all([
    written,
    ...packs.map(({ firstSeq, shard, inputs }) => {
      const lastSeq = firstSeq + inputs.length - 1;
      return tx.run(ADD_PACK, jobNo, firstSeq, lastSeq, shard, jsonTexts(inputs));
    }),
    single.length > 0 &&
      tx.run(
        ADD_TASKS,
        jobNo,
        numbers(single.map(({ seq }) => seq)),
        numbers(rest.map((i) => shards[i])),
        `{${single.map(({ key }) => key ?? 'NULL')}}`,
        single.map(({ task }) =>
          task === undefined || task.lane === '' ? null : toName(task.lane),
        ),
        jsonTexts(single.map(({ task }) => task?.input)),
      ),
  ]);
}

/** As a claim of it would answer. */
function claimedOf(jobId: string, no: number, tasks: readonly NewTask[]): ClaimedShard {
  return {
    jobId,
    no,
    slice: undefined,
    tasks: tasks.map(({ seq, lane, input }) => ({
      jobId,
      seq,
      input,
      lane,
      attemptNo: 0,
      cursor: undefined,
      recordCount: 0,
    })),
    waiting: 0,
    nextDueMs: undefined,
    losses: 0,
  };
}

async function addAliases(tx: Tx, jobNo: number, { aliases }: Sorted): Promise<void> {
  if (aliases.length === 0) return;
  const seqs = numbers(aliases.map(({ seq }) => seq));
  await tx.run(ADD_ALIASES, jobNo, seqs, numbers(aliases.map(({ of }) => of)));
}

async function refuse(
  tx: Tx,
  holder: number,
  jobNo: number,
  refused: readonly Failed[],
  nowMs: number,
): Promise<void> {
  if (refused.length === 0) return;
  const groups = await addFailures(tx, holder, refused);
  const seqs = numbers(refused.map(({ seq }) => seq));
  const failures = jsonTexts(refused.map(({ failure }) => JSON.stringify(failure)));
  await tx.run(REFUSE, jobNo, nowMs, seqs, numbers(groups), failures);
}
