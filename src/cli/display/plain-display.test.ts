import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Job, NO_COUNTERS } from '../../model/job.ts';
import type { Blockage } from '../../model/lane.ts';
import type { JobView } from './display.ts';
import { PlainDisplay } from './plain-display.ts';

const ACCOUNTS = { service: 'x', tenant: 'local', count: 2 } as const;
const LANE: Blockage = {
  lane: 'accounts:x/local/list',
  reason: 'rest',
  wakeAtMs: 5_000,
  waiting: 3,
  inUse: 0,
  slots: 2,
  perSecond: undefined,
};

function view(blockages: readonly Blockage[], running = 0): JobView {
  const counters = { ...NO_COUNTERS, tasks: 3, waiting: 3 };
  const rest = { state: 'running', planned: true, perSecond: 0, etaMs: undefined } as const;
  return {
    job: { id: 'j', collector: 'leads', counters } as unknown as Job,
    progress: { jobId: 'j', counters, running, etaLimit: undefined, ...rest },
    blockages,
    nowMs: 0,
    nextDueMs: 1_000,
    wallMs: 0,
    hint: '',
  };
}

it('plain lines say which account is waited for and what helps, each time that changes', () => {
  const lines: string[] = [];
  const display = new PlainDisplay((line) => lines.push(line), { data: 'my data', json: false });
  const none = { ...LANE, accounts: { ...ACCOUNTS, why: 'none' } } as const;
  const resting = { ...LANE, accounts: { ...ACCOUNTS, why: 'resting' } } as const;
  const detail = '1 is quarantined (X answered 401)';
  const aside = { ...LANE, accounts: { ...none.accounts, detail } } as const;
  for (const blockages of [[], [], [none], [none], [aside], [resting], [resting]]) {
    display.tick(view(blockages));
  }
  display.tick(view([resting], 1));
  display.tick(view([{ ...LANE, lane: 'host:a.example' }]));
  const hint = (words: string) => ` hint="${words}: sluice accounts add x NAME --data 'my data'"`;
  assert.deepEqual(
    lines.map((line) => line.replace(/\d\d:\d\d:\d\d/, 'TIME')),
    [
      'waiting job=j why="3 rows are tried again, the next at TIME"',
      `waiting job=j why="account x: tenant local has none yet, 3 waiting"${hint('Add one')}`,
      `waiting job=j why="account x: tenant local has none to work with: ${detail}, 3 waiting"` +
        hint(`Once that is mended: sluice accounts test NAME --data 'my data'; or add another`),
      'waiting job=j why="account x: all 2 rest until TIME, 3 waiting"' +
        hint('Another one helps at once'),
      'waiting job=j why="host a.example: asked for rest until TIME, 3 waiting"',
    ],
  );
});
