import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureGroup, RowResult } from '../../store/store.ts';
import { histogram } from './charts.ts';
import { gatherReport } from './gather.ts';
import { type ReportJob, reportPage } from './page.ts';

const HOSTILE = '</style><script>alert(1)</script>"><img src=x onerror=alert(1)>';

function rows(count: number): RowResult[] {
  return Array.from({ length: count }, (_, seq) => ({
    seq,
    state: seq % 10 === 9 ? 'discarded' : 'completed',
    attemptNo: 1,
    failure: undefined,
    records:
      seq % 10 === 9
        ? []
        : [
            JSON.stringify({
              kind: seq % 2 ? 'audio' : HOSTILE,
              size: seq,
              id: `id-${seq}`,
              at: { s: seq / 3 },
            }),
          ],
    duplicateOf: undefined,
    finishedMs: 1_000_000 + seq * 100,
    durationMs: 50 + seq,
  }));
}

async function page(count: number): Promise<string> {
  const all = rows(count);
  const store = {
    results: async (_id: string, from: number, limit: number) => all.slice(from, from + limit),
    failureGroups: async () => [
      { count: 3, sample: { class: 'gone', code: 'x.y', message: HOSTILE } } as FailureGroup,
    ],
  };
  const job = {
    id: 'j_1',
    collector: 'media',
    state: 'completed',
    createdMs: 0,
    input: { name: HOSTILE },
  };
  return reportPage(job as ReportJob, await gatherReport(store, 'j_1'));
}

describe('the report', () => {
  it('counts ends, times, failures and values', async () => {
    const html = await page(1_200);
    assert.match(html, /1,200 rows, 1,080 records/);
    assert.match(html, /<td>completed<\/td><td>1,080<\/td>/);
    assert.match(html, /<td>audio<\/td><td>480<\/td>/);
    assert.match(html, /<figcaption>at\.s \(1,080 records\)/);
    assert.ok(!html.includes('<figcaption>id '), 'ids tell nothing as a chart');
  });

  it('holds no script, asks nobody, and escapes what records say', async () => {
    const html = await page(20);
    assert.ok(
      !/<script|<img|<link|<iframe|src=|href=|url\(|@import/.test(
        html.replaceAll(/&lt;[^<]*/g, ''),
      ),
    );
    assert.match(html, /&lt;script&gt;/);
    assert.match(html, /default-src 'none'/);
  });

  it('is whole for a job without rows', async () => {
    const html = await page(0);
    assert.match(html, /<\/html>\n$/);
    assert.ok(!/NaN|Infinity|undefined/.test(html));
  });
});

it('a histogram counts each value once', () => {
  const bars = histogram([1, 1, 2, 5, 100, Number.NaN], String);
  assert.equal(
    bars.reduce((sum, { value }) => sum + value, 0),
    5,
  );
  assert.deepEqual(histogram([7, 7], String), [{ label: '7', value: 2 }]);
});
