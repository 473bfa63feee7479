/**
 * The store in one SQLite file. One connection, used from one thread: every piece of work is one
 * synchronous transaction, so nothing interleaves within it. The parts are in the files beside.
 */
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { AttemptQuery } from '../../model/attempt-record.ts';
import type { Document, DocumentChange } from '../../model/document.ts';
import type { Job, JobCounters, JobSpec } from '../../model/job.ts';
import type { KeptEntry } from '../../model/kept.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { JobAction } from '../../model/lifecycle.ts';
import { type PackedCommits, packCommits } from '../packed-commits.ts';
import type { LogQuery } from '../record-log.ts';
import type {
  ActiveMs,
  CachedResult,
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
import { AttemptTable } from './attempt-table.ts';
import { backUp } from './backup.ts';
import { CommitWriter } from './commit-writer.ts';
import { type Connection, writeInput } from './connection.ts';
import { ControlWriter, PIECE_ROWS } from './control-writer.ts';
import { DocumentTable } from './document-table.ts';
import { EntryTable } from './entry-table.ts';
import { FailureTable } from './failure-table.ts';
import { type JobPlace, JobTable } from './job-table.ts';
import { PlanWriter } from './plan-writer.ts';
import { RecallTable } from './recall-table.ts';
import { RecordLogTable } from './record-log-table.ts';
import { ResultReader } from './result-reader.ts';
import { TaskFinder } from './task-finder.ts';
import { taskId } from './task-id.ts';
import { TaskReader } from './task-reader.ts';

export interface SqliteStoreParts {
  readonly connection: Connection;
  /** For letting other work pass between the pieces of a long one. */
  readonly clock: Clock;
  /** Called once, after the database is closed. */
  readonly onClosed: () => void;
}

export class SqliteStore implements Store {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #onClosed: () => void;
  readonly #jobs: JobTable;
  readonly #plan: PlanWriter;
  readonly #tasks: TaskReader;
  readonly #commits: CommitWriter;
  readonly #control: ControlWriter;
  readonly #results: ResultReader;
  readonly #failures: FailureTable;
  readonly #recall: RecallTable;
  readonly #documents: DocumentTable;
  readonly #entries: EntryTable;
  readonly #log: RecordLogTable;
  readonly #finder: TaskFinder;
  readonly #attempts: AttemptTable;
  readonly #backups = new Set<Promise<void>>();
  #closed = false;

  constructor({ connection, clock, onClosed }: SqliteStoreParts) {
    const { db } = connection;
    this.#connection = connection;
    this.#clock = clock;
    this.#onClosed = onClosed;
    this.#jobs = new JobTable(db);
    this.#plan = new PlanWriter(db, this.#jobs);
    this.#tasks = new TaskReader(db);
    this.#entries = new EntryTable(db);
    this.#log = new RecordLogTable(db);
    this.#commits = new CommitWriter(db, this.#jobs, this.#entries, this.#log);
    this.#control = new ControlWriter(db, this.#jobs);
    this.#results = new ResultReader(db);
    this.#failures = new FailureTable(db);
    this.#recall = new RecallTable(db);
    this.#documents = new DocumentTable(db);
    this.#finder = new TaskFinder(db, this.#results);
    this.#attempts = new AttemptTable(db);
  }

  async createJob(spec: JobSpec, { first, input }: JobBaggage = {}) {
    return this.#write(() => {
      const made = this.#jobs.create(spec);
      if (!made.created) return made;
      // What a crash leaves without its job is found at the next start. Rows are read from it again
      // unless all of them are tasks now.
      if (input) writeInput(this.#connection.path, spec.input.path, input, first?.whole !== true);
      if (first === undefined) return made;
      const { id, createdMs } = spec;
      this.#plan.addRows(id, 0, first.rows, createdMs);
      const job = first.whole ? this.#jobs.finishPlan(id, createdMs) : this.#jobs.get(id);
      return { job, created: true };
    });
  }

  async job(id: string): Promise<Job | undefined> {
    return this.#read(() => this.#jobs.find(id));
  }

  async jobs(filter: JobFilter) {
    return this.#read(() => this.#jobs.list(filter));
  }

  async moveJob(id: string, action: JobAction, at: JobMove): Promise<Job> {
    return this.#write(() => this.#jobs.move(id, action, at));
  }

  async addActive(shares: readonly ActiveMs[]): Promise<void> {
    this.#write(() => this.#jobs.addActive(shares));
  }

  async deleteJob(id: string): Promise<void> {
    const place = this.#write(() => {
      const found = this.#jobs.place(id);
      this.#control.unlist(found);
      this.#finder.open.forget(found);
      return found;
    });
    this.#plan.forget(place.no);
    await this.#purge(place.no);
  }

  async addRows(jobId: string, firstSeq: number, rows: readonly PlannedRow[], nowMs: number) {
    return this.#write(() => this.#plan.addRows(jobId, firstSeq, rows, nowMs));
  }

  async rowCount(jobId: string): Promise<number> {
    return this.#read(() => this.#jobs.place(jobId).rowCount);
  }

  async finishPlan(jobId: string, nowMs: number): Promise<Job> {
    return this.#write(() => {
      this.#plan.forget(this.#jobs.place(jobId).no);
      return this.#jobs.finishPlan(jobId, nowMs);
    });
  }

  async pending(jobId: string, fromSeq: number, limit: number) {
    return this.#at(jobId, (place) => this.#tasks.pending(jobId, place, fromSeq, limit));
  }

  async pendingInLane(jobId: string, lane: LaneKey, fromSeq: number, limit: number) {
    return this.#at(jobId, (place) =>
      this.#tasks.pendingInLane(jobId, place, lane, fromSeq, limit),
    );
  }

  async takeDue(jobId: string, nowMs: number, limit: number) {
    const rows = this.#write(() =>
      this.#control.takeDue(this.#jobs.place(jobId), this.#tasks, nowMs, limit),
    );
    return this.#tasks.tasks(jobId, rows);
  }

  async nextDueMs(jobId: string): Promise<number | undefined> {
    return this.#at(jobId, (place) => this.#tasks.nextDueMs(place));
  }

  async commit(batch: readonly Commit[]) {
    return this.commitPacked(packCommits(batch));
  }

  /** The same for a batch that comes from another thread. */
  async commitPacked(batch: PackedCommits) {
    return this.#write(() => this.#commits.commit(batch));
  }

  async cancelOpen(jobId: string, nowMs: number): Promise<JobCounters> {
    for (let fromSeq = 0; ; fromSeq += PIECE_ROWS) {
      const { counters, done } = this.#write(() => {
        const place = this.#jobs.place(jobId);
        const counters = this.#control.cancelPiece(place, fromSeq, nowMs);
        return { counters, done: fromSeq + PIECE_ROWS >= place.rowCount };
      });
      if (done) return counters;
      await this.#clock.sleep(0);
    }
  }

  async retryDiscarded(jobId: string, nowMs: number, only?: string): Promise<number> {
    const groups = this.#at(jobId, (place) => this.#control.retriable(place, only));
    let total = 0;
    for (const group of groups) {
      // What fails anew in the meantime is not tried again: the count at the start is the bound.
      for (let left = group.count; left > 0; ) {
        const count = this.#write(() => {
          const place = this.#jobs.place(jobId);
          this.#finder.open.forget(place);
          return this.#control.retryPiece(place, group.no, nowMs);
        });
        if (count === 0) break;
        total += count;
        left -= count;
        if (left > 0) await this.#clock.sleep(0);
      }
    }
    return total;
  }

  async results(jobId: string, fromSeq: number, limit: number) {
    return this.#at(jobId, (place) => this.#results.results(place, fromSeq, limit));
  }

  async records(jobId: string, after: RecordPosition | undefined, limit: number) {
    return this.#at(jobId, (place) => this.#results.records(place, after, limit));
  }

  async loggedRecords(jobId: string, query: LogQuery) {
    return this.#at(jobId, (place) => this.#log.read(place, query));
  }

  async tasks(jobId: string, query: TaskQuery) {
    return this.#at(jobId, (place) => this.#finder.find(this.#jobs.get(jobId), place, query));
  }

  async attempts(jobId: string, seq: number) {
    return this.#at(jobId, ({ no }) => this.#attempts.list(taskId(no, seq)));
  }

  async jobAttempts(jobId: string, query: AttemptQuery) {
    return this.#at(jobId, ({ no }) => this.#attempts.newest(no, query));
  }

  async firstOpen(jobId: string, fromSeq: number): Promise<number | undefined> {
    for (let from = fromSeq; ; ) {
      const { found, next } = this.#at(jobId, (place) => this.#finder.firstOpen(place, from));
      if (found !== undefined || next === undefined) return found;
      from = next;
      await this.#clock.sleep(0);
    }
  }

  async failureGroups(jobId: string) {
    return this.#at(jobId, (place) => this.#failures.list(place.no));
  }

  async cached(keys: readonly string[], nowMs: number) {
    return this.#read(() => {
      const found = new Map<string, CachedResult>();
      for (const key of keys) {
        const kept = this.#recall.cached(key, nowMs);
        if (kept === undefined) continue;
        const records = this.#results.recordsOf(kept.task);
        found.set(key, { records, storedMs: kept.storedMs });
      }
      return found;
    });
  }

  async laneMemory(keys: readonly LaneKey[]) {
    return this.#read(() => this.#recall.lanes(keys));
  }

  async rememberLanes(entries: readonly (readonly [LaneKey, unknown])[], nowMs: number) {
    this.#write(() => this.#recall.remember(entries, nowMs));
  }

  async entries(query: EntryQuery): Promise<readonly KeptEntry[]> {
    for (let { after } = query; ; ) {
      const from = after === undefined ? query : { ...query, after };
      const { entries, upTo } = this.#read(() => this.#entries.list(from));
      if (entries.length > 0 || upTo === undefined) return entries;
      after = upTo;
      await this.#clock.sleep(0);
    }
  }

  async entryCount(tenant: string, collection: string): Promise<number> {
    return this.#read(() => this.#entries.count(tenant, collection));
  }

  async collections(tenant: string) {
    return this.#read(() => this.#entries.collections(tenant));
  }

  async document(kind: string, id: string): Promise<Document | undefined> {
    return this.#read(() => this.#documents.find(kind, id));
  }

  async documents(query: DocumentQuery) {
    return this.#read(() => this.#documents.list(query));
  }

  async writeDocuments(changes: readonly DocumentChange[], nowMs: number) {
    this.#write(() => this.#documents.write(changes, nowMs));
  }

  async nextEpoch(): Promise<number> {
    return this.#write(() => this.#documents.nextEpoch());
  }

  async backup(path: string): Promise<void> {
    assert(!this.#closed, 'the store is closed');
    const copying = backUp(this.#connection.db.name, path);
    this.#backups.add(copying);
    try {
      await copying;
    } finally {
      this.#backups.delete(copying);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#backups.size > 0) await Promise.allSettled(this.#backups);
    this.#connection.db.close();
    this.#onClosed();
  }

  /** Goes on purging what a crash left behind; ends early when the store is closed. */
  async purgeLeftovers(): Promise<void> {
    for (const jobNo of this.#read(() => this.#control.unpurged())) await this.#purge(jobNo);
  }

  async #purge(jobNo: number): Promise<void> {
    while (!this.#closed && this.#write(() => this.#control.purgePiece(jobNo))) {
      await this.#clock.sleep(0);
    }
  }

  #at<T>(jobId: string, body: (place: JobPlace) => T): T {
    return this.#read(() => body(this.#jobs.place(jobId)));
  }

  #read<T>(body: () => T): T {
    assert(!this.#closed, 'the store is closed');
    return this.#connection.read(body);
  }

  #write<T>(body: () => T): T {
    assert(!this.#closed, 'the store is closed');
    return this.#connection.write(body);
  }
}
