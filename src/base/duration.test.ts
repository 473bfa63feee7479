import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatDuration,
  parseBytes,
  parseDurationMs,
  parseRatePerSecond,
} from './duration.ts';

describe('amounts as people write them', () => {
  it('reads durations', () => {
    const table: [string, number | undefined][] = [
      ['10', 10_000],
      ['500ms', 500],
      ['1.5s', 1_500],
      ['5m', 300_000],
      ['1h30m', 5_400_000],
      [' 2d ', 172_800_000],
      ['0', 0],
      ['', undefined],
      ['soon', undefined],
      ['5 parsecs', undefined],
      ['-3s', undefined],
    ];
    for (const [text, ms] of table) assert.equal(parseDurationMs(text), ms, text);
    assert.equal(parseDurationMs('10', 'ms'), 10);
  });

  it('reads sizes', () => {
    const table: [string, number | undefined][] = [
      ['512', 512],
      ['64kB', 64_000],
      ['4MiB', 4 * 2 ** 20],
      ['2 GiB', 2 * 2 ** 30],
      ['1.5KiB', 1_536],
      ['', undefined],
      ['4 miles', undefined],
    ];
    for (const [text, size] of table) assert.equal(parseBytes(text), size, text);
  });

  it('reads rates', () => {
    const table: [string, number | undefined][] = [
      ['5/s', 5],
      ['300/min', 5],
      ['10/2s', 5],
      ['0.5/s', 0.5],
      ['5', undefined],
      ['5/never', undefined],
    ];
    for (const [text, perSecond] of table) {
      assert.equal(parseRatePerSecond(text), perSecond, text);
    }
  });

  it('writes durations with two units at most', () => {
    const table: [number, string][] = [
      [0, '0 ms'],
      [850.4, '850 ms'],
      [4_200, '4.2 s'],
      [60_000, '1 min'],
      [200_000, '3 min 20 s'],
      [59_999, '1 min'],
      [7_500_000, '2 h 5 min'],
      [273_600_000, '3 d 4 h'],
    ];
    for (const [ms, text] of table) assert.equal(formatDuration(ms), text);
  });

  it('writes sizes', () => {
    assert.equal(formatBytes(512), '512 B');
    assert.equal(formatBytes(20_480), '20.0 KiB');
    assert.equal(formatBytes(1.5 * 2 ** 30), '1.5 GiB');
  });
});
