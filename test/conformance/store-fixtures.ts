/** Jobs, rows and steps for the store's suite. */
import assert from 'node:assert/strict';
import type { Failure } from '../../src/model/failure.ts';
import type { JobSpec } from '../../src/model/job.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import type { Commit, CommitEnd, PlannedTask, Store } from '../../src/store/store.ts';

/** Where a store lives: opened, closed and opened again during a test. */
export interface StoreHome {
  open(): Promise<Store>;
  /** Whether what was written is there after closing and opening again. */
  readonly durable: boolean;
  remove(): Promise<void>;
}

export const NOW = 1_700_000_000_000;

export function spec(id: string, more: Partial<JobSpec> = {}): JobSpec {
  return {
    id,
    tenant: 'acme',
    collector: 'contacts',
    options: { mode: 'full', pages: 4 },
    input: { path: 'in.csv', name: 'websites.csv', format: 'csv', dialect: { delimiter: ';' } },
    weight: 1,
    concurrency: 0,
    retries: 3,
    idempotencyKey: undefined,
    createdMs: NOW,
    ...more,
  };
}

export function task(n: number, more: { lane?: LaneKey; key?: string } = {}): PlannedTask {
  return { kind: 'task', input: JSON.stringify({ n }), lane: '', ...more };
}

export function failure(message: string, code = 'http.503'): Failure {
  return { class: 'transient', code, message };
}

export const completed: CommitEnd = { kind: 'completed', durationMs: 12.5 };

export function step(jobId: string, seq: number, more: Partial<Commit> = {}): Commit {
  return { jobId, seq, attemptNo: 1, records: [], recordsFrom: 0, nowMs: NOW + 1, ...more };
}

export const rejects = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error: { code?: string }) => error.code === code);
