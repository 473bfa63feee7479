import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type LogFields, lineLogger } from '../base/log.ts';
import type { SequencedEvent } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import { type Job, NO_COUNTERS } from '../model/job.ts';
import type { JobState } from '../model/lifecycle.ts';
import { logJobs } from './job-log.ts';

it('the log tells once what becomes of a job, and nothing of answers to whoever waited', () => {
  const lines: [string, string, LogFields][] = [];
  const log = lineLogger('info', (level, message, fields) => lines.push([level, message, fields]));
  let listener: (event: SequencedEvent) => void = () => {};
  const subscribe = (given: typeof listener) => {
    listener = given;
    return () => {};
  };
  logJobs({ subscribe }, log);
  const tell = (job: Job, state: JobState, why?: Failure) =>
    listener({
      type: 'job.state',
      jobId: job.id,
      state,
      job: { ...job, state },
      ...(why && { why }),
      seqNo: 1,
      atMs: 0,
    });
  const job: Job = {
    id: 'j1',
    tenant: 'acme',
    collector: 'contacts',
    options: {},
    input: { path: 'x', name: 'firms.csv', format: 'csv', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 3,
    idempotencyKey: undefined,
    createdMs: 0,
    state: 'running',
    planned: true,
    counters: { ...NO_COUNTERS, tasks: 5, completed: 4, discarded: 1, records: 9 },
    updatedMs: 0,
    finishedMs: undefined,
    activeMs: 1_500,
    failure: undefined,
  };
  const why: Failure = { class: 'stop', code: 'account.key_wrong', message: 'Sealed.', hint: '' };
  for (const state of ['running', 'running'] as const) tell(job, state);
  tell(job, 'paused', why);
  tell(job, 'running');
  tell({ ...job, finishedMs: 10 }, 'completed');
  tell({ ...job, finishedMs: 10 }, 'completed');
  const asked = { ...job, id: 'j2', callerWaitsMs: 1_000 };
  tell(asked, 'running');
  tell({ ...asked, finishedMs: 900 }, 'completed');
  const late = { ...asked, id: 'j3' };
  tell(late, 'running');
  tell({ ...late, finishedMs: 1_100 }, 'failed', why);

  assert.deepEqual(
    lines.map(([level, message, fields]) => [level, message, fields.job]),
    [
      ['info', 'job started', 'j1'],
      ['warn', 'job paused', 'j1'],
      ['info', 'job started', 'j1'],
      ['info', 'job completed', 'j1'],
      ['warn', 'job failed', 'j3'],
    ],
  );
  assert.deepEqual(lines[1]?.[2].code, 'account.key_wrong');
  assert.deepEqual(lines[3]?.[2], {
    job: 'j1',
    tenant: 'acme',
    collector: 'contacts',
    input: 'firms.csv',
    rows: 5,
    completed: 4,
    failed: 1,
    cancelled: 0,
    records: 9,
    activeMs: 1_500,
  });
});
