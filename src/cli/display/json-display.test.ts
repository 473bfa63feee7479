import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Job, NO_COUNTERS } from '../../model/job.ts';
import type { JobView } from './display.ts';
import { JsonDisplay } from './json-display.ts';

function view(running: number, waiting: number): JobView {
  const counters = { ...NO_COUNTERS, tasks: 3, completed: 3 - waiting - running, waiting };
  const rest = { state: 'running', planned: true, perSecond: 1, etaMs: undefined } as const;
  return {
    job: { id: 'j', collector: 'contacts', counters } as unknown as Job,
    progress: { jobId: 'j', counters, running, etaLimit: undefined, ...rest },
    blockages: [],
    nowMs: 0,
    nextDueMs: waiting > 0 ? 5_000 : undefined,
    wallMs: 0,
    hint: '',
  };
}

it('JSON lines say why nothing runs, also where a row waits to be tried again', () => {
  const lines: string[] = [];
  const display = new JsonDisplay((line) => lines.push(line));
  display.tick(view(1, 2));
  display.tick(view(0, 0));
  assert.equal(lines.length, 0);
  display.tick(view(0, 2));
  const { type, blockages, still, nextDueMs } = JSON.parse(String(lines[0]));
  assert.deepEqual([type, blockages, nextDueMs], ['job.blocked', [], 5_000]);
  assert.match(still, /^Waiting: 2 rows are tried again, the next at /);
});
