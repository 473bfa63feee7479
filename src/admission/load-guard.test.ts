import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MachineReadings } from '../base/machine.ts';
import { LOAD_FACTOR_MIN, LoadGuard } from './load-guard.ts';

const memory = (share: number): MachineReadings => ({
  memoryBytes: share * 1e9,
  memoryBytesMax: 1e9,
});

const TABLE: [string, MachineReadings, boolean, number][] = [
  ['nothing known', {}, true, 1],
  ['all well', { loopDelayMs: 20, ...memory(0.5), openFiles: 10, openFilesMax: 1_000 }, true, 1],
  ['memory at the soft mark', memory(0.85), true, 1],
  ['memory between the marks', memory(0.9), true, 0.55],
  ['memory at the hard mark', memory(0.9501), false, LOAD_FACTOR_MIN],
  ['files between the marks', { openFiles: 800, openFilesMax: 1_000 }, true, 0.55],
  ['files used up', { openFiles: 1_000, openFilesMax: 1_000 }, false, LOAD_FACTOR_MIN],
  ['one pause of the loop', { loopDelayMs: 250 }, true, 0.94375],
  ['no limit known', { openFiles: 1_000, memoryBytes: 1e12 }, true, 1],
];
for (const [name, readings, ok, factor] of TABLE) {
  test(name, () => {
    const verdict = new LoadGuard().judge(readings, 0);
    assert.equal(verdict.ok, ok);
    assert.ok(Math.abs(verdict.factor - factor) < 1e-3, `${verdict.factor}`);
  });
}

test('says which signal, its reading and its mark', () => {
  const verdict = new LoadGuard().judge({ ...memory(0.99), openFiles: 1, openFilesMax: 2 }, 0);
  assert.deepEqual(verdict, {
    ok: false,
    factor: LOAD_FACTOR_MIN,
    reason: 'memory',
    reading: 0.99,
    mark: 0.95,
  });
});

test('a loop that stays blocked is told from one pause', () => {
  const guard = new LoadGuard();
  assert.equal(guard.judge({ loopDelayMs: 600 }, 0).ok, true);
  for (let i = 1; i < 5; i += 1) guard.judge({ loopDelayMs: 600 }, i * 1_000);
  assert.equal(guard.verdict.ok, false);
});

test('not ok until half-way back, and the factor rises slowly', () => {
  const guard = new LoadGuard();
  guard.judge(memory(0.96), 0);
  assert.equal(guard.judge(memory(0.94), 1_000).ok, false);
  assert.equal(guard.judge(memory(0.91), 2_000).ok, false);
  assert.equal(guard.judge(memory(0.89), 3_000).ok, true);
  const factors = Array.from({ length: 8 }, (_, i) => guard.judge(memory(0.5), 4_000 + i * 1_000));
  factors.reduce((before, now) => {
    assert.ok(now.factor - before.factor <= 0.1 + 1e-9);
    return now;
  });
  assert.equal(guard.judge(memory(0.5), 60_000).factor, 1);
});

test('whatever is read, the factor lies between its least and 1', () => {
  const amount = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }), { nil: undefined });
  const names = ['loopDelayMs', 'memoryBytes', 'memoryBytesMax', 'openFiles', 'openFilesMax'];
  const readings = fc
    .tuple(...names.map(() => amount))
    .map((values) =>
      Object.fromEntries(
        names.flatMap((n, i) => (values[i] === undefined ? [] : [[n, values[i]]])),
      ),
    );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), readings)), (steps) => {
      const guard = new LoadGuard();
      let nowMs = 0;
      for (const [waitMs, reading] of steps) {
        nowMs += waitMs;
        const { factor } = guard.judge(reading as MachineReadings, nowMs);
        assert.ok(factor >= LOAD_FACTOR_MIN - 1e-9 && factor <= 1, `${factor}`);
      }
    }),
    { seed: 2 },
  );
});
