import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, median } from './figures.ts';
import { tableOf } from './report.ts';
import type { Scenario } from './scenario.ts';

const scenario: Scenario = {
  name: 'sample',
  what: 'a sample',
  must: [
    { metric: 'pages/s', peerName: 'slow', text: '≥ 8×', holds: ({ ratio }) => ratio >= 8 },
    { metric: 'memory MB', text: '≤ 250', holds: ({ sluice }) => sluice <= 250 },
  ],
  run: async () => [],
};

test('the median is the middle one, the lower of two', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

test('a figure compares medians', () => {
  assert.deepEqual(figure('sample', 'pages/s', [10, 1_000, 30], [3, 3, 900], 'slow'), {
    scenario: 'sample',
    metric: 'pages/s',
    sluice: 30,
    peer: 3,
    peerName: 'slow',
    ratio: 10,
  });
});

test('a requirement holds of its own peer only, and one without a figure is short', () => {
  const good = figure('sample', 'pages/s', 80, 10, 'slow');
  const other = figure('sample', 'pages/s', 80, 79, 'quick');
  const memory = figure('sample', 'memory MB', 251, 500, 'slow');
  assert.equal(tableOf(scenario, [good, other]).short, 1);
  assert.equal(tableOf(scenario, [good, other, memory]).short, 1);
  assert.equal(tableOf(scenario, [figure('sample', 'pages/s', 79, 10, 'slow')]).short, 2);
  assert.match(tableOf(scenario, [good, other]).text, /no figure for memory MB ≤ 250/);
});
