/**
 * Which ends of a batch are stored as packs (`end-pack.ts`): of consecutive tasks, in a shard that
 * the node holds, that got through at once with a small page. Nobody else ends tasks of that shard
 * while its row is locked, so one look at what is there tells whether all of them are open. Where
 * it finds anything, they are ended one by one.
 */
import type { Commit } from '../store.ts';
import type { ShardPlace } from './cluster-shards.ts';
import { PACK_CHARS_MAX, PACK_ROWS_MAX, type PackedEnd, packEnds } from './end-pack.ts';
import type { Pack } from './end-pack-table.ts';
import { PACKS_BETWEEN } from './open-sql.ts';
import { type BatchJob, INLINE_CHARS_MAX } from './task-steps.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers } from './values.ts';

const HELD = statement(
  'commit.held',
  `SELECT s.job_no, s.no, s.first_seq, s.last_seq
   FROM unnest($2::int[], $3::int[], $4::int[]) AS b(job_no, first_seq, last_seq)
   JOIN shards s ON s.holder = $1 AND s.job_no = b.job_no
     AND s.first_seq <= b.last_seq AND s.last_seq >= b.first_seq
   ORDER BY s.job_no, s.no FOR NO KEY UPDATE OF s`,
);
const BETWEEN = (table: string) => `EXISTS (
     SELECT 1 FROM ${table} x WHERE x.job_no = r.job_no
       AND x.seq BETWEEN r.first_seq AND r.last_seq)`;
const MET = statement(
  'commit.met',
  `SELECT (r.place - 1)::int AS place
   FROM unnest($1::int[], $2::int[], $3::int[]) WITH ORDINALITY
     AS r(job_no, first_seq, last_seq, place)
   WHERE ${BETWEEN('ends')} OR ${BETWEEN('progress')} OR ${BETWEEN('aliases')} OR EXISTS (
     SELECT 1 FROM end_packs p
     WHERE ${PACKS_BETWEEN('p', 'r.job_no', 'r.first_seq', 'r.last_seq')})`,
);

/** Consecutive tasks that end together. */
interface Piece {
  readonly job: BatchJob;
  readonly firstSeq: number;
  /** Of the batch, in the order of the tasks. */
  readonly places: readonly number[];
}

interface HeldPiece extends Piece {
  readonly shard: Held;
}

interface Run extends Piece {
  readonly places: number[];
  chars: number;
}

interface Held extends ShardPlace {
  readonly first_seq: number;
  readonly last_seq: number;
}

export interface Packed {
  readonly packs: readonly Pack[];
  /** Of the batch: what need not be ended otherwise. */
  readonly places: ReadonlySet<number>;
  /** That the tasks are in; they are locked. */
  readonly shards: readonly ShardPlace[];
}

const NOTHING: Packed = { packs: [], places: new Set(), shards: [] };

/** Locks what it must, and counts what it packs; the places of its records are not noted. */
export async function packBatch(
  tx: Tx,
  fence: number,
  jobs: ReadonlyMap<string, BatchJob>,
  batch: readonly Commit[],
  rowsMin: number,
): Promise<Packed> {
  const runs = runsOf(jobs, batch).filter(({ places }) => places.length >= rowsMin);
  if (runs.length === 0) return NOTHING;
  const columns = [
    numbers(runs.map(({ job }) => job.no)),
    numbers(runs.map(({ firstSeq }) => firstSeq)),
    numbers(runs.map(lastOf)),
  ];
  // In this order: what another commit of the node has written is seen once its locks are gone.
  const [held, met] = await Promise.all([
    tx.rows<Held>(HELD, fence, ...columns),
    tx.rows<{ place: number }>(MET, ...columns),
  ]);
  const passed = new Set(met.map(({ place }) => place));
  const packs: Pack[] = [];
  const places = new Set<number>();
  const shards = new Set<ShardPlace>();
  for (const [i, run] of runs.entries()) {
    if (passed.has(i)) continue;
    for (const piece of within(run, held)) {
      if (piece.places.length < rowsMin) continue;
      packs.push(packOf(piece, batch));
      shards.add(piece.shard);
      for (const place of piece.places) places.add(place);
    }
  }
  return { packs, places, shards: [...shards] };
}

/** What of a run is in shards that are held, which come in their order. */
function within(run: Run, held: readonly Held[]): readonly HeldPiece[] {
  const pieces: HeldPiece[] = [];
  const { job, firstSeq, places } = run;
  let from = firstSeq;
  for (const shard of held) {
    const { job_no, first_seq, last_seq } = shard;
    if (job_no !== job.no) continue;
    from = Math.max(from, first_seq);
    const end = Math.min(lastOf(run), last_seq) + 1;
    if (end <= from) continue;
    const inPiece = places.slice(from - firstSeq, end - firstSeq);
    pieces.push({ job, firstSeq: from, places: inPiece, shard });
    from = end;
  }
  return pieces;
}

function runsOf(jobs: ReadonlyMap<string, BatchJob>, batch: readonly Commit[]): readonly Run[] {
  const runs: Run[] = [];
  const byJob = new Map<BatchJob, number[]>();
  for (const [place, { jobId }] of batch.entries()) {
    const job = jobs.get(jobId);
    if (job === undefined) continue;
    const places = byJob.get(job);
    if (places === undefined) byJob.set(job, [place]);
    else places.push(place);
  }
  const at = (place: number | undefined) => batch[place as number] as Commit;
  for (const [job, places] of byJob) {
    places.sort((a, b) => at(a).seq - at(b).seq || a - b);
    let run: Run | undefined;
    for (const [i, place] of places.entries()) {
      const commit = at(place);
      const { seq } = commit;
      // Of a task that is named twice one thing comes after the other.
      const alone =
        (i === 0 || at(places[i - 1]).seq !== seq) &&
        (i === places.length - 1 || at(places[i + 1]).seq !== seq);
      const chars = alone && seq >= 0 && seq < job.rowCount ? charsOf(commit) : undefined;
      if (chars === undefined) {
        run = undefined;
        continue;
      }
      if (run === undefined || lastOf(run) !== seq - 1 || isFull(run, chars)) {
        run = { job, firstSeq: seq, places: [], chars: 0 };
        runs.push(run);
      }
      run.places.push(place);
      run.chars += chars;
    }
  }
  return runs;
}

/** Of its records; undefined where there is more to be written of the task than a pack can hold. */
function charsOf({ end, records, recordsFrom, keeps, attempt }: Commit): number | undefined {
  if (end?.kind !== 'completed' || end.cache !== undefined || end.failure !== undefined) return;
  if (recordsFrom !== 0 || keeps !== undefined || attempt !== undefined) return;
  let chars = 0;
  for (const record of records) chars += record.length;
  return chars <= INLINE_CHARS_MAX ? chars : undefined;
}

function isFull({ places, chars }: Run, more: number): boolean {
  return places.length === PACK_ROWS_MAX || chars + more > PACK_CHARS_MAX;
}

function lastOf({ firstSeq, places }: Piece): number {
  return firstSeq + places.length - 1;
}

function packOf({ job, firstSeq, places }: Piece, batch: readonly Commit[]): Pack {
  let chars = 0;
  const ends = places.map((place): PackedEnd => {
    const { attemptNo, nowMs, records, end } = batch[place] as Commit;
    job.nowMs = Math.max(job.nowMs, nowMs);
    job.delta.completed += 1;
    job.delta.records += records.length;
    for (const record of records) chars += record.length;
    const { durationMs } = end as { readonly durationMs: number };
    return { attemptNo, finishedMs: nowMs, durationMs, records };
  });
  return { jobNo: job.no, firstSeq, count: places.length, chars, body: packEnds(ends) };
}
