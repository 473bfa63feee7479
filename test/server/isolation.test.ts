/** Every route, asked by those who may not: nobody sees or moves what is not theirs. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Route } from '../../src/server/route.ts';
import { openWorld, type World } from './route-cases.ts';
import type { RigKey } from './server-rig.ts';
import { ask, assertProblem, type Caller, caseOf, keyOf, ROUTES } from './walk.ts';

/** The least life that a key may be given. */
const KEY_LIFE_MS = 1_000;

const SHORT_OF: Readonly<Record<string, RigKey | undefined>> = {
  run: 'read',
  admin: 'run',
  operator: 'admin',
};

/** The same but for its last letter but one; the last has bits that are not used. */
function wrongKey(key: string): string {
  const letter = key.at(-2) === 'A' ? 'B' : 'A';
  return `${key.slice(0, -2)}${letter}${key.slice(-1)}`;
}

async function refusals(
  world: World,
  route: Route,
  expired: string,
): Promise<readonly (readonly [string, Caller, number, string | undefined])[]> {
  const short = SHORT_OF[route.access];
  const foreign = route.params !== undefined && caseOf(route).shared === undefined;
  const others = keyOf(route) === 'operator' ? 403 : foreign ? 404 : undefined;
  return [
    ['no key', undefined, 401, 'auth.missing'],
    ['a wrong key', { text: wrongKey(world.keys[keyOf(route)]) }, 401, 'auth.invalid'],
    ['nonsense', { text: 'sk_nonsense' }, 401, 'auth.invalid'],
    ['an expired key', { text: expired }, 401, 'auth.invalid'],
    ...(short === undefined
      ? []
      : [['a lesser key', { rig: short }, 403, 'auth.forbidden'] as const]),
    ...(others === undefined
      ? []
      : [["another tenant's key", { rig: 'other' }, others, undefined] as const]),
  ];
}

it('every route refuses who may not use it, and does nothing for them', async (test) => {
  const world = await openWorld(test);
  const draft = { name: 'brief', scope: 'admin', expiresInMs: KEY_LIFE_MS };
  const { key: expired, expiresMs } = await world.made('operator', 'POST', '/v1/keys', draft);
  await delay(expiresMs - Date.now() + 1);
  for (const route of ROUTES.filter(({ access }) => access !== 'open')) {
    await test.test(`${route.method} ${route.path}`, async () => {
      const { status, request } = caseOf(route);
      const asked = await request(world);
      for (const [who, caller, refused, code] of await refusals(world, route, expired)) {
        const answer = await ask(world, route, asked, caller);
        assert.equal(answer.status, refused, `${who}: ${answer.text}`);
        assertProblem(answer, world, who);
        if (code !== undefined) assert.equal(answer.json.code, code, who);
      }
      // Refused requests have used nothing up.
      const answer = await ask(world, route, asked, { rig: keyOf(route) });
      assert.equal(answer.status, status, answer.text);
    });
  }
});

it('lists show a tenant nothing of another', async (test) => {
  const world = await openWorld(test);
  await world.runningJob();
  await caseOf(ROUTES.find(({ id }) => id === 'getSchedule') as Route).request(world);
  const { schedules } = await world.made('admin', 'GET', '/v1/schedules');
  assert.equal(schedules.length, 1);
  const { keys } = await world.made('admin', 'GET', '/v1/keys');
  const { jobs } = await world.made('admin', 'GET', '/v1/jobs');
  const theirs = [...keys, ...jobs, ...schedules].map(({ id }: { readonly id: string }) => id);
  assert.ok(theirs.length >= 5);
  for (const route of ROUTES) {
    if (route.method !== 'GET' || route.params !== undefined) continue;
    if (route.access === 'open' || keyOf(route) === 'operator') continue;
    const asked = await caseOf(route).request(world);
    const { status, text } = await ask(world, route, asked, { rig: 'other' });
    assert.equal(status, 200, text);
    for (const word of ['acme', ...theirs]) assert.ok(!text.includes(word), `${route.id}: ${word}`);
  }
});

it('an operator who acts within a tenant sees that tenant only', async (test) => {
  const world = await openWorld(test);
  const { jobId, call } = world;
  const within = (tenant: string) => ({ headers: { 'sluice-tenant': tenant } });
  assert.equal((await call('GET', `/v1/jobs/${jobId}`, within('acme'))).status, 200);
  assert.equal((await call('GET', `/v1/jobs/${jobId}`, within('other'))).status, 404);
  const headers = { 'sluice-tenant': 'acme' };
  assert.equal((await call('GET', `/v1/jobs/${jobId}`, { key: 'other', headers })).status, 404);
});
