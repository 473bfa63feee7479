/** An empty Postgres that takes in what another store holds, in one transaction. */
import { SluiceError } from '../../base/errors.ts';
import type { Document } from '../../model/document.ts';
import type { Job } from '../../model/job.ts';
import type { KeptEntry } from '../../model/kept.ts';
import {
  type CopiedAnswer,
  type CopiedGroup,
  type CopiedLane,
  type CopiedRows,
  type CopyCounts,
  rowsOf,
  type StoreFiller,
  type StoreIntake,
} from '../copy-store.ts';
import type { StoredRecord } from '../store.ts';
import { copySql } from './copy-sql.ts';
import { addCounts } from './counter-table.ts';
import type { Database } from './database.ts';
import { writeEntries } from './entry-table.ts';
import { END } from './failure-table.ts';
import { appendToLog } from './record-log-table.ts';
import { addToShards, endShards } from './shard-table.ts';
import type { Tx } from './transaction.ts';
import { digest, jsonTexts, numbers, toName } from './values.ts';

export class PostgresIntake implements StoreIntake {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Rejects with `store.not_empty`. */
  async assertEmpty(): Promise<void> {
    await this.#database.read((tx) => assertEmpty(tx, this.#database.name));
  }

  async fill(body: (into: StoreFiller) => Promise<void>): Promise<void> {
    await this.#database.write(async (tx) => {
      await tx.run(copySql.lock);
      await assertEmpty(tx, this.#database.name);
      await body(new Filler(tx));
    });
  }
}

async function assertEmpty(tx: Tx, name: string): Promise<void> {
  const row = await tx.row<{ jobs: number; documents: number; entries: number }>(copySql.held);
  const { jobs = 0, documents = 0, entries = 0 } = row ?? {};
  if (jobs + documents + entries === 0) return;
  throw new SluiceError('store.not_empty', { name, jobs, documents, entries });
}

/** A job that is being copied. */
interface Copied {
  readonly no: number;
  /** New numbers of its groups of failures. */
  readonly groups: Map<number, number>;
  /** Open tasks of each of its shards. */
  readonly openIn: Map<number, number>;
  readonly counts: { -readonly [What in keyof CopyCounts]: number };
}

class Filler implements StoreFiller {
  readonly #tx: Tx;
  readonly #jobs = new Map<string, Copied>();

  constructor(tx: Tx) {
    this.#tx = tx;
  }

  async addJob(job: Job): Promise<void> {
    const { counters, state, planned, updatedMs, finishedMs, activeMs, failure, ...spec } = job;
    const row = await this.#tx.row<{ no: number }>(
      copySql.job,
      toName(job.id),
      toName(job.tenant),
      toName(job.collector),
      job.idempotencyKey === undefined ? null : toName(job.idempotencyKey),
      JSON.stringify(spec),
      job.weight,
      state,
      planned,
      updatedMs,
      finishedMs ?? null,
      activeMs,
      failure === undefined ? null : JSON.stringify(failure),
      rowsOf(job),
      counters.duplicates,
    );
    const { no } = row as { no: number };
    const counts = {
      tasks: 0,
      aliases: 0,
      ends: 0,
      progress: 0,
      records: 0,
      logged: 0,
      attempts: 0,
    };
    this.#jobs.set(job.id, { no, groups: new Map(), openIn: new Map(), counts });
    // The job has a time of its own, which is later.
    await addCounts(this.#tx, 0, [{ jobNo: no, delta: counters, nowMs: 1 }]);
  }

  async addGroups(jobId: string, groups: readonly CopiedGroup[]): Promise<void> {
    const job = this.#job(jobId);
    const rows = await this.#tx.rows<{ no: number; hash: string; refused: boolean }>(
      copySql.groups,
      job.no,
      groups.map(({ fingerprint }) => digest(fingerprint)),
      groups.map(({ refused }) => refused),
      groups.map(({ fingerprint }) => toName(fingerprint)),
      jsonTexts(groups.map(({ sample }) => sample)),
      numbers(groups.map(({ sampleSeq }) => sampleSeq)),
      numbers(groups.map(({ count }) => count)),
      numbers(groups.map(({ firstMs }) => firstMs)),
      numbers(groups.map(({ lastMs }) => lastMs)),
    );
    const nos = new Map(rows.map((row) => [`${row.refused} ${row.hash}`, row.no]));
    for (const { no, refused, fingerprint } of groups) {
      job.groups.set(no, nos.get(`${refused} ${digest(fingerprint)}`) as number);
    }
  }

  async addRows(jobId: string, rows: CopiedRows): Promise<void> {
    const job = this.#job(jobId);
    await this.#addTasks(job, rows);
    await Promise.all([this.#addAliases(job, rows), this.#addEnds(job, rows)]);
    await Promise.all([this.#addProgress(job, rows), this.#addAttempts(job, rows)]);
  }

  async addRecords(jobId: string, records: readonly StoredRecord[]): Promise<void> {
    const { no, counts } = this.#job(jobId);
    counts.records += await this.#tx.run(
      copySql.records,
      no,
      numbers(records.map(({ seq }) => seq)),
      numbers(records.map(({ index }) => index)),
      jsonTexts(records.map(({ json }) => json)),
    );
  }

  async addLog(jobId: string, entries: readonly string[]): Promise<void> {
    const { no, counts } = this.#job(jobId);
    await appendToLog(this.#tx, 0, [[no, entries]]);
    counts.logged += entries.length;
  }

  async endJob(jobId: string): Promise<CopyCounts> {
    const { no, openIn, counts } = this.#job(jobId);
    const ended = [...openIn].filter(([, open]) => open === 0).map(([shard]) => shard);
    await endShards(this.#tx, no, ended);
    return counts;
  }

  async addAnswers(answers: readonly CopiedAnswer[]): Promise<void> {
    await this.#tx.run(
      copySql.answers,
      answers.map(({ key }) => digest(key)),
      numbers(answers.map(({ untilMs }) => untilMs)),
      numbers(answers.map(({ storedMs }) => storedMs)),
      numbers(answers.map(({ jobId }) => this.#job(jobId).no)),
      numbers(answers.map(({ seq }) => seq)),
    );
  }

  async addLanes(lanes: readonly CopiedLane[]): Promise<void> {
    await this.#tx.run(
      copySql.lanes,
      lanes.map(({ key }) => toName(key)),
      jsonTexts(lanes.map(({ memory }) => memory)),
      numbers(lanes.map(({ atMs }) => atMs)),
    );
  }

  async addEntries(entries: readonly KeptEntry[]): Promise<void> {
    await writeEntries(this.#tx, 0, { added: entries, replaced: [], removed: [] });
  }

  async addDocuments(documents: readonly Document[]): Promise<void> {
    await this.#tx.run(
      copySql.documents,
      documents.map(({ kind }) => toName(kind)),
      documents.map(({ id }) => toName(id)),
      documents.map(({ tenant }) => toName(tenant)),
      jsonTexts(documents.map(({ json }) => json)),
      numbers(documents.map(({ version }) => version)),
      numbers(documents.map(({ updatedMs }) => updatedMs)),
    );
  }

  async setEpoch(epoch: number): Promise<void> {
    await this.#tx.run(copySql.epoch, epoch);
  }

  async #addTasks(job: Copied, { tasks, ends }: CopiedRows): Promise<void> {
    if (tasks.length === 0) return;
    // What can be tried anew needs a shard too; a refused row cannot.
    const placed = tasks.filter(({ input }) => input !== undefined);
    const { shardOf: shards } = await addToShards(this.#tx, job.no, placed);
    const shardOf = new Map(placed.map(({ seq }, i) => [seq, shards[i] as number]));
    const ended = new Set(ends.map(({ seq }) => seq));
    for (const [seq, shard] of shardOf) {
      job.openIn.set(shard, (job.openIn.get(shard) ?? 0) + (ended.has(seq) ? 0 : 1));
    }
    job.counts.tasks += await this.#tx.run(
      copySql.tasks,
      job.no,
      numbers(tasks.map(({ seq }) => seq)),
      numbers(tasks.map(({ seq }) => shardOf.get(seq))),
      tasks.map(({ key }) => (key === undefined ? null : digest(key))),
      tasks.map(({ lane }) => (lane === '' ? null : toName(lane))),
      jsonTexts(tasks.map(({ input }) => input)),
    );
  }

  async #addAliases({ no, counts }: Copied, { aliases }: CopiedRows): Promise<void> {
    if (aliases.length === 0) return;
    const seqs = numbers(aliases.map(({ seq }) => seq));
    const firsts = numbers(aliases.map(({ of }) => of));
    counts.aliases += await this.#tx.run(copySql.aliases, no, seqs, firsts);
  }

  async #addEnds({ no, counts, groups }: Copied, { ends }: CopiedRows): Promise<void> {
    if (ends.length === 0) return;
    counts.records += ends.filter(({ record }) => record !== undefined).length;
    counts.ends += await this.#tx.run(
      copySql.ends,
      no,
      numbers(ends.map(({ seq }) => seq)),
      numbers(ends.map(({ state }) => END[state])),
      numbers(ends.map(({ attemptNo }) => attemptNo)),
      numbers(ends.map(({ finishedMs }) => finishedMs)),
      numbers(ends.map(({ durationMs }) => durationMs)),
      numbers(ends.map(({ group }) => (group === undefined ? undefined : groups.get(group)))),
      jsonTexts(ends.map(({ failure }) => failure)),
      jsonTexts(ends.map(({ record }) => record)),
    );
  }

  async #addProgress({ no, counts }: Copied, { progress }: CopiedRows): Promise<void> {
    if (progress.length === 0) return;
    counts.progress += await this.#tx.run(
      copySql.progress,
      no,
      numbers(progress.map(({ seq }) => seq)),
      numbers(progress.map(({ runAtMs }) => runAtMs)),
      numbers(progress.map(({ attemptNo }) => attemptNo)),
      numbers(progress.map(({ recordCount }) => recordCount)),
      numbers(progress.map(({ throttled }) => throttled?.ms)),
      numbers(progress.map(({ throttled }) => throttled?.atMs)),
      jsonTexts(progress.map(({ cursor }) => cursor)),
      jsonTexts(progress.map(({ failure }) => failure)),
    );
  }

  async #addAttempts({ no, counts }: Copied, { attempts }: CopiedRows): Promise<void> {
    if (attempts.length === 0) return;
    counts.attempts += await this.#tx.run(
      copySql.attempts,
      no,
      numbers(attempts.map(({ seq }) => seq)),
      numbers(attempts.map((attempt) => attempt.no)),
      jsonTexts(attempts.map(({ json }) => json)),
    );
  }

  #job(id: string): Copied {
    return this.#jobs.get(id) as Copied;
  }
}
