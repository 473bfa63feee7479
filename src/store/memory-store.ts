/**
 * The store without a disk: the same behaviour in plain maps, for tests and simulation. Everything
 * runs at once and in order, so the same calls give the same answers.
 */
import { assert } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { AttemptQuery } from '../model/attempt-record.ts';
import type { Document, DocumentChange } from '../model/document.ts';
import type { Job, JobCounters, JobSpec } from '../model/job.ts';
import { NO_COUNTERS } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { JobAction } from '../model/lifecycle.ts';
import type { Task } from '../model/task.ts';
import { MemoryDocuments } from './memory-documents.ts';
import { MemoryEntries } from './memory-entries.ts';
import { MemoryJob } from './memory-job.ts';
import type { LoggedRecords, LogQuery } from './record-log.ts';
import type {
  ActiveMs,
  CachedResult,
  Commit,
  CommitResult,
  DocumentQuery,
  EntryQuery,
  FailureGroup,
  JobBaggage,
  JobFilter,
  JobMove,
  PlannedRow,
  RecordPosition,
  RowResult,
  Store,
  StoredRecord,
  TaskPage,
  TaskQuery,
} from './store.ts';
import { FAILURE_GROUPS_MAX, jobNotFound, LANE_MEMORY_MS_MAX, moveOf } from './store-rules.ts';

interface KeptAnswer {
  readonly jobId: string;
  readonly seq: number;
  readonly untilMs: number;
  readonly storedMs: number;
}

const NONE: ReadonlySet<number> = new Set();

export class MemoryStore implements Store {
  readonly #jobs = new Map<string, MemoryJob>();
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #lanes = new Map<LaneKey, { readonly json: string; readonly atMs: number }>();
  readonly #documents = new MemoryDocuments();
  readonly #entries = new MemoryEntries();
  readonly #onInput: (path: string, bytes: Uint8Array) => void;
  #epoch = 0;
  #closed = false;

  async createJob(
    spec: JobSpec,
    { first, input }: JobBaggage = {},
  ): Promise<{ readonly job: Job; readonly created: boolean }> {
    this.#assertOpen();
    const twin =
      this.#jobs.get(spec.id) ??
      [...this.#jobs.values()].find(
        ({ job }) =>
          spec.idempotencyKey !== undefined &&
          job.idempotencyKey === spec.idempotencyKey &&
          job.tenant === spec.tenant,
      );
    if (twin !== undefined) return { job: twin.job, created: false };
    const job: Job = {
      ...spec,
      state: 'running',
      planned: false,
      counters: NO_COUNTERS,
      updatedMs: spec.createdMs,
      finishedMs: undefined,
      activeMs: 0,
      failure: undefined,
    };
    const entry = new MemoryJob(job);
    this.#jobs.set(job.id, entry);
    if (input !== undefined) this.#onInput(spec.input.path, input);
    if (first !== undefined) {
      entry.addRows(0, first.rows, spec.createdMs);
      entry.job = { ...entry.job, planned: first.whole };
    }
    return { job: entry.job, created: true };
  }

  /** @param onInput - given inputs that come with their job; who needs none keeps none */
  constructor(onInput: (path: string, bytes: Uint8Array) => void = () => {}) {
    this.#onInput = onInput;
  }

  /** What the cluster's store in memory works on beside. */
  memoryJob(id: string): MemoryJob | undefined {
    return this.#jobs.get(id);
  }

  async job(id: string): Promise<Job | undefined> {
    this.#assertOpen();
    return this.#jobs.get(id)?.job;
  }

  async jobs(filter: JobFilter): Promise<readonly Job[]> {
    this.#assertOpen();
    return [...this.#jobs.values()]
      .map((entry) => entry.job)
      .filter(
        (job) =>
          (filter.ids === undefined || filter.ids.includes(job.id)) &&
          (filter.tenant === undefined || job.tenant === filter.tenant) &&
          (filter.collector === undefined || job.collector === filter.collector) &&
          (filter.states === undefined || filter.states.includes(job.state)) &&
          (filter.idempotencyKey === undefined || job.idempotencyKey === filter.idempotencyKey) &&
          (filter.before === undefined || job.id < filter.before),
      )
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, Math.max(0, filter.limit));
  }

  async moveJob(id: string, action: JobAction, at: JobMove): Promise<Job> {
    const entry = this.#entry(id);
    entry.job = { ...entry.job, ...moveOf(entry.job, action, at) };
    return entry.job;
  }

  async addActive(shares: readonly ActiveMs[]): Promise<void> {
    this.#assertOpen();
    for (const [id, ms] of shares) {
      const entry = this.#jobs.get(id);
      if (entry) entry.job = { ...entry.job, activeMs: entry.job.activeMs + ms };
    }
  }

  async deleteJob(id: string): Promise<void> {
    this.#entry(id);
    this.#jobs.delete(id);
    for (const [key, answer] of this.#answers) {
      if (answer.jobId === id) this.#answers.delete(key);
    }
  }

  async addRows(
    jobId: string,
    firstSeq: number,
    rows: readonly PlannedRow[],
    nowMs: number,
  ): Promise<JobCounters> {
    return this.#entry(jobId).addRows(firstSeq, rows, nowMs);
  }

  async rowCount(jobId: string): Promise<number> {
    return this.#entry(jobId).rowCount;
  }

  async finishPlan(jobId: string, nowMs: number): Promise<Job> {
    const entry = this.#entry(jobId);
    entry.job = { ...entry.job, planned: true, updatedMs: nowMs };
    return entry.job;
  }

  async pending(jobId: string, fromSeq: number, limit: number): Promise<readonly Task[]> {
    return this.#entry(jobId).pending(fromSeq, limit);
  }

  async pendingInLane(
    jobId: string,
    lane: LaneKey,
    fromSeq: number,
    limit: number,
  ): Promise<readonly Task[]> {
    return this.#entry(jobId).pendingInLane(lane, fromSeq, limit);
  }

  async takeDue(jobId: string, nowMs: number, limit: number): Promise<readonly Task[]> {
    return this.#entry(jobId).takeDue(nowMs, limit);
  }

  async nextDueMs(jobId: string): Promise<number | undefined> {
    return this.#entry(jobId).nextDueMs();
  }

  async commit(batch: readonly Commit[]): Promise<CommitResult> {
    this.#assertOpen();
    const counters = new Map<string, JobCounters>();
    const stale: number[] = [];
    batch.forEach((commit, i) => {
      const job = this.#jobs.get(commit.jobId);
      const keep = ({ keeps, jobId, nowMs }: Commit) => {
        if (keeps === undefined || job === undefined) return NONE;
        return this.#entries.apply(keeps, { tenant: job.job.tenant, jobId, nowMs });
      };
      if (job === undefined || !job.commit(commit, keep)) stale.push(i);
      else this.#keep(commit);
      if (job !== undefined) counters.set(commit.jobId, job.job.counters);
    });
    return { counters, stale };
  }

  async cancelOpen(jobId: string, nowMs: number): Promise<JobCounters> {
    return this.#entry(jobId).cancelOpen(nowMs);
  }

  async retryDiscarded(jobId: string, nowMs: number, only?: string): Promise<number> {
    return this.#entry(jobId).retryDiscarded(nowMs, only);
  }

  async results(jobId: string, fromSeq: number, limit: number): Promise<readonly RowResult[]> {
    return this.#entry(jobId).results(fromSeq, limit);
  }

  async tasks(jobId: string, query: TaskQuery): Promise<TaskPage> {
    return this.#entry(jobId).tasks(query);
  }

  async jobAttempts(jobId: string, query: AttemptQuery) {
    return this.#entry(jobId).newestAttempts(query);
  }

  async attempts(jobId: string, seq: number) {
    return this.#entry(jobId).attempts(seq);
  }

  async firstOpen(jobId: string, fromSeq: number): Promise<number | undefined> {
    return this.#entry(jobId).firstOpen(fromSeq);
  }

  async records(
    jobId: string,
    after: RecordPosition | undefined,
    limit: number,
  ): Promise<readonly StoredRecord[]> {
    return this.#entry(jobId).recordsAfter(after, limit);
  }

  async loggedRecords(jobId: string, query: LogQuery): Promise<LoggedRecords> {
    return this.#entry(jobId).loggedRecords(query);
  }

  async failureGroups(jobId: string): Promise<readonly FailureGroup[]> {
    return this.#entry(jobId).failures.list().slice(0, FAILURE_GROUPS_MAX);
  }

  async cached(keys: readonly string[], nowMs: number): Promise<ReadonlyMap<string, CachedResult>> {
    this.#assertOpen();
    const found = new Map<string, CachedResult>();
    for (const key of keys) {
      const answer = this.#answers.get(key);
      if (answer === undefined || answer.untilMs <= nowMs) continue;
      const records = this.#jobs.get(answer.jobId)?.recordsOf(answer.seq) ?? [];
      found.set(key, { records, storedMs: answer.storedMs });
    }
    return found;
  }

  async laneMemory(keys: readonly LaneKey[]): Promise<ReadonlyMap<LaneKey, unknown>> {
    this.#assertOpen();
    const found = new Map<LaneKey, unknown>();
    for (const key of keys) {
      const memory = this.#lanes.get(key);
      if (memory !== undefined) found.set(key, JSON.parse(memory.json));
    }
    return found;
  }

  async rememberLanes(
    entries: readonly (readonly [LaneKey, unknown])[],
    nowMs: number,
  ): Promise<void> {
    this.#assertOpen();
    for (const [key, { atMs }] of this.#lanes) {
      if (atMs < nowMs - LANE_MEMORY_MS_MAX) this.#lanes.delete(key);
    }
    for (const [key, memory] of entries) {
      this.#lanes.set(key, { json: JSON.stringify(memory), atMs: nowMs });
    }
  }

  async entries(query: EntryQuery) {
    this.#assertOpen();
    return this.#entries.list(query);
  }

  async entryCount(tenant: string, collection: string): Promise<number> {
    this.#assertOpen();
    return this.#entries.count(tenant, collection);
  }

  async collections(tenant: string) {
    this.#assertOpen();
    return this.#entries.collections(tenant);
  }

  async document(kind: string, id: string): Promise<Document | undefined> {
    this.#assertOpen();
    return this.#documents.find(kind, id);
  }

  documentNow(kind: string, id: string): Document | undefined {
    return this.#documents.find(kind, id);
  }

  async documents(query: DocumentQuery): Promise<readonly Document[]> {
    this.#assertOpen();
    return this.#documents.list(query);
  }

  async writeDocuments(changes: readonly DocumentChange[], nowMs: number): Promise<void> {
    this.#assertOpen();
    this.#documents.write(changes, nowMs);
  }

  async nextEpoch(): Promise<number> {
    this.#assertOpen();
    this.#epoch += 1;
    return this.#epoch;
  }

  async backup(): Promise<void> {
    this.#assertOpen();
    throw new SluiceError('store.backup_unsupported');
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #keep({ end, jobId, seq, nowMs }: Commit): void {
    if (end === undefined || end.kind === 'waiting' || end.cache === undefined) return;
    const { key, untilMs } = end.cache;
    this.#answers.set(key, { jobId, seq, untilMs, storedMs: nowMs });
  }

  #entry(id: string): MemoryJob {
    this.#assertOpen();
    const entry = this.#jobs.get(id);
    if (entry === undefined) throw jobNotFound(id);
    return entry;
  }

  #assertOpen(): void {
    assert(!this.#closed, 'the store is closed');
  }
}
