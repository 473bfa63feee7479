import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JobCounters } from '../model/job.ts';
import { type BegunJob, fairPart } from './fair-part.ts';

const SEATS = 10;

function counters(tasks: number, completed: number): JobCounters {
  const none = { discarded: 0, cancelled: 0, active: 0, waiting: 0, duplicates: 0, records: 0 };
  return { ...none, tasks, completed } as never;
}

function job(ended: number, now: number, planned = true): BegunJob {
  return { job: { counters: counters(1_000, ended) }, counters: counters(1_000, now), planned };
}

function part(here: number, begun: BegunJob): number {
  return Math.round(fairPart([['j', { ended: here }]], new Map([['j', begun]]), SEATS));
}

it('is as large as what has ended here since the node began', () => {
  assert.equal(part(390, job(0, 790)), 105, 'half of 210 that are left');
  assert.equal(part(90, job(500, 890)), 28, 'a quarter of 110');
  assert.equal(part(790, job(0, 790)), 210, 'all, where nobody else works');
});

it('is no larger than what is left, where less is counted than has ended here', () => {
  assert.equal(part(400, job(0, 100)), 900);
});

it('is rather too large while little has ended', () => {
  assert.equal(part(1, job(0, 60)), 148, '940 × 11 / 70, not 940 / 60');
});

it('has no bound before anything has ended here, and before all tasks are known', () => {
  assert.equal(part(0, job(0, 500)), Number.POSITIVE_INFINITY);
  assert.equal(part(5, job(0, 500, false)), Number.POSITIVE_INFINITY);
});

it('adds up over the jobs that run here', () => {
  const jobs = new Map([
    ['a', job(0, 790)],
    ['b', job(0, 790)],
  ]);
  const here = [
    ['a', { ended: 390 }],
    ['b', { ended: 390 }],
    ['gone', { ended: 7 }],
  ] as const;
  assert.equal(Math.round(fairPart(here, jobs, SEATS)), 210);
});
