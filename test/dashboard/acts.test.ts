/** What is done in the browser by the reader: limits, filters, views, metrics; and rows looked into. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { sluice } from '../e2e/sluice-process.ts';
import { openBrowser, signedIn } from './browser.ts';
import { type Seeded, seedServer } from './seed.ts';

describe('a reader', () => {
  let browser: Browser;
  let seeded: Seeded;
  const cleanUps: (() => unknown)[] = [];
  before(async () => {
    [browser, seeded] = await Promise.all([
      openBrowser(),
      seedServer({ after: (run) => cleanUps.push(run as () => unknown) }),
    ]);
  });
  after(async () => {
    await browser?.close();
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  it('sets a limit after a look at what it will do, and gives it back', async () => {
    const key = seeded.keys.operator;
    const { page, context, complaints } = await signedIn(browser, seeded.url, key);
    await page.goto('/limits');
    await page.getByRole('button', { name: 'Change the limit of shop.example' }).click();
    await page.getByLabel('At once', { exact: true }).fill('6');
    await page.getByText('host shop.example: 4 → 6 at once.').waitFor();
    assert.deepEqual((await seeded.call('GET', '/v1/lanes/limits')).json.limits, []);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { limits } = (await seeded.call('GET', '/v1/lanes/limits')).json;
    assert.deepEqual([limits[0].lane, limits[0].concurrency], ['host:shop.example', 6]);
    await page.getByRole('button', { name: 'Change or give back host:shop.example' }).click();
    await page.getByRole('button', { name: 'Back to learned' }).click();
    await page.getByText('None: all limits are found out').waitFor();
    assert.deepEqual((await seeded.call('GET', '/v1/lanes/limits')).json.limits, []);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('reads the heat map by keys, and goes from it to the jobs that wait there', async () => {
    const key = seeded.keys.operator;
    const { page, context, complaints } = await signedIn(browser, seeded.url, key);
    await page.goto('/limits');
    const grid = page.getByRole('treegrid');
    const row = (name: string) => grid.getByRole('row', { name });
    // It is looked every ten seconds.
    await row('host api.prices.example').first().getByRole('gridcell').first().waitFor();
    await grid.getByRole('rowheader', { name: 'tenant acme' }).focus();
    await page.keyboard.press('ArrowLeft');
    await row('host api.prices.example').waitFor({ state: 'detached' });
    await page.waitForURL(/folded=tenant%253Aacme/);
    await page.reload();
    assert.equal(await row('tenant acme').getAttribute('aria-expanded'), 'false');
    assert.equal(await row('host api.prices.example').count(), 0);
    await grid.getByRole('rowheader', { name: 'tenant acme' }).focus();
    await page.keyboard.press('ArrowRight');
    await row('host api.prices.example').waitFor();
    const focused = () => page.evaluate<string>('document.activeElement.innerText.trim()');
    for (let presses = 0; (await focused()) !== 'host api.prices.example'; presses += 1) {
      assert.ok(presses < 10, await focused());
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('End');
    const words =
      /^(?:\d+ \w+ )?\d\d:\d\d:\d\d, host api\.prices\.example: 0 % of \d+ slots, 249 waiting, .*asked to rest\.$/;
    await page.locator('.heat-words', { hasText: words }).waitFor();
    assert.match(await page.evaluate<string>('document.activeElement.ariaLabel'), /249 waiting/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/jobs\?waiting=host%3Aapi\.prices\.example$/);
    await page.locator(`tbody [data-row=${seeded.jobs.stuck}]`).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('filters by keys alone, and keeps the view', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/jobs');
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('sta');
    await page.getByRole('option', { name: 'state:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('compl');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('failure:http.404 since:2h autumn');
    await page.keyboard.press('Enter');
    await page.waitForURL(/state=completed&failure=http\.404&since=2h&q=autumn/);
    await page.getByRole('link', { name: /autumn-catalogue/ }).waitFor();
    await page.getByRole('button', { name: 'Keep this view…' }).click();
    await page.getByLabel('Name of the view').fill('Not found');
    await page.keyboard.press('Enter');
    await page.goto('/jobs');
    await page.getByRole('link', { name: 'Not found', exact: true }).click();
    await page.waitForURL(/failure=http\.404/);
    // The rows of before go first, then that one comes.
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /autumn-catalogue/ }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('finds a row by words, and sees how its attempts went', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto(`/jobs/${seeded.jobs.failed}`);
    const filter = page.getByRole('combobox', { name: /^Filter/ });
    await filter.fill('state:failed broken/3');
    await filter.press('Enter');
    await page.waitForURL(/state=discarded.*q=broken/);
    const rows = page.locator('#rows tbody tr');
    await rows.nth(1).waitFor({ state: 'detached' });
    await rows.filter({ hasText: 'broken/3' }).getByRole('button').click();
    const drawer = page.getByRole('dialog', { name: /^Row / });
    await drawer.getByText('given up').waitFor();
    assert.match(await drawer.innerText(), /For the reason above \(transient, http\.503/);
    await page.goto(`/jobs/${seeded.jobs.stuck}?task=0`);
    await drawer.getByText('told to wait').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('is told the same of each job by every page and by the commands', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    const { stuck, moving, paused, failed } = seeded.jobs;
    const words = { stuck: 'waiting', moving: 'running', paused: 'paused', failed: 'completed' };
    await page.goto('/');
    for (const id of [stuck, moving]) {
      const word = id === stuck ? words.stuck : words.moving;
      const card = page.locator('article.card', { has: page.locator(`[data-row=${id}]`) });
      await card.locator(`.state-${word}`, { hasText: word }).waitFor();
    }
    await page.goto('/jobs');
    const args = ['--server', seeded.url, '--token', seeded.keys.run];
    const listed = await sluice(['jobs', 'ls', ...args], { cwd: seeded.dataDir });
    for (const [name, id] of Object.entries({ stuck, moving, paused, failed })) {
      const word = words[name as keyof typeof words];
      const row = page.locator('tbody tr', { has: page.locator(`[data-row=${id}]`) });
      await row.locator('.state', { hasText: word }).waitFor();
      assert.match(listed.stdout, new RegExp(`^${id} +${word} `, 'm'));
    }
    const shown = await sluice(['jobs', 'show', stuck, ...args], { cwd: seeded.dataDir });
    assert.match(
      shown.stdout,
      /^j_\w+ {2}waiting .*\n {2}Waiting for host api\.prices\.example: asked/,
    );
    await page.goto(`/jobs/${stuck}`);
    await page.locator('.under .state', { hasText: 'waiting' }).waitFor();
    // Those that wait, and those that wait there.
    for (const filter of ['state:waiting', 'waiting:host:api.prices.example']) {
      await page.goto('/jobs');
      await page.locator('tbody tr').nth(3).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(filter);
      await page.keyboard.press('Enter');
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
      await page.locator(`tbody [data-row=${stuck}]`).waitFor();
      assert.equal(await page.getByRole('combobox').inputValue(), filter);
    }
    const only = await sluice(['jobs', 'ls', '--state', 'waiting', ...args], {
      cwd: seeded.dataDir,
    });
    assert.match(only.stdout, new RegExp(`^JOB.*\\n${stuck} +waiting .*\\n$`));
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('is offered to try again what that can help, and a file of what it cannot', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    for (const path of [`/jobs/${seeded.jobs.failed}`, '/failures']) {
      await page.goto(path);
      const refused = page.locator('.group', { hasText: 'is no address of a product' });
      await refused.getByText(/^This row would fail again: what came in is at fault/).waitFor();
      assert.equal(await refused.getByRole('button', { name: /^Retry/ }).count(), 0);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        refused.getByRole('link', { name: /as CSV$/ }).click(),
      ]);
      const text = await readFile(await download.path(), 'utf8');
      assert.match(text, /^line,code,reason,url\r?\n30,input\.bad_url,.*no address/);
      const others = page.locator('.group', { hasText: '404 Not Found' });
      await others.getByRole('button', { name: 'Retry these 12' }).waitFor();
      await others.getByText('Samples', { exact: true }).click();
      const samples = others.locator('details li');
      await samples
        .filter({ hasText: /404 Not Found/ })
        .nth(2)
        .waitFor();
      await samples
        .first()
        .getByText(/ at host \S+\.example/)
        .waitFor();
      assert.equal(await samples.count(), 3);
      await samples
        .first()
        .getByRole('link', { name: /^row \d+$/ })
        .waitFor();
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('is not called for failures that are muted', async () => {
    const call = async (path: string, json?: unknown) => {
      const method = json === undefined ? 'GET' : 'POST';
      return (await seeded.call(method, path, { key: 'run', ...(json ? { json } : {}) })).json;
    };
    const { groups } = await call('/v1/failures');
    const muted: string[] = groups.map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    const [last, ...others] = muted as [string, ...string[]];
    for (const fingerprint of others) await call('/v1/failures/mute', { fingerprint });
    const { page, context } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/');
    await page.getByRole('heading', { level: 1, name: /, 1 needs you\.$/ }).waitFor();
    await call('/v1/failures/mute', { fingerprint: last });
    await page.getByRole('heading', { level: 1, name: /, nothing needs you\.$/ }).waitFor();
    for (const fingerprint of muted) {
      const answer = await seeded.call('POST', '/v1/failures/unmute', {
        key: 'run',
        json: { fingerprint },
      });
      assert.equal(answer.status, 204);
    }
    await page.getByRole('heading', { level: 1, name: /, 1 needs you\.$/ }).waitFor();
    await context.close();
  });

  it('makes a schedule whose runs are delivered, and says where to', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/schedules');
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByLabel('Name').fill('Nightly prices');
    const cron = page.getByLabel('Cron');
    await cron.fill('0 7 * * *');
    await cron.press('Tab');
    await page.getByText(/^Next: .*07:00:00/).waitFor();
    await cron.fill('61 * * * *');
    await page.getByText('Its next times are shown here.').waitFor();
    await cron.press('Tab');
    await page.getByText(/the minute "61" is wrong/).waitFor();
    await cron.fill('0 7 * * *');
    await cron.press('Tab');
    await page.getByText(/^Next: .*07:00:00/).waitFor();
    await page.getByLabel('Do again').selectOption(seeded.jobs.failed);
    await page.getByLabel('While the run before is not over').selectOption('queue');
    await page.getByRole('checkbox', { name: 'archive' }).check();
    await page.getByRole('checkbox', { name: 'warehouse' }).check();
    await page.getByRole('checkbox', { name: 'archive' }).uncheck();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('prices, acme, to warehouse').waitFor();
    const { schedules } = (await seeded.call('GET', '/v1/schedules', { key: 'run' })).json;
    const made = schedules.find(({ name }: { name: string }) => name === 'Nightly prices');
    assert.deepEqual([made.overlap, made.order.deliver], ['queue', ['warehouse']]);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('has a job delivered, and sees how far that is and why it rests', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto(`/jobs/${seeded.jobs.failed}`);
    await page.getByRole('button', { name: 'Deliver to…' }).click();
    await page.getByRole('button', { name: 'Deliver', exact: true }).click();
    await page.getByText('No place is chosen.').waitFor();
    await page.getByRole('checkbox', { name: 'warehouse' }).check();
    await page.getByRole('button', { name: 'Deliver', exact: true }).click();
    const line = page.locator('li', { hasText: 'postgres://127.0.0.1:1/db' });
    await line.getByText('resting').waitFor();
    await line.getByText(/cannot be reached: .*Again at/).waitFor();
    await page.getByRole('button', { name: 'Try again now' }).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
    const { deliveries } = (
      await seeded.call('GET', `/v1/jobs/${seeded.jobs.failed}/deliveries`, { key: 'run' })
    ).json;
    assert.equal(deliveries.length, 1);
  });

  it('has the pools counted anew, after a question', async () => {
    const key = seeded.keys.operator;
    const { page, context, complaints } = await signedIn(browser, seeded.url, key);
    await page.goto('/performance');
    await page.getByRole('button', { name: 'Clear metrics…' }).click();
    await page.getByRole('dialog').getByText('What runs goes on').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Clear metrics' }).click();
    await page.getByText('The pools are counted anew.').first().waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
