/** What recorded benchmarks say from run to run, without a browser; and the files themselves. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  changeWords,
  drawn,
  type Figure,
  figureWords,
  holds,
  plain,
  type Run,
  runWords,
  scenariosOf,
} from '../../src/dashboard/pages/bench-series.ts';
import { RESULTS } from '../../src/main-bench-runs.ts';
import { readBenchRuns } from '../../src/server/bench-runs.ts';

function figure(ratio: number, more: Partial<Figure> = {}): Figure {
  const named = { scenario: 'pages', what: 'pages of sites', metric: 'pages/s' };
  const budget = { of: 'ratio', side: 'least', value: 8 } as const;
  const must = [{ text: '≥ 8×', holds: ratio >= 8, budget }];
  return { ...named, sluice: ratio * 500, peer: 500, peerName: 'Crawlee', ratio, must, ...more };
}

function run(name: string, figures: readonly Figure[]): Run {
  const machine = '2 × some processor';
  const measured = '2026-11-22T13:30:00Z';
  const told = { name, release: '0.1.0', commit: 'abc', clean: true, measured, machine };
  return { ...told, state: 'quiet', rounds: 3, figures };
}

describe('recorded benchmarks', () => {
  it('are put together by scenario and figure, with the newest budget', () => {
    const bare = figure(0.8, { peerName: 'a bare loop', must: [] });
    const runs = [run('a', [figure(3)]), run('b', [figure(9), bare])];
    const [pages] = scenariosOf(runs);
    assert.deepEqual(
      pages?.series.map(({ peerName, figures }) => [peerName, figures.map((each) => each?.ratio)]),
      [
        ['Crawlee', [3, 9]],
        ['a bare loop', [undefined, 0.8]],
      ],
    );
    const [series] = pages?.series ?? [];
    assert.ok(series);
    assert.equal(series.budget?.value, 8);
    assert.deepEqual(
      [drawn(series, figure(3)), holds(figure(3)), holds(figure(9))],
      [3, false, true],
    );
  });

  it('say what was measured where, and what has changed', () => {
    assert.equal(figureWords(figure(3.19)), '1,595 (3.19 × Crawlee)');
    assert.equal(runWords(run('a', [])), '0.1.0 at abc, 2026-11-22, quiet: 2 × some processor');
    const turned = plain(run('a\u202eb', [figure(3, { metric: 'x\u202ey', ratio: 3 })]));
    assert.deepEqual(
      [turned.name, turned.figures[0]?.metric, turned.figures[0]?.ratio],
      ['a\\u202eb', 'x\\u202ey', 3],
    );
    assert.match(runWords({ ...run('a', []), clean: false }), /at abc and changes,/);
    assert.deepEqual(
      [changeWords(100, 112), changeWords(100, 88), changeWords(100, 100.2), changeWords(0, 1)],
      ['+12 %', '−12 %', 'the same', '—'],
    );
  });

  it('can all be read, those of the repository; others are left out and told of', async (test) => {
    const warned: string[] = [];
    const log = { warn: (text: string) => void warned.push(text) };
    const committed = await readBenchRuns(fileURLToPath(RESULTS), log);
    assert.ok(committed.length > 0);
    assert.deepEqual(warned, []);
    for (const { name, commit, machine } of committed) {
      assert.ok(name.includes(commit) && machine !== '', name);
    }
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    test.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'odd.json'), '{"schema":2}');
    assert.deepEqual(await readBenchRuns(folder, log), []);
    assert.match(warned.join(), /^The recorded benchmark odd\.json cannot be read/);
    assert.deepEqual(await readBenchRuns(join(folder, 'none'), log), []);
  });
});
