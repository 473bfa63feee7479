/** What is done in the browser by the reader: limits, filters, views, metrics; and rows looked into. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
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
