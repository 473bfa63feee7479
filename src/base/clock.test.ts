import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from './clock.ts';

describe('the machine’s clock', () => {
  it('sleeps, and stops sleeping with the signal’s reason', async () => {
    const startMs = systemClock.monoMs();
    await systemClock.sleep(5);
    assert.ok(systemClock.monoMs() - startMs >= 4);
    const stop = new AbortController();
    const sleep = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(sleep, /enough/);
    await assert.rejects(systemClock.sleep(1, stop.signal), /enough/);
  });

  it('calls once after a while, unless it was cancelled', async () => {
    const heard: string[] = [];
    systemClock.after(1, () => heard.push('first'));
    systemClock.after(1, () => heard.push('never')).cancel();
    await systemClock.sleep(10);
    assert.deepEqual(heard, ['first']);
  });

  it('takes a wait longer than a timer can be', async () => {
    let early = false;
    const timer = systemClock.after(2 ** 31 + 1_000, () => {
      early = true;
    });
    await systemClock.sleep(5);
    timer.cancel();
    assert.equal(early, false);
  });
});
