/** The tabs of a job that say what has happened, in a real browser: by keys, and without moving. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, signedIn } from './browser.ts';
import { type Seeded, seedServer } from './seed.ts';

describe('what has happened in a job, in the browser', () => {
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

  const rows = (page: Page) => page.getByRole('region', { name: 'Attempts' }).locator('tbody tr');
  const firstRow = async (page: Page) => rows(page).first().innerText();
  const fresh = (page: Page) => page.getByRole('button', { name: /^\d+ new attempts?, show$/ });
  /** The first row is another one. */
  const moved = async (page: Page, from: string) => {
    while ((await firstRow(page)) === from) await page.waitForTimeout(50);
  };

  it('keeps attempts where they are until they are asked for, or followed', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto(`/jobs/${seeded.jobs.moving}`);
    await page.getByRole('button', { name: 'Attempts', exact: true }).press('Enter');
    await rows(page).first().waitFor();
    assert.match(page.url(), /tab=attempts/);
    const before = await firstRow(page);
    assert.match(before, /got through/);
    await fresh(page).waitFor();
    assert.equal(await firstRow(page), before, 'nothing moves');
    await fresh(page).press('Enter');
    await moved(page, before);
    await page.getByLabel('Follow').press('Space');
    assert.match(page.url(), /follow=1/);
    await moved(page, await firstRow(page));
    // Whoever reads a row by keys keeps it, also from an answer that is on its way.
    const answers = Promise.withResolvers<void>();
    const list = /\/attempts\/latest\?.*limit=50/;
    await page.route(list, async (route) => {
      await answers.promise;
      await route.continue();
    });
    const asked = await page.waitForRequest(list);
    await rows(page).nth(3).locator('[data-row]').focus();
    const read = await rows(page).nth(3).innerText();
    answers.resolve();
    await (await asked.response())?.finished();
    await page.getByRole('button', { name: /^\d{3} new attempts, show$/ }).waitFor();
    assert.equal(await rows(page).nth(3).innerText(), read);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('It got through at the first attempt.').waitFor();
    await page.keyboard.press('Escape');
    // The address has it all: opened anew it is the same, and the way back leads out of it.
    await page.getByRole('button', { name: 'Got through' }).press('Enter');
    assert.match(page.url(), /end=completed/);
    await page.getByRole('button', { name: 'Older' }).press('Enter');
    await page.waitForURL(/before=\d+/);
    await page.reload();
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'Newest' }).waitFor();
    await page.goBack();
    await page.getByLabel('Follow').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('tells kept attempts with their requests, the log by level, and events as data', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto(`/jobs/${seeded.jobs.failed}?tab=attempts&which=kept`);
    await rows(page).first().waitFor();
    assert.equal(await rows(page).count(), 20);
    assert.equal(await page.locator('main img, main b b').count(), 0);
    await rows(page).last().locator('[data-row]').press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/^1 request, \d+ B received\.$/).waitFor();
    await dialog.getByText(/^GET 404: http:\/\/shop\.example\/missing\//).press('Enter');
    await dialog.getByText('user-agent', { exact: true }).waitFor();
    await dialog.getByText('application/json', { exact: true }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Log', exact: true }).press('Enter');
    await page.getByText('The job is completed').waitFor();
    await page.getByRole('button', { name: 'Errors' }).press('Enter');
    await page.getByText(/^Row 27 failed: Sold out/).waitFor();
    await page.getByText('The job is completed').waitFor({ state: 'detached' });
    assert.doesNotMatch(page.url(), /which=/, 'of another tab');

    await page.getByRole('button', { name: 'Events', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'States' }).press('Enter');
    const events = page.getByRole('region', { name: 'Events' }).locator('tbody tr');
    await page.getByRole('cell', { name: 'The job is completed' }).waitFor();
    await events.first().getByText('As data').press('Enter');
    await events.first().getByText('"state": "completed"').first().waitFor();

    await page.getByRole('button', { name: 'Input', exact: true }).press('Enter');
    const { bytes, sha256 } = (
      await seeded.call('GET', `/v1/jobs/${seeded.jobs.failed}/input`, { key: 'run' })
    ).json;
    assert.ok(bytes > 100);
    await page.getByText(sha256).waitFor();
    const curl = await page.getByText(/^curl -H/).innerText();
    assert.ok(curl.includes(`"input":{"job":"${seeded.jobs.failed}"}`), curl);
    await page.getByText(/^sluice submit prices autumn-catalogue\.csv --column url/).waitFor();

    // The chart for all: in words, and as a table with what changed.
    await page.getByText(/half of \d+ attempts ran for up to \d+ ms/).waitFor();
    await page.getByText('As a table').first().press('Enter');
    const table = page.getByRole('region', { name: 'Throughput, times and changes as a table' });
    await table.getByRole('columnheader', { name: '95 of 100 queued up to' }).waitFor();
    await table.getByText('The server was started, version').first().waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
