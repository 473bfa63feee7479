/**
 * The hot path: a batch of pages and ends in one transaction of a few statements, sent in four
 * turns. What is stored of the tasks is read and locked, the rest is worked out here
 * (`task-steps.ts`), and written in bulk.
 *
 * Ends are inserted on trust: a task that is named once is taken to be open. If one is not, which
 * is rare, fewer rows are inserted than were sent, and the batch is done again with a look at each.
 * Ends of consecutive tasks are stored as one value (`commit-packs.ts`).
 */
import { systemCode } from '../../base/errors.ts';
import type { JobCounters } from '../../model/job.ts';
import { PlaceList } from '../record-log.ts';
import type { Commit, CommitResult } from '../store.ts';
import { addAttempts } from './attempt-table.ts';
import { finishEnded } from './cluster-shards.ts';
import { type Packed, packBatch } from './commit-packs.ts';
import {
  BATCH,
  columnsOf,
  inOrder,
  type Jobs,
  jobsOf,
  nameOf,
  type PlaceRow,
  tasksOf,
} from './commit-reader.ts';
import { addCounts, readCounters } from './counter-table.ts';
import type { Database } from './database.ts';
import { addPacks } from './end-pack-table.ts';
import { EntrySteps } from './entry-steps.ts';
import { namedEntries, Overtaken, writeEntries } from './entry-table.ts';
import { addFailures, END } from './failure-table.ts';
import { keepAnswers } from './recall-table.ts';
import { appendToLog, isOvertaken } from './record-log-table.ts';
import {
  type BatchJob,
  type EndRow,
  type Progress,
  type TaskNow,
  TaskSteps,
} from './task-steps.ts';
import { statement, type Tx } from './transaction.ts';
import { jsonTexts, numbers, texts } from './values.ts';

/** Some task that was taken to be open has ended. */
class Mistaken extends Error {}

/** An insert that looks for a conflict first costs half as much again as one that meets it. */
const END_COMPLETED = statement(
  'commit.end_completed',
  `INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms, duration_ms, records)
   SELECT $1, b.seq, ${END.completed}, b.attempt_no, b.finished_ms, b.duration_ms, b.records
   FROM unnest($2::int[], $3::int[], $4::float8[], $5::float8[], ${texts('$6')})
     AS b(seq, attempt_no, finished_ms, duration_ms, records)`,
);
const END_TASKS = statement(
  'commit.end_tasks',
  `INSERT INTO ends (job_no, seq, state, attempt_no, finished_ms, duration_ms, failure_group,
     failure, records)
   SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::int[], $5::float8[],
     $6::float8[], $7::bigint[], ${texts('$8')}, ${texts('$9')})
   ON CONFLICT DO NOTHING`,
);
/** Two rows have one key. */
const DOUBLE = '23505';
const ADD_RECORDS = statement(
  'commit.add_records',
  `WITH added AS (
     INSERT INTO records (job_no, seq, idx, json)
     SELECT * FROM unnest($1::int[], $2::int[], $3::int[], ${texts('$4')})
     ON CONFLICT DO NOTHING RETURNING job_no, seq, idx
   ) SELECT job_no, seq, idx FROM added`,
);
const GO_ON = statement(
  'commit.go_on',
  `INSERT INTO progress (job_no, seq, run_at, attempt_no, record_count, throttled_ms,
     throttled_at, cursor, failure)
   SELECT * FROM unnest($1::int[], $2::int[], $3::float8[], $4::int[], $5::int[], $6::float8[],
     $7::float8[], ${texts('$8')}, ${texts('$9')})
   ON CONFLICT (job_no, seq) DO UPDATE SET run_at = excluded.run_at,
     attempt_no = excluded.attempt_no, record_count = excluded.record_count,
     throttled_ms = excluded.throttled_ms, throttled_at = excluded.throttled_at,
     cursor = excluded.cursor, failure = excluded.failure`,
);
const LEAVE = statement(
  'commit.leave',
  `DELETE FROM progress WHERE ctid = ANY (ARRAY (
     SELECT p.ctid FROM ${BATCH} CROSS JOIN LATERAL (
       SELECT ctid FROM progress WHERE job_no = b.job_no AND seq = b.seq LIMIT 1
     ) p))`,
);

/** Who commits. */
export interface Writer {
  /** Under whose number is counted. */
  readonly holder: number;
  /** The number of the node, where it is one. */
  readonly fence: number | undefined;
  /** Ends of one pack at least. */
  readonly packMin: number;
}

/** Writes all or nothing. */
export async function commit(
  database: Database,
  { holder, fence, packMin }: Writer,
  batch: readonly Commit[],
): Promise<CommitResult> {
  if (batch.length === 0) return database.write(async () => NOTHING, fence);
  for (let wary = false; ; ) {
    const careful = wary;
    const body = async (tx: Tx) => {
      const jobs = await jobsOf(tx, batch);
      const trusting = fence !== undefined && !careful;
      const packed = trusting ? await packBatch(tx, fence, jobs, batch, packMin) : undefined;
      return commitIn(tx, holder, jobs, batch, packed, careful);
    };
    try {
      return await database.write(body, fence);
    } catch (error) {
      if (isMistaken(error) && !wary) wary = true;
      // Whoever was quicker has got on; there are not many who add the same entries.
      else if (!(error instanceof Overtaken) && !isOvertaken(error)) throw error;
    }
  }
}

const NOTHING: CommitResult = { counters: new Map(), stale: [] };

function isMistaken(error: unknown): boolean {
  if (error instanceof Mistaken) return true;
  return systemCode(error) === DOUBLE && (error as { table?: unknown }).table === 'ends';
}

/**
 * @param packed - what of the batch is stored as packs
 * @param wary - whether to look at each task before it is ended
 */
async function commitIn(
  tx: Tx,
  holder: number,
  jobs: Jobs,
  batch: readonly Commit[],
  packed: Packed | undefined,
  wary: boolean,
): Promise<CommitResult> {
  const isPacked = (i: number) => packed?.places.has(i) === true;
  const single = batch.filter((_, i) => !isPacked(i));
  const [tasks, entries] = await Promise.all([
    tasksOf(tx, jobs, single, wary),
    namedEntries(tx, (id) => jobs.get(id)?.tenant, single),
  ]);
  const steps = new TaskSteps(new EntrySteps(entries));
  const stale: number[] = [];
  batch.forEach((each, i) => {
    if (isPacked(i)) {
      const { length: count } = each.records;
      if (count > 0) jobs.get(each.jobId)?.places.push({ seq: each.seq, index: 0, count });
      return;
    }
    const task = tasks.get(nameOf(each));
    if (task === undefined || !steps.apply(task, each)) stale.push(i);
  });
  const groups = await addFailures(tx, holder, steps.failed);
  const written = Promise.all([
    packed && addPacks(tx, packed.packs),
    endTasks(tx, steps, groups, wary),
    addRecords(tx, jobs, steps),
    moveProgress(tx, [...tasks.values()]),
    keepAnswers(tx, steps.kept),
    writeEntries(tx, holder, steps.entries.changes()),
    addAttempts(tx, steps.attempts),
  ]);
  const touched = [...jobs.values()];
  // Some records may have been there: they are counted once it is known how many.
  if (steps.records.size > 0) await written;
  const logged = appendToLog(tx, holder, touched.map(loggedOf));
  const counts = touched.map(({ no, delta, nowMs }) => ({ jobNo: no, delta, nowMs }));
  const [finished, , , sums] = await Promise.all([
    finishShards(tx, jobs, packed),
    Promise.all([written, logged]),
    addCounts(tx, holder, counts),
    readCounters(
      tx,
      touched.map(({ no }) => no),
    ),
  ]);
  const counters = new Map<string, JobCounters>();
  for (const [id, { no }] of jobs) counters.set(id, sums.get(no) as JobCounters);
  return { counters, stale, ...(finished.length > 0 && { finished }) };
}

/** Those that the packs have left nothing open in. */
async function finishShards(
  tx: Tx,
  jobs: Jobs,
  packed: Packed | undefined,
): Promise<NonNullable<CommitResult['finished']>> {
  if (packed === undefined || packed.shards.length === 0) return [];
  const idOf = new Map([...jobs].map(([id, { no }]) => [no, id]));
  const finished = await finishEnded(tx, packed.shards);
  return finished.map(({ job_no, no }) => ({ jobId: idOf.get(job_no) as string, no }));
}

interface RecordPlace extends PlaceRow {
  readonly idx: number;
}

async function endTasks(
  tx: Tx,
  { ends, failed }: TaskSteps,
  groupOf: readonly number[],
  wary: boolean,
): Promise<void> {
  if (ends.length === 0) return;
  const groups = new Map(failed.map(({ jobNo, seq }, i) => [`${jobNo} ${seq}`, groupOf[i]]));
  // In one order for all: two that end the same tasks wait for each other, never in a circle.
  const rows = [...ends].sort((a, b) => a.jobNo - b.jobNo || a.seq - b.seq);
  const column = (of: (row: (typeof rows)[number]) => number | undefined) => numbers(rows.map(of));
  const jobNo = (rows[0] as EndRow).jobNo;
  const plain = (row: EndRow) => row.jobNo === jobNo && row.kind === 'completed';
  if (!wary && rows.every(plain)) {
    await tx.run(
      END_COMPLETED,
      jobNo,
      column(({ seq }) => seq),
      column(({ attemptNo }) => attemptNo),
      column(({ nowMs }) => nowMs),
      column(({ durationMs }) => durationMs),
      jsonTexts(rows.map(({ records }) => records)),
    );
    return;
  }
  const count = await tx.run(
    END_TASKS,
    column(({ jobNo }) => jobNo),
    column(({ seq }) => seq),
    column(({ kind }) => END[kind]),
    column(({ attemptNo }) => attemptNo),
    column(({ nowMs }) => nowMs),
    column(({ durationMs }) => durationMs),
    column(({ jobNo, seq }) => groups.get(`${jobNo} ${seq}`)),
    jsonTexts(rows.map(({ failure }) => failure && JSON.stringify(failure))),
    jsonTexts(rows.map(({ records }) => records)),
  );
  if (count !== rows.length) throw new Mistaken('some tasks had ended before');
}

async function addRecords(tx: Tx, jobs: Jobs, { records }: TaskSteps): Promise<void> {
  if (records.size === 0) return;
  const rows = [...records.values()].sort(
    (a, b) => a.jobNo - b.jobNo || a.seq - b.seq || a.index - b.index,
  );
  const added = await tx.rows<RecordPlace>(
    ADD_RECORDS,
    numbers(rows.map(({ jobNo }) => jobNo)),
    numbers(rows.map(({ seq }) => seq)),
    numbers(rows.map(({ index }) => index)),
    jsonTexts(rows.map(({ json }) => json)),
  );
  const byNo = new Map([...jobs.values()].map((job) => [job.no, job]));
  for (const { job_no: no } of added) (byNo.get(no) as BatchJob).delta.records += 1;
  if (added.length === rows.length) return;
  const there = new Set(records.keys());
  for (const { job_no: no, seq, idx } of added) there.delete(`${no} ${seq} ${idx}`);
  for (const { no, places } of byNo.values()) {
    const kept = places.filter(({ seq, index }) => !there.has(`${no} ${seq} ${index}`));
    places.splice(0, places.length, ...kept);
  }
}

function loggedOf({ no, places, nowMs }: BatchJob): readonly [number, readonly string[]] {
  const list = new PlaceList();
  for (const { seq, index, count } of places) list.add(seq, index, count);
  return [no, list.entries(nowMs)];
}

async function moveProgress(tx: Tx, tasks: readonly TaskNow[]): Promise<void> {
  const changed = tasks.filter((task) => task.changed).sort(inOrder);
  const gone = changed.filter(({ had, progress }) => had && progress === undefined);
  const kept = changed.flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
  await Promise.all([
    gone.length > 0 && tx.run(LEAVE, ...columnsOf(gone)),
    kept.length > 0 && tx.run(GO_ON, ...progressColumns(kept)),
  ]);
}

function progressColumns(rows: readonly Progress[]): readonly string[] {
  return [
    numbers(rows.map(({ jobNo }) => jobNo)),
    numbers(rows.map(({ seq }) => seq)),
    numbers(rows.map(({ runAt }) => runAt)),
    numbers(rows.map(({ attemptNo }) => attemptNo)),
    numbers(rows.map(({ recordCount }) => recordCount)),
    numbers(rows.map(({ throttledMs }) => throttledMs)),
    numbers(rows.map(({ throttledAt }) => throttledAt)),
    jsonTexts(rows.map(({ cursor }) => cursor)),
    jsonTexts(rows.map(({ failure }) => failure)),
  ];
}
