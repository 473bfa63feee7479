/**
 * A job of very many rows is as quick to look at as one of ten. 200,000 here;
 * `SLUICE_TEST_TASKS=5000000` for more.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { newId } from '../../src/base/ids.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Commit } from '../../src/store/store.ts';
import { startServer } from '../server/server-rig.ts';
import { openBrowser, signedIn } from './browser.ts';

const TASKS = Number(process.env.SLUICE_TEST_TASKS ?? 200_000);
const CHUNK = 5_000;
/** Rows that have ended, of all: enough for every state to be there, near the end as well. */
const ENDED_EVERY = 20;
const PAINT_MS_MAX = 1_000;
const QUERY_MS_MAX = 50;
/** A busy machine may be late: the best of so many looks counts. */
const LOOKS = 6;

it('a job of very many rows is shown at once', async (test) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-many-'));
  test.after(() => rm(dataDir, { recursive: true, force: true }));
  const jobId = await seed(dataDir);
  const rig = await startServer(test, { dataDir });
  const browser = await openBrowser();
  test.after(() => browser.close());
  const { page } = await signedIn(browser, rig.url, rig.keys.operator);
  const views = [
    `/jobs/${jobId}`,
    `/jobs/${jobId}?after=${TASKS - 100}`,
    `/jobs/${jobId}?state=discarded`,
    `/jobs/${jobId}?state=available&after=${TASKS >> 1}`,
    `/jobs/${jobId}?tab=items&row=${TASKS - 2_000}`,
    '/jobs',
    '/',
    '/failures',
  ];
  const queries = new Set<string>();
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (/^\/v1\/(?!.*events)/.test(pathname)) queries.add(pathname + search);
  });
  for (const path of views) {
    const ms = await best(() => shownMs(page, path), PAINT_MS_MAX);
    test.diagnostic(`${TASKS} rows, ${path.replace(jobId, 'ID')}: shown in ${ms} ms`);
    assert.ok(ms < PAINT_MS_MAX, `${path} was there after ${ms} ms`);
  }
  await page.close();
  // Each of what the pages had asked, by itself.
  assert.ok(queries.size > views.length);
  for (const path of queries) {
    const ms = await best(async () => {
      const beganMs = performance.now();
      const { status } = await rig.call('GET', path);
      assert.equal(status, 200, path);
      return performance.now() - beganMs;
    }, QUERY_MS_MAX);
    test.diagnostic(`${TASKS} rows, ${path.replace(jobId, 'ID')}: ${ms} ms`);
    assert.ok(ms < QUERY_MS_MAX, `${path} took ${ms} ms`);
  }
});

/** Whole ms; the first that is good enough, or the best of all looks. */
async function best(look: () => Promise<number>, goodMs: number): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let looks = 0; looks < LOOKS && bestMs >= goodMs; looks += 1) {
    // Whatever else the machine is busy with may pass.
    if (looks > 0) await delay(300 * looks);
    bestMs = Math.min(bestMs, Math.round(await look()));
  }
  return bestMs;
}

/** From asking for the page until it says what there is. */
async function shownMs(page: Page, path: string): Promise<number> {
  await page.goto(path);
  await page.locator('h1').filter({ hasNotText: 'Looking' }).waitFor();
  const ms = await page.evaluate(() => performance.now());
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  return ms;
}

/** A paused job, straight into the store. */
async function seed(dataDir: string): Promise<string> {
  const store = await openSqliteStore({ path: dataDir, mode: 'owner' });
  const nowMs = Date.now();
  const id = newId('j', nowMs, systemRandom);
  const input = { path: '', name: 'many.csv', format: 'csv', dialect: {} } as const;
  await store.createJob({
    ...{ id, tenant: 'local', collector: 'contacts', options: {}, input, weight: 1 },
    ...{ concurrency: 0, retries: 0, idempotencyKey: undefined, createdMs: nowMs },
  });
  for (let from = 0; from < TASKS; from += CHUNK) {
    const seqs = Array.from({ length: Math.min(CHUNK, TASKS - from) }, (_, i) => from + i);
    const rows = seqs.map((seq) => ({
      kind: 'task' as const,
      input: JSON.stringify({ website: `https://shop-${seq % 1_000}.example/${seq}` }),
      lane: `host:shop-${seq % 1_000}.example` as const,
    }));
    await store.addRows(id, from, rows, nowMs);
    const ended = seqs.filter((seq) => seq % ENDED_EVERY === 0);
    await store.commit(ended.map((seq) => endOf(id, seq, nowMs)));
  }
  await store.finishPlan(id, nowMs);
  await store.moveJob(id, 'pause', { nowMs });
  await store.close();
  return id;
}

function endOf(jobId: string, seq: number, nowMs: number): Commit {
  const common = { jobId, seq, attemptNo: 1, recordsFrom: 0, nowMs };
  if ((seq / ENDED_EVERY) % 5 === 0) {
    const message = `shop-${seq % 1_000}.example answered 50${seq % 4}`;
    const failure = { class: 'transient', code: `http.50${seq % 4}`, message } as const;
    return { ...common, records: [], end: { kind: 'discarded', durationMs: 5, failure } };
  }
  const records = [JSON.stringify({ website: `https://shop.example/${seq}`, emails: [] })];
  return { ...common, records, end: { kind: 'completed', durationMs: 5 } };
}
