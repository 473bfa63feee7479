import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Progress } from '../../engine/progress.ts';
import { NO_COUNTERS } from '../../model/job.ts';
import type { Summary } from './display.ts';
import { eta, summaryLine } from './words.ts';

const SUMMARY: Summary = {
  type: 'summary',
  jobId: 'j_1',
  collector: 'contacts',
  state: 'interrupted',
  rows: 1_000,
  tasks: 800,
  completed: 700,
  failed: 50,
  cancelled: 20,
  open: 30,
  duplicates: 200,
  records: 712,
  durationMs: 3_000,
};

describe('the time left', () => {
  const counters = { ...NO_COUNTERS, tasks: 1_000, completed: 500 };
  const view = (more: Partial<Progress>) =>
    eta({
      jobId: 'j',
      state: 'running',
      counters,
      running: 3,
      planned: true,
      perSecond: 3,
      etaMs: undefined,
      etaLimit: undefined,
      ...more,
    });
  const slow = { lane: 'host:slow.test', perSecond: 1, leastMs: 500_000 } as const;

  it('names the limit that the end waits for', () => {
    assert.equal(view({ etaMs: [60_000, 90_000] }), 'ETA 1 min to 1 min 30 s');
    assert.equal(
      view({ etaMs: [500_000, 500_000], etaLimit: slow }),
      'ETA 8 min 20 s (host slow.test, 1.0/s)',
    );
    const resting = { ...slow, perSecond: undefined };
    assert.equal(view({ etaLimit: resting }), 'ETA at least 8 min 20 s (host slow.test)');
    assert.equal(view({}), 'ETA estimating');
  });
});

describe('the line at the end', () => {
  it('tells of every row of the input what has become of it', () => {
    const line = summaryLine(SUMMARY);
    assert.equal(
      line,
      'Interrupted in 3 s. 1,000 rows: 700 done, 50 failed, 20 cancelled, 30 left, 200 like an earlier row, 712 records.',
    );
    const [rows, ...parts] = [...line.matchAll(/(\d[\d,]*) (?!s\b)\w+/g)].map((match) =>
      Number(match[1]?.replace(',', '')),
    );
    assert.equal(
      parts.slice(0, -1).reduce((sum, part) => sum + part, 0),
      rows,
    );
  });

  it('is short where nothing is special', () => {
    const plain = {
      ...SUMMARY,
      state: 'completed',
      rows: 750,
      duplicates: 0,
      cancelled: 0,
      open: 0,
    };
    assert.equal(
      summaryLine({ ...plain, tasks: 750 }),
      'Completed in 3 s. 750 rows: 700 done, 50 failed, 712 records.',
    );
  });
});
