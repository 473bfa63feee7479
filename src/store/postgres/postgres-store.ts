/**
 * The store in Postgres, shared by any number of processes. The parts are in the files beside;
 * here each method is one transaction, or a row of bounded ones.
 */
import { assert } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { AttemptQuery } from '../../model/attempt-record.ts';
import type { Document, DocumentChange } from '../../model/document.ts';
import type { Job, JobCounters, JobSpec } from '../../model/job.ts';
import type { KeptEntry } from '../../model/kept.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { JobAction } from '../../model/lifecycle.ts';
import type { LogQuery } from '../record-log.ts';
import type {
  ActiveMs,
  Commit,
  DocumentQuery,
  EntryQuery,
  JobBaggage,
  JobFilter,
  JobMove,
  PlannedRow,
  RecordPosition,
  Store,
  TaskQuery,
} from '../store.ts';
import { jobNotFound } from '../store-rules.ts';
import { listAttempts, newestAttempts } from './attempt-table.ts';
import { commit, type Writer } from './commit-writer.ts';
import {
  cancelPiece,
  purgePiece,
  retriable,
  retryPiece,
  unlist,
  unpurged,
} from './control-writer.ts';
import type { Database } from './database.ts';
import { findDocument, listDocuments, nextEpoch, writeDocuments } from './document-table.ts';
import { entryCount, listCollections, listEntries } from './entry-table.ts';
import { listFailures } from './failure-table.ts';
import {
  addActive,
  findJob,
  finishPlan,
  type JobPlace,
  listJobs,
  moveJob,
  placeOf,
} from './job-table.ts';
import { storeJob } from './new-job.ts';
import { OpenRows } from './open-rows.ts';
import { addRows, type Planner } from './plan-writer.ts';
import { cachedAnswers, laneMemory, rememberLanes } from './recall-table.ts';
import { readLog } from './record-log-table.ts';
import { recordsAfter, results } from './result-reader.ts';
import { findTasks, firstOpen } from './task-finder.ts';
import { nextDueMs, pending, pendingInLane, takeDue } from './task-reader.ts';
import type { Tx } from './transaction.ts';

export interface PostgresStoreParts {
  readonly database: Database;
  /** The number of the node that writes; undefined = nobody's. */
  readonly fence?: number;
  /** Tasks, or ends, that are stored as one value, at least. */
  readonly packMin: number;
  readonly onClose: () => Promise<void>;
}

export class PostgresStore implements Store {
  readonly #database: Database;
  readonly #fence: number | undefined;
  /** Under whose number it counts. */
  readonly #holder: number;
  readonly #writer: Writer;
  readonly #planner: Planner;
  readonly #onClose: () => Promise<void>;
  readonly #open = new OpenRows();
  #closed = false;

  constructor({ database, fence, packMin, onClose }: PostgresStoreParts) {
    this.#database = database;
    this.#fence = fence;
    this.#holder = fence ?? 0;
    this.#writer = { holder: this.#holder, fence, packMin };
    this.#planner = { holder: this.#holder, keep: 0, packMin };
    this.#onClose = onClose;
  }

  async createJob(spec: JobSpec, along?: JobBaggage) {
    const { job, created } = await this.#write((tx) => storeJob(tx, spec, along));
    return { job, created };
  }

  async job(id: string): Promise<Job | undefined> {
    this.#assertOpen();
    return findJob(this.#database, id);
  }

  async jobs(filter: JobFilter) {
    this.#assertOpen();
    return listJobs(this.#database, filter);
  }

  async moveJob(id: string, action: JobAction, at: JobMove): Promise<Job> {
    return this.#fenced((tx) => moveJob(tx, id, action, at));
  }

  async addActive(shares: readonly ActiveMs[]): Promise<void> {
    await this.#fenced((tx) => addActive(tx, shares));
  }

  async deleteJob(id: string): Promise<void> {
    await this.#purge(await this.#write((tx) => unlist(tx, id)));
  }

  async addRows(jobId: string, firstSeq: number, rows: readonly PlannedRow[], nowMs: number) {
    const added = { jobId, firstSeq, rows, nowMs };
    return (await this.#fenced((tx) => addRows(tx, this.#planner, added))).counters;
  }

  async rowCount(jobId: string): Promise<number> {
    return this.#at(jobId, async (_, place) => place.rowCount);
  }

  async finishPlan(jobId: string, nowMs: number): Promise<Job> {
    return this.#fenced((tx) => finishPlan(tx, jobId, nowMs));
  }

  async pending(jobId: string, fromSeq: number, limit: number) {
    return this.#at(jobId, (tx, place) => pending(tx, jobId, place, this.#open, fromSeq, limit));
  }

  async pendingInLane(jobId: string, lane: LaneKey, fromSeq: number, limit: number) {
    return this.#at(jobId, (tx, place) => pendingInLane(tx, jobId, place, lane, fromSeq, limit));
  }

  async takeDue(jobId: string, nowMs: number, limit: number) {
    return this.#write(async (tx) => {
      const { no } = await placeOf(tx, jobId);
      return takeDue(tx, this.#holder, jobId, no, nowMs, limit);
    });
  }

  async nextDueMs(jobId: string): Promise<number | undefined> {
    return this.#at(jobId, (tx, place) => nextDueMs(tx, place.no));
  }

  async commit(batch: readonly Commit[]) {
    this.#assertOpen();
    return commit(this.#database, this.#writer, batch);
  }

  async cancelOpen(jobId: string, nowMs: number): Promise<JobCounters> {
    for (let from = 0; ; ) {
      const at = from;
      const { counters, next } = await this.#write((tx) => cancelPiece(tx, jobId, at, nowMs));
      if (next === undefined) return counters;
      from = next;
    }
  }

  async retryDiscarded(jobId: string, nowMs: number, only?: string): Promise<number> {
    const groups = await this.#read((tx) => retriable(tx, jobId, only));
    let count = 0;
    for (const group of groups) {
      for (let piece = -1; piece !== 0; count += piece) {
        piece = await this.#write((tx) => retryPiece(tx, jobId, group, nowMs));
      }
    }
    return count;
  }

  async results(jobId: string, fromSeq: number, limit: number) {
    return this.#at(jobId, (tx, place) => results(tx, place, fromSeq, limit));
  }

  async tasks(jobId: string, query: TaskQuery) {
    return this.#at(jobId, async (tx, place) => {
      const job = await findJob(tx, jobId);
      if (job === undefined) throw jobNotFound(jobId);
      return findTasks(tx, this.#open, job, place, query);
    });
  }

  async attempts(jobId: string, seq: number) {
    return this.#at(jobId, (tx, { no }) => listAttempts(tx, no, seq));
  }

  async jobAttempts(jobId: string, query: AttemptQuery) {
    return this.#at(jobId, (tx, { no }) => newestAttempts(tx, no, query));
  }

  async firstOpen(jobId: string, fromSeq: number): Promise<number | undefined> {
    for (let from = fromSeq; ; ) {
      const at = from;
      const { found, next } = await this.#at(jobId, (tx, place) =>
        firstOpen(tx, this.#open, place, at),
      );
      if (found !== undefined || next === undefined) return found;
      from = next;
    }
  }

  async records(jobId: string, after: RecordPosition | undefined, limit: number) {
    return this.#at(jobId, (tx, place) => recordsAfter(tx, place.no, after, limit));
  }

  async loggedRecords(jobId: string, query: LogQuery) {
    return this.#at(jobId, (tx, place) => readLog(tx, place, query));
  }

  async failureGroups(jobId: string) {
    return this.#at(jobId, (tx, place) => listFailures(tx, place.no));
  }

  async cached(keys: readonly string[], nowMs: number) {
    return this.#read((tx) => cachedAnswers(tx, keys, nowMs));
  }

  async laneMemory(keys: readonly LaneKey[]) {
    this.#assertOpen();
    return laneMemory(this.#database, keys);
  }

  async rememberLanes(entries: readonly (readonly [LaneKey, unknown])[], nowMs: number) {
    await this.#write((tx) => rememberLanes(tx, entries, nowMs));
  }

  async entries(query: EntryQuery): Promise<readonly KeptEntry[]> {
    for (let { after } = query; ; ) {
      this.#assertOpen();
      const from = after === undefined ? query : { ...query, after };
      const { entries, upTo } = await listEntries(this.#database, from);
      if (entries.length > 0 || upTo === undefined) return entries;
      after = upTo;
    }
  }

  async entryCount(tenant: string, collection: string): Promise<number> {
    this.#assertOpen();
    return entryCount(this.#database, tenant, collection);
  }

  async collections(tenant: string) {
    this.#assertOpen();
    return listCollections(this.#database, tenant);
  }

  async document(kind: string, id: string): Promise<Document | undefined> {
    this.#assertOpen();
    return findDocument(this.#database, kind, id);
  }

  async documents(query: DocumentQuery) {
    this.#assertOpen();
    return listDocuments(this.#database, query);
  }

  async writeDocuments(changes: readonly DocumentChange[], nowMs: number) {
    await this.#write((tx) => writeDocuments(tx, changes, nowMs));
  }

  async nextEpoch(): Promise<number> {
    return this.#write((tx) => nextEpoch(tx));
  }

  async backup(): Promise<void> {
    this.#assertOpen();
    throw new SluiceError('store.backup_unsupported');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#onClose();
  }

  /** Goes on purging what a crash left behind; ends early when the store is closed. */
  async purgeLeftovers(): Promise<void> {
    for (const jobNo of await unpurged(this.#database)) await this.#purge(jobNo);
  }

  async #purge(jobNo: number): Promise<void> {
    for (let from: number | undefined = 0; from !== undefined && !this.#closed; ) {
      const at: number = from;
      from = await this.#write((tx) => purgePiece(tx, jobNo, at));
    }
  }

  async #at<T>(jobId: string, body: (tx: Tx, place: JobPlace) => Promise<T>): Promise<T> {
    return this.#read(async (tx) => body(tx, await placeOf(tx, jobId)));
  }

  async #read<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    this.#assertOpen();
    return this.#database.read(body);
  }

  async #write<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    this.#assertOpen();
    return this.#database.write(body);
  }

  /** What a node writes in its work: not once its number has ended. */
  async #fenced<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    this.#assertOpen();
    return this.#database.write(body, this.#fence);
  }

  #assertOpen(): void {
    assert(!this.#closed, 'the store is closed');
  }
}
