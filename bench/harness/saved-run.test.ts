import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetOf, savedFigures } from './saved-run.ts';
import type { Figure, Requirement } from './scenario.ts';

const figure: Figure = {
  ...{ scenario: 'pages', metric: 'pages/s', sluice: 1_574, peer: 493, peerName: 'crawlee' },
  ratio: 3.19,
};
const must = (text: string, holds: boolean): Requirement => ({
  ...{ metric: 'pages/s', text, holds: () => holds },
});

test('a budget is read from the words of a requirement', () => {
  assert.deepEqual(budgetOf(must('≥ 8×', false), figure), { of: 'ratio', side: 'least', value: 8 });
  assert.deepEqual(budgetOf(must('< 5×', true), figure), { of: 'ratio', side: 'most', value: 5 });
  assert.deepEqual(budgetOf(must('≤ 2000 ms', true), figure), {
    ...{ of: 'sluice', side: 'most', value: 2_000 },
  });
  assert.deepEqual(budgetOf(must('≥ 0.95', true), figure)?.of, 'sluice');
});

test('there is none where the words name none, or mean something else than the requirement', () => {
  for (const text of ['± 2 %', 'none', '≥ 12× sooner', 'before the end']) {
    assert.equal(budgetOf(must(text, true), figure), undefined, text);
  }
  assert.equal(budgetOf(must('≥ 8×', true), figure), undefined);
});

test('a figure keeps what must hold of it and whether it does', () => {
  const other = { ...must('≥ 1×', true), peerName: 'another' };
  const scenario = { name: 'pages', what: 'pages of many sites', run: async () => [] };
  const [saved] = savedFigures({ ...scenario, must: [must('≥ 8×', false), other] }, [figure]);
  assert.deepEqual(
    [saved?.what, saved?.must.map(({ text, holds }) => [text, holds])],
    ['pages of many sites', [['≥ 8×', false]]],
  );
});
