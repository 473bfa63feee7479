/**
 * Moves everything that one store holds into another, empty one: all or nothing, checked by count
 * before it is kept. It goes piece by piece, so neither side ever holds more than a few megabytes.
 */
import { SluiceError } from '../base/errors.ts';
import type { Document } from '../model/document.ts';
import type { Job } from '../model/job.ts';
import type { KeptEntry } from '../model/kept.ts';
import type { LaneKey } from '../model/lane.ts';
import type { FinalTaskState } from '../model/lifecycle.ts';
import type { Throttled } from '../model/task.ts';
import type { RecordPosition, StoredRecord } from './store.ts';

/** A store that is read. Nobody writes to it meanwhile. */
export interface StoreDump {
  /** In the order in which they were made. */
  jobs(): readonly Job[];
  /** What is in each table of the job. */
  counts(jobId: string): CopyCounts;
  /** The next rows from `fromSeq` on, as many as fit into one piece. */
  rows(jobId: string, fromSeq: number): CopiedRows;
  groups(jobId: string, afterNo: number): readonly CopiedGroup[];
  /** Those that do not stand in an end. */
  records(jobId: string, after: RecordPosition | undefined): readonly StoredRecord[];
  /** In order; `after` is how many are behind. */
  log(jobId: string, after: number): readonly string[];
  answers(afterKey: string | undefined): readonly CopiedAnswer[];
  lanes(afterKey: string | undefined): readonly CopiedLane[];
  entries(after: EntryName | undefined): readonly KeptEntry[];
  entryCount(): number;
  documents(after: Pick<Document, 'kind' | 'id'> | undefined): readonly Document[];
  /** The last number that `nextEpoch` gave. */
  epoch(): number;
}

/** A store that is filled. */
export interface StoreIntake {
  /** Rejects with `store.not_empty`. `body` may run more than once, each time from nothing. */
  fill(body: (into: StoreFiller) => Promise<void>): Promise<void>;
}

export interface StoreFiller {
  addJob(job: Job): Promise<void>;
  addGroups(jobId: string, groups: readonly CopiedGroup[]): Promise<void>;
  addRows(jobId: string, rows: CopiedRows): Promise<void>;
  addRecords(jobId: string, records: readonly StoredRecord[]): Promise<void>;
  /** Entries of the log of records, one behind the other. */
  addLog(jobId: string, entries: readonly string[]): Promise<void>;
  /** All of the job is there; says what. */
  endJob(jobId: string): Promise<CopyCounts>;
  addAnswers(answers: readonly CopiedAnswer[]): Promise<void>;
  addLanes(lanes: readonly CopiedLane[]): Promise<void>;
  addEntries(entries: readonly KeptEntry[]): Promise<void>;
  addDocuments(documents: readonly Document[]): Promise<void>;
  setEpoch(epoch: number): Promise<void>;
}

export interface CopyCounts {
  readonly tasks: number;
  readonly aliases: number;
  readonly ends: number;
  readonly progress: number;
  readonly records: number;
  /** Entries of the log of records. */
  readonly logged: number;
  readonly attempts: number;
}

export interface CopiedRows {
  /** The last row of the input that is among them, of whatever kind. */
  readonly lastSeq: number;
  readonly tasks: readonly CopiedTask[];
  readonly aliases: readonly { readonly seq: number; readonly of: number }[];
  readonly ends: readonly CopiedEnd[];
  readonly progress: readonly CopiedProgress[];
  readonly attempts: readonly CopiedAttempt[];
}

export interface CopiedTask {
  readonly seq: number;
  /** JSON text; undefined = the row was refused. */
  readonly input: string | undefined;
  readonly lane: LaneKey | '';
  readonly key: string | undefined;
}

export interface CopiedEnd {
  readonly seq: number;
  readonly state: FinalTaskState | 'refused';
  readonly attemptNo: number;
  readonly finishedMs: number;
  readonly durationMs: number | undefined;
  /** JSON text. */
  readonly failure: string | undefined;
  /** Number of a `CopiedGroup`. */
  readonly group: number | undefined;
  /** JSON text of its only record, where that stands here. */
  readonly record: string | undefined;
}

export interface CopiedProgress {
  readonly seq: number;
  readonly runAtMs: number | undefined;
  readonly attemptNo: number;
  readonly cursor: string | undefined;
  readonly recordCount: number;
  /** JSON text. */
  readonly failure: string | undefined;
  readonly throttled: Throttled | undefined;
}

export interface CopiedAttempt {
  readonly seq: number;
  readonly no: number;
  /** JSON text. */
  readonly json: string;
}

export interface CopiedGroup {
  readonly no: number;
  readonly fingerprint: string;
  readonly refused: boolean;
  /** JSON text. */
  readonly sample: string;
  readonly sampleSeq: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface CopiedAnswer {
  readonly key: string;
  readonly jobId: string;
  readonly seq: number;
  readonly untilMs: number;
  readonly storedMs: number;
}

export interface CopiedLane {
  readonly key: LaneKey;
  /** JSON text. */
  readonly memory: string;
  readonly atMs: number;
}

export type EntryName = Pick<KeptEntry, 'tenant' | 'collection' | 'key'>;

export interface CopyReport {
  readonly jobs: number;
  readonly rows: number;
  readonly entries: number;
  readonly documents: number;
}

/**
 * Rejects with `store.not_empty` where the target holds anything, `store.copy_differs` where it
 * does not hold in the end what it was given; nothing is changed then.
 *
 * @param onRows - called with how many rows are copied, now and then; from 0 where it begins anew
 */
export async function copyStore(
  dump: StoreDump,
  intake: StoreIntake,
  onRows: (rows: number) => void,
): Promise<CopyReport> {
  let report: CopyReport = { jobs: 0, rows: 0, entries: 0, documents: 0 };
  await intake.fill(async (into) => {
    const jobs = dump.jobs();
    let rows = 0;
    for (const job of jobs) {
      await copyJob(dump, into, job, (count) => onRows(rows + count));
      rows += rowsOf(job);
    }
    await inPieces(
      (last: CopiedAnswer | undefined) => dump.answers(last?.key),
      (piece) => into.addAnswers(piece),
    );
    await inPieces(
      (last: CopiedLane | undefined) => dump.lanes(last?.key),
      (piece) => into.addLanes(piece),
    );
    let entries = 0;
    await inPieces(
      (last: KeptEntry | undefined) => dump.entries(last),
      async (piece) => {
        entries += piece.length;
        await into.addEntries(piece);
      },
    );
    assertSame('the kept entries', 'entries', entries, dump.entryCount());
    let documents = 0;
    await inPieces(
      (last: Document | undefined) => dump.documents(last),
      async (piece) => {
        documents += piece.length;
        await into.addDocuments(piece);
      },
    );
    await into.setEpoch(dump.epoch());
    report = { jobs: jobs.length, rows, entries, documents };
  });
  return report;
}

async function copyJob(
  dump: StoreDump,
  into: StoreFiller,
  job: Job,
  onRows: (rows: number) => void,
): Promise<void> {
  const { id } = job;
  await into.addJob(job);
  await inPieces(
    (last: CopiedGroup | undefined) => dump.groups(id, last?.no ?? -1),
    (piece) => into.addGroups(id, piece),
  );
  const rows = rowsOf(job);
  for (let from = 0; from < rows; ) {
    const piece = dump.rows(id, from);
    await into.addRows(id, piece);
    from = piece.lastSeq + 1;
    onRows(from);
  }
  await inPieces(
    (last: StoredRecord | undefined) => dump.records(id, last),
    (piece) => into.addRecords(id, piece),
  );
  for (let after = 0; ; ) {
    const piece = dump.log(id, after);
    if (piece.length === 0) break;
    await into.addLog(id, piece);
    after += piece.length;
  }
  const [there, here] = [await into.endJob(id), dump.counts(id)];
  for (const what of Object.keys(here) as (keyof CopyCounts)[]) {
    assertSame(`job ${id}`, what, there[what], here[what]);
  }
}

function assertSame(what: string, counted: string, there: number, here: number): void {
  if (there === here) return;
  const detail = `${there} ${counted} instead of ${here}`;
  throw new SluiceError('store.copy_differs', { what, detail });
}

async function inPieces<T>(
  next: (last: T | undefined) => readonly T[],
  take: (piece: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let last: T | undefined; ; ) {
    const piece = next(last);
    last = piece.at(-1);
    if (last === undefined) return;
    await take(piece);
  }
}

export function rowsOf({ counters }: Job): number {
  return counters.tasks + counters.duplicates;
}
