import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../base/random.ts';
import type { Failure } from '../model/failure.ts';
import { HostHealth } from './host-health.ts';

const refused: Failure = { class: 'transient', code: 'fetch.refused', message: 'refused' };

describe('host health', () => {
  it('fails work for a dead host at once, and lets one probe through when it is due', () => {
    const health = new HostHealth(seededRandom(1));
    for (let i = 0; i < 3; i += 1) {
      health.begin('dead.test', i, 0);
      health.end('dead.test', i, i + 1, 'unreachable', refused);
    }
    assert.throws(() => health.begin('dead.test', 10, 0), /dead\.test did not answer before/);
    health.begin('dead.test', 20_000, 0);
    assert.throws(() => health.begin('dead.test', 20_001, 0), 'only one probe at a time');
    health.end('dead.test', 20_000, 20_100, 'ok', undefined);
    health.begin('dead.test', 20_101, 0);
  });

  it('says when it is tried again, in wall time', () => {
    const health = new HostHealth(seededRandom(1));
    for (let i = 0; i < 3; i += 1) health.end('dead.test', i, i + 1, 'unreachable', refused);
    assert.throws(
      () => health.begin('dead.test', 10, 1_000_000),
      (error: { failure?: Failure }) => {
        const untilMs = error.failure?.untilMs ?? 0;
        return untilMs > 1_010_000 && untilMs < 1_016_000;
      },
    );
  });

  it('does not mind hosts that answer now and then', () => {
    const health = new HostHealth(seededRandom(1));
    for (let i = 0; i < 100; i += 1) {
      health.begin('shaky.test', i, 0);
      health.end('shaky.test', i, i, i % 2 === 0 ? 'timeout' : 'ok', refused);
    }
  });

  it('tells hosts apart', () => {
    const health = new HostHealth(seededRandom(1));
    for (let i = 0; i < 3; i += 1) health.end('dead.test', i, i + 1, 'unreachable', refused);
    health.begin('alive.test', 10, 0);
  });
});
