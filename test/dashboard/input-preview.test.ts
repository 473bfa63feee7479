/** What a file looks like before it is sent, and what metrics say, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { previewOf, rowsOf } from '../../src/dashboard/pages/input-preview.ts';
import { mean, parseMetrics, perSecond, total } from '../../src/dashboard/pages/metrics-text.ts';

describe('the preview of an input', () => {
  it('reads CSV with quotes, breaks in cells and other delimiters', () => {
    const csv = 'name;website\r\n"Ham; ""Eggs""";https://a.example\r\n"two\nlines";b.example\r\n';
    const preview = previewOf(csv, true);
    assert.deepEqual(preview.columns, ['name', 'website']);
    assert.deepEqual(preview.rows, [
      ['Ham; "Eggs"', 'https://a.example'],
      ['two\nlines', 'b.example'],
    ]);
    assert.equal(previewOf('\ufeffa\tb\n1\t2\n', true).delimiter, '\t');
  });

  it('leaves out a last row that may be half a one', () => {
    const head = `a,b\n${'1,2\n'.repeat(5)}3,`;
    assert.equal(previewOf(head, false).rows.length, 5);
    assert.equal(previewOf(head, true).rows.length, 6);
    assert.equal(previewOf(`a,b\n${'1,2\n'.repeat(100)}`, true).rows.length, 20);
  });

  it('tells plain lines from a column with a heading', () => {
    const lines = previewOf('https://a.example\nhttps://b.example\n', true);
    assert.deepEqual([lines.format, lines.columns, lines.rows.length], ['text', [], 2]);
    const column = previewOf('website\nhttps://a.example\n', true);
    assert.deepEqual([column.columns, column.rows], [['website'], [['https://a.example']]]);
  });

  it('shows nothing of what is empty or no text', () => {
    for (const text of ['', '\n\n']) {
      assert.deepEqual(previewOf(text, true).rows, []);
      assert.equal(rowsOf(text, previewOf(text, true)), 0);
    }
    const picture = previewOf('\ufffdPNG\r\n\u001a\n\0\0\0\rIHDR', true);
    assert.deepEqual([picture.isText, picture.columns, picture.rows], [false, [], []]);
  });

  it('reads JSON lines, also where the last is cut', () => {
    const json = '{"a":1,"b":{"c":2}}\n{"a":"x"}\n{"a":';
    const preview = previewOf(json, false);
    assert.deepEqual(preview.columns, ['a', 'b']);
    assert.deepEqual(preview.rows, [
      ['1', '{"c":2}'],
      ['x', ''],
    ]);
  });

  it('is hostile to nobody: formulas and markup are text', () => {
    const { rows } = previewOf('a,b\n=1+1,<script>alert(1)</script>\n', true);
    assert.deepEqual(rows, [['=1+1', '<script>alert(1)</script>']]);
  });

  it('counts rows without their headings', () => {
    const csv = 'a,b\n1,2\n\n3,4\n';
    assert.equal(rowsOf(csv, previewOf(csv, true)), 2);
    const broken = 'name,website\n"two\nlines",b.example\n\nc,d.example';
    assert.equal(rowsOf(broken, previewOf(broken, true)), 2);
    const lines = 'https://a.example\nhttps://b.example';
    assert.equal(rowsOf(lines, previewOf(lines, true)), 2);
  });
});

describe('metrics', () => {
  const look = (written: number, seconds: number) =>
    parseMetrics(
      [
        '# HELP sluice_commits_total Outcomes.',
        `sluice_commits_total ${written}`,
        'sluice_lane_in_use{kind="host"} 3',
        'sluice_lane_in_use{kind="model"} 2',
        `sluice_commit_seconds_sum ${seconds}`,
        `sluice_commit_seconds_count ${written / 10}`,
        'sluice_odd{a="}"} NaN',
        '',
      ].join('\n'),
    );

  it('are summed over their labels, and compared between two looks', () => {
    const [before, now] = [look(100, 1), look(300, 2)];
    assert.equal(total(now, 'sluice_lane_in_use'), 5);
    assert.equal(total(now, 'sluice_odd'), 0);
    assert.equal(perSecond(before, now, 'sluice_commits_total', 2_000), 100);
    assert.equal(perSecond(now, before, 'sluice_commits_total', 2_000), 0);
    assert.equal(mean(before, now, 'sluice_commit_seconds'), 0.05);
    assert.equal(mean(undefined, before, 'sluice_commit_seconds'), 0.1);
    assert.equal(mean(now, now, 'sluice_nothing_seconds'), undefined);
  });
});
