/** Who asks whether a server is ready hears soon that it is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerParts } from '../../src/server/parts.ts';
import { healthRoutes } from '../../src/server/routes/health.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

test('a database that does not answer is told within two seconds', async () => {
  const clock = new VirtualClock();
  const parts = {
    version: '1',
    clock,
    ready: () => true,
    store: { jobs: () => new Promise(() => {}) },
  } as unknown as ServerParts;
  const readiness = healthRoutes(parts).find(({ id }) => id === 'getReadiness');
  let code: unknown;
  const answer = readiness?.handle({} as never) as Promise<unknown>;
  answer.catch((error) => {
    code = error.code;
  });
  await clock.run(() => code !== undefined, clock.monoMs() + 2_000);
  assert.equal(code, 'store.unavailable');
});
