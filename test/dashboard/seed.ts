/** A server with something of everything: what moves, what is stuck, what failed, what is paused. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ServerRig, startServer } from '../server/server-rig.ts';
import { seedKept } from './seed-kept.ts';
import { HOSTILE, openShops, type ShopSites } from './shop-sites.ts';

export const SHOP_COLLECTOR = fileURLToPath(new URL('./shop-collector.ts', import.meta.url));

const PAUSED_ROWS = 400;

export interface Seeded extends ServerRig {
  readonly shops: ShopSites;
  /** Jobs of `acme`. */
  readonly jobs: Readonly<Record<'moving' | 'stuck' | 'failed' | 'paused', string>>;
  /** A job of `other`. */
  readonly foreign: string;
}

export function addresses(host: string, path: string, count: number): { url: string }[] {
  return Array.from({ length: count }, (_, i) => ({ url: `http://${host}/${path}${i}` }));
}

export async function seedServer(
  test: Pick<TestContext, 'after'>,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<Seeded> {
  const shops = await openShops();
  const rig = await startServer(test, {
    resolve: [`*=127.0.0.1:${shops.port}`],
    collectors: [SHOP_COLLECTOR],
    hostConcurrency: 4,
    destinations: 'warehouse=postgres://127.0.0.1:1/db,archive=postgres://127.0.0.1:1/old',
    ...flags,
  });
  test.after(() => shops.close());
  const post = async (path: string, json: unknown, key: 'run' | 'other' | 'admin' = 'run') => {
    const answer = await rig.call('POST', path, { key, json });
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
    return answer.json;
  };
  const start = async (
    name: string,
    rows: readonly { readonly url: string }[],
    { key = 'run', retries = 3 }: { key?: 'run' | 'other'; retries?: number } = {},
  ) => {
    const query = new URLSearchParams({ collector: 'prices', name, retries: String(retries) });
    const body = ['url', ...rows.map(({ url }) => url), ''].join('\n');
    const headers = { 'content-type': 'text/csv' };
    const answer = await rig.call('POST', `/v1/uploads?${query}`, { key, body, headers });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.job.id as string;
  };
  const failed = await start(
    'autumn-catalogue.csv',
    [
      ...addresses('shop.example', 'hostile/', 8),
      ...addresses('shop.example', 'missing/', 12),
      ...addresses('shop.example', 'broken/', 5),
      ...addresses('shop.example', 'sold/', 3),
      { url: 'no address' },
    ],
    { retries: 0 },
  );
  while ((await rig.call('GET', `/v1/jobs/${failed}`)).json.state === 'running') await delay(20);
  const paused = await start(
    `old-shop ${HOSTILE[0]} ${HOSTILE[1]}.csv`,
    addresses('old-shop.example', 'slow/', PAUSED_ROWS),
  );
  // Whole before it pauses: its last row is to be there.
  while (!(await rig.call('GET', `/v1/jobs/${paused}`)).json.planned) await delay(20);
  await post(`/v1/jobs/${paused}/pause`, undefined);
  await seedKept(rig, paused, PAUSED_ROWS - 1);
  const foreign = await start('elsewhere.csv', addresses('elsewhere.example', 'slow/', 5_000), {
    key: 'other',
  });
  const stuck = await start('partner-prices.csv', addresses('api.prices.example', 'item/', 250));
  const moving = await start('all-products.csv', [
    ...addresses('shop.example', 'slow/', 5_000),
    ...addresses('store.example', 'slow/', 5_000),
    ...addresses('shop.example', 'missing/', 3),
  ]);
  while ((await rig.call('GET', `/v1/jobs/${stuck}/waits`)).json.waits.length === 0) {
    await delay(20);
  }
  await post(
    '/v1/schedules',
    {
      name: `Prices each morning ${HOSTILE[0]} ${HOSTILE[1]}`,
      cron: '0 6 * * *',
      timeZone: 'Europe/Paris',
      order: { collector: 'prices', input: { rows: addresses('shop.example', 'item/', 3) } },
    },
    'run',
  );
  return { ...rig, shops, jobs: { moving, stuck, failed, paused }, foreign };
}
