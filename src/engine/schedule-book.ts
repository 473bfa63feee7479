/**
 * Schedules and their history as documents. A change of a schedule and of its history is one write;
 * the history keeps its newest runs.
 */

import type { Document, DocumentChange } from '../model/document.ts';
import type { Job } from '../model/job.ts';
import type { ScheduleRun } from '../model/schedule.ts';
import type { Store } from '../store/store.ts';
import type { ScheduleBody, ScheduleRecord } from './schedule-record.ts';

/** What schedules need of the store. */
export type ScheduleStore = Pick<Store, 'job' | 'document' | 'documents' | 'writeDocuments'>;

const SCHEDULE = 'schedule';
const RUN = 'schedule-run';
export const RUNS_KEPT = 100;
/** Large enough for few reads, small enough for orders of a megabyte. */
const PAGE = 50;

export class ScheduleBook {
  readonly #store: ScheduleStore;

  constructor(store: ScheduleStore) {
    this.#store = store;
  }

  async get(id: string): Promise<ScheduleRecord | undefined> {
    const document = await this.#store.document(SCHEDULE, id);
    return document && recordOf(document);
  }

  /** A page of a tenant's schedules, or of everybody's, oldest first. */
  async list(
    tenant: string | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly ScheduleRecord[]> {
    const found: ScheduleRecord[] = [];
    for await (const record of this.#walk(tenant, after)) {
      found.push(record);
      if (found.length >= limit) break;
    }
    return found;
  }

  all(): AsyncGenerator<ScheduleRecord> {
    return this.#walk(undefined, undefined);
  }

  async *#walk(
    tenant: string | undefined,
    from: string | undefined,
  ): AsyncGenerator<ScheduleRecord> {
    let after = from;
    for (;;) {
      const page = await this.#store.documents({
        kind: SCHEDULE,
        limit: PAGE,
        ...(tenant === undefined ? {} : { tenant }),
        ...(after === undefined ? {} : { after }),
      });
      for (const document of page) yield recordOf(document);
      after = page.at(-1)?.id;
      if (after === undefined) return;
    }
  }

  async create(record: Omit<ScheduleRecord, 'version'>, nowMs: number): Promise<ScheduleRecord> {
    const first = { ...record, version: 0 };
    await this.#store.writeDocuments([putSchedule(first, record.body)], nowMs);
    return { ...first, version: 1 };
  }

  /** Writes what a schedule has become and, where there is one, what became of a run. */
  async save(
    record: ScheduleRecord,
    body: ScheduleBody,
    nowMs: number,
    run?: ScheduleRun,
  ): Promise<ScheduleRecord> {
    if (!run) return this.#write(record, body, [], nowMs);
    const changes: DocumentChange[] = [putRun(record.tenant, run)];
    let { runs, last } = body;
    if (!(await this.run(run.scheduleId, run.dueMs))) {
      runs += 1;
      if (runs > RUNS_KEPT) {
        const oldest = await this.#runs(record.id, runs - RUNS_KEPT, false);
        changes.push(...oldest.map(({ id }) => ({ op: 'remove', kind: RUN, id }) as const));
        runs -= oldest.length;
      }
    }
    if (!last || run.dueMs >= last.dueMs) last = run;
    return this.#write(record, { ...body, runs, last }, changes, nowMs);
  }

  async run(scheduleId: string, dueMs: number): Promise<ScheduleRun | undefined> {
    const document = await this.#store.document(RUN, runId(scheduleId, dueMs));
    return document && runOf(document);
  }

  /** Newest first. */
  async history(scheduleId: string, limit: number): Promise<readonly ScheduleRun[]> {
    return (await this.#runs(scheduleId, limit, true)).map(runOf);
  }

  /** Removes a schedule with its history. */
  async remove(record: ScheduleRecord, nowMs: number): Promise<void> {
    const runs = await this.#runs(record.id, RUNS_KEPT + 1, false);
    const changes: DocumentChange[] = [
      { op: 'remove', kind: SCHEDULE, id: record.id, version: record.version },
      ...runs.map(({ id }) => ({ op: 'remove', kind: RUN, id }) as const),
    ];
    await this.#store.writeDocuments(changes, nowMs);
  }

  job(jobId: string): Promise<Job | undefined> {
    return this.#store.job(jobId);
  }

  async #write(
    record: ScheduleRecord,
    body: ScheduleBody,
    changes: readonly DocumentChange[],
    nowMs: number,
  ): Promise<ScheduleRecord> {
    await this.#store.writeDocuments([putSchedule(record, body), ...changes], nowMs);
    return { ...record, body, version: record.version + 1 };
  }

  #runs(scheduleId: string, limit: number, descending: boolean): Promise<readonly Document[]> {
    return this.#store.documents({ kind: RUN, prefix: `${scheduleId}:`, limit, descending });
  }
}

function putSchedule(record: ScheduleRecord, body: ScheduleBody): DocumentChange {
  const { id, tenant, version } = record;
  return { op: 'put', kind: SCHEDULE, id, tenant, version, json: JSON.stringify(body) };
}

function putRun(tenant: string, run: ScheduleRun): DocumentChange {
  const id = runId(run.scheduleId, run.dueMs);
  return { op: 'put', kind: RUN, id, tenant, json: JSON.stringify(run) };
}

/** Sorts by time: 15 digits last beyond the year 30,000. */
function runId(scheduleId: string, dueMs: number): string {
  return `${scheduleId}:${String(dueMs).padStart(15, '0')}`;
}

function recordOf({ id, tenant, version, json }: Document): ScheduleRecord {
  return { id, tenant, version, body: JSON.parse(json) as ScheduleBody };
}

function runOf(document: Document): ScheduleRun {
  return JSON.parse(document.json) as ScheduleRun;
}
