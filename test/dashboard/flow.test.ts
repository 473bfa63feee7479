/** In a real browser: from signing in to the results, watched live, over a killed server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { scratch, start } from '../e2e/sluice-process.ts';
import { listen, openBrowser, signedIn } from './browser.ts';
import { addresses, type Seeded, SHOP_COLLECTOR, seedServer } from './seed.ts';
import { openShops } from './shop-sites.ts';

const ROWS = 500;
const DONE = new RegExp(`^Done in .*: ${ROWS} rows, none failed`);

describe('in the browser', () => {
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

  it('shows on the first page, without a click, which job is stuck, on what and until when', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/');
    await page
      .getByRole('heading', { level: 1, name: /1 waiting on host api\.prices\.example until/ })
      .waitFor();
    const stuck = page.locator('article.card-stuck');
    assert.equal(await stuck.count(), 1);
    const words = await stuck.innerText();
    assert.match(words, /partner-prices\.csv/);
    // The day stands before a time that is not today's.
    assert.match(
      words,
      /Waiting for host api\.prices\.example: asked for rest until (?:\d+ \w+ )?\d\d:\d\d:\d\d \(in \d+ min\), 249 rows waiting\./,
    );
    assert.match(
      await page.locator('h1').innerText(),
      /^2 jobs running, .*1 paused, 1 needs you\.$/,
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('retries one group of failures alone, in three clicks from the first page', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/');
    seeded.shops.heal();
    await page.getByRole('link', { name: '21 of 29 rows failed' }).click();
    await page.getByRole('button', { name: 'Retry these 5', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry these 5' }).click();
    await page.getByText('Tried again: 5 rows.', { exact: true }).first().waitFor();
    await page
      .getByRole('heading', { level: 1, name: /^Done in .*: 29 rows, 16 failed/ })
      .waitFor();
    const { counters } = (await seeded.call('GET', `/v1/jobs/${seeded.jobs.failed}`)).json;
    assert.deepEqual([counters.completed, counters.discarded], [13, 16]);
    // What others wrote is text: nothing of it ran, turned or grew the page.
    assert.match(await page.getByText('Sold out: <img').first().innerText(), /onerror=/);
    assert.equal(await page.locator('main img, main b b').count(), 0);
    assert.match(await page.title(), /Sluice$/);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('tells when failures happened, mutes one group for a while, and gives its rows', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/');
    // From the first page in three clicks as well.
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    const group = page.locator('.group', { hasText: '404 Not Found' });
    const chart = group.getByRole('img', { name: /^\d+ in the last 1 h, most \(\d+\) between/ });
    await chart.waitFor();
    await group.getByRole('button', { name: 'Retry these' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry these' }).click();
    await page
      .getByText(/^Tried again: \d+ rows?\.$/)
      .first()
      .waitFor();
    await group.getByRole('button', { name: /^Mute…/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For').selectOption('a week');
    await dialog.getByLabel('Why').fill('The pages are gone for good.');
    await dialog.getByRole('button', { name: 'Mute 1 group' }).click();
    await page.getByRole('heading', { level: 1, name: /, 1 group muted\.$/ }).waitFor();
    // Folded with what it is, not gone.
    const folded = page.locator('details.muted');
    await folded.getByText(/^1 muted group with \d+ rows$/).click();
    await folded.getByText(/^Muted by run, .* until .*: The pages are gone for good\.$/).waitFor();
    const other = await signedIn(browser, seeded.url, seeded.keys.operator);
    await other.page.goto('/failures');
    await other.page.locator('.group').first().waitFor();
    assert.equal(await other.page.locator('details.muted').count(), 0);
    await other.context.close();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      group
        .getByRole('link', { name: /as CSV$/ })
        .first()
        .click(),
    ]);
    const [names, first] = (await readFile(await download.path(), 'utf8')).split(/\r?\n/);
    assert.equal(names, 'line,code,reason,url');
    assert.match(first as string, /^\d+,http\.404,shop\.example answered 404 Not Found\.,http:/);
    await folded.getByRole('button', { name: /^Unmute/ }).click();
    await page.locator('details.muted').waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('shows what is kept across jobs: by key, by when it changed, as a file', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/collections');
    await page.getByRole('link', { name: 'leads', exact: true }).click();
    await page.getByRole('button', { name: '1000', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'First' }).waitFor();
    await page.getByLabel('Beginning of the key').fill('111');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('button', { name: '1110', exact: true }).waitFor();
    await page.locator('tbody tr').nth(10).waitFor({ state: 'detached' });
    assert.equal(await page.locator('tbody tr').count(), 10);
    await page.getByLabel('Changed').selectOption('in the last hour');
    await page.waitForURL(/since=1h/);
    await page.locator('summary', { hasText: 'Download' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    assert.equal(text.trim().split('\n').length, 11);
    await page.getByRole('button', { name: '1110', exact: true }).click();
    await page.getByRole('dialog', { name: '1110' }).getByText('"user110"').waitFor();
    await page.keyboard.press('Escape');
    // Each tenant keeps its own.
    const other = await signedIn(browser, seeded.url, seeded.keys.other);
    for (const [path, words] of [
      ['/collections', /^Nothing is kept/],
      ['/leads', /^Lead lists$/],
      ['/channels', /^Channels$/],
    ] as const) {
      await other.page.goto(path);
      await other.page.getByRole('heading', { level: 1, name: words }).waitFor();
      await other.page.locator('.empty').waitFor();
    }
    await other.context.close();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('collects a lead list now, and shows its leads', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/leads');
    await page
      .getByRole('heading', { level: 1, name: '2 lists with 120 leads, 1 failed.' })
      .waitFor();
    await page.getByRole('link', { name: '120 leads of' }).click();
    await page.getByRole('heading', { level: 1, name: 'lead-list-members' }).waitFor();
    await page.locator('tbody tr').nth(49).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^Collect now: .*somebody/ }).click();
    await page.waitForURL(/\/jobs\/j_/);
    const id = new URL(page.url()).pathname.split('/').at(-1) as string;
    const job = (await seeded.call('GET', `/v1/jobs/${id}`)).json;
    assert.equal(job.collector, 'leads');
    await seeded.call('POST', `/v1/jobs/${id}/cancel`);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('shows each tenant its own, and an operator all or one', async () => {
    const other = await signedIn(browser, seeded.url, seeded.keys.other);
    await other.page.goto('/jobs');
    await other.page.getByRole('link', { name: /elsewhere/ }).waitFor();
    assert.equal(await other.page.locator('tbody tr').count(), 1);
    await other.page.goto(`/jobs/${seeded.jobs.moving}`);
    await other.page.getByText('There is no job').first().waitFor();
    await other.page.goto('/');
    await other.page.getByRole('link', { name: /elsewhere/ }).waitFor();
    assert.ok(!(await other.page.locator('main').innerText()).includes('acme'));
    await other.context.close();
    const operator = await signedIn(browser, seeded.url, seeded.keys.operator);
    await operator.page.goto('/jobs');
    await operator.page.locator('tbody tr').nth(4).waitFor();
    await operator.page.locator('.rail select').selectOption('other');
    await operator.page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    assert.equal(await operator.page.locator('tbody tr').count(), 1);
    await operator.context.close();
  });

  it('starts a job from a file that is dropped, after a look at it', async () => {
    const { page, context, complaints } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/new');
    await page.getByRole('button', { name: /^prices/ }).click();
    const rows = addresses('shop.example', 'item/', 40).map(({ url }, i) => `${i};"${url}"`);
    const csv = ['no;url', ...rows, '41;=cmd()', ''].join('\n');
    assert.ok(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled());
    await page.getByLabel('Drop a file here').setInputFiles({
      name: 'dropped.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(csv),
    });
    const preview = page.getByRole('region', { name: 'The first rows' });
    await preview.waitFor();
    assert.equal(await preview.locator('tbody tr').count(), 20);
    await page.getByLabel('Column with the product pages').selectOption('url');
    await page.getByLabel('Currency', { exact: true }).selectOption('USD');
    await page.getByRole('spinbutton', { name: 'Pages' }).fill('3');
    await page.getByLabel('Words', { exact: true }).fill('red\nblue');
    await page.locator('summary', { hasText: 'More' }).click();
    await page.getByRole('checkbox', { name: 'archive' }).check();
    await page.getByRole('button', { name: 'Start 41 rows' }).click();
    await page.getByRole('heading', { level: 1, name: /^Done in .*: 41 rows, 1 failed/ }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const job = (await seeded.call('GET', `/v1/jobs/${id}`)).json;
    assert.deepEqual(job.options, {
      currency: 'USD',
      pages: 3,
      words: ['red', 'blue'],
    });
    assert.deepEqual([job.input.name, job.input.column], ['dropped.csv', 'url']);
    const places = job.deliveries.map(({ place }: { place: string }) => place);
    assert.deepEqual(places, ['postgres://127.0.0.1:1/old']);
    // Refused as a whole, the field says so, and takes another file.
    await page.goto('/new?collector=prices');
    const field = page.getByLabel('Drop a file here');
    const give = (name: string, bytes: string) =>
      field.setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(bytes, 'latin1') });
    const refused = page.locator('section', { has: field }).getByRole('alert');
    for (const [name, bytes, told] of [
      ['nothing.csv', '', /nothing\.csv is empty\..*A list has/],
      ['picture.csv', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', /looks like a PNG image\..*Save it as CSV/],
    ] as const) {
      await give(name, bytes);
      await refused.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: /^Start/ }).click();
      await refused.waitFor();
      assert.match(await refused.innerText(), told);
      assert.equal(await page.getByRole('alert').count(), 1);
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.equal(await page.evaluate('document.activeElement.type'), 'file');
    }
    await give('good.csv', 'no;url\n1;https://shop.example/item/1\n');
    await page.getByRole('button', { name: 'Start 1 row' }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('asks nothing at all while it is paused', async () => {
    const { page, context } = await signedIn(browser, seeded.url, seeded.keys.run);
    await page.goto('/');
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.locator('article.card').first().waitFor();
    await page.keyboard.press('l');
    await page.getByRole('button', { name: 'Paused' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.waitForTimeout(2_500);
    assert.deepEqual(asked, []);
    await Promise.all([page.waitForRequest(/\/v1\/events/), page.keyboard.press('l')]);
    await context.close();
  });
});

describe('a live page', () => {
  it('comes back by itself to a server that was killed: no gap, nothing twice', async (test) => {
    // Slow enough for a busy machine to see it move; quick once that was seen.
    const shops = await openShops(600);
    test.after(() => shops.close());
    using data = scratch();
    const sites = ['--collector', SHOP_COLLECTOR];
    const env = { SLUICE_RESOLVE: `*=127.0.0.1:${shops.port}`, SLUICE_HOST_CONCURRENCY: '8' };
    const serve = (port: string) =>
      start(['serve', '--port', port, ...sites], { cwd: data.path, env });
    let server = serve('0');
    test.after(() => server.child.kill('SIGKILL'));
    const url = (await server.said(/http:\/\/127\.0\.0\.1:\d+/))[0];
    const key = (await server.said(/sk_[\w.-]+/))[0];
    const browser = await openBrowser();
    test.after(() => browser.close());
    const context = await browser.newContext({ baseURL: url });
    const page = await context.newPage();
    const complaints = listen(page);
    const events = await eventsOf(page);
    // By the form, as people do.
    await page.goto('/');
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: /^Nothing runs/ }).waitFor();
    const body = ['url', ...addresses('shop.example', 'slow/', ROWS).map((row) => row.url), ''];
    const answer = await fetch(`${url}/v1/uploads?collector=prices&name=list.csv`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
      body: body.join('\n'),
    });
    const { job } = (await answer.json()) as { readonly job: { readonly id: string } };
    const heard = events.length;
    await page.goto(`/jobs/${job.id}`);
    await page.getByRole('heading', { level: 1, name: /^Moving/ }).waitFor();
    await untilTrue(() => events.filter(({ name }) => name === 'job.progress').length >= 3);
    const before = events.length;
    server.child.kill('SIGKILL');
    await server.ended;
    await page.getByText(/Reconnecting, last heard .*, tried (?:now|again in)/).waitFor();
    server = serve(new URL(url).port);
    await server.said(/http:\/\/127\.0\.0\.1:\d+/);
    await page.getByRole('button', { name: 'Live', exact: true }).waitFor();
    await untilTrue(() => events.length >= before + 2);
    shops.pace(10);
    await page.getByRole('heading', { level: 1, name: DONE }).waitFor({
      timeout: 40_000,
    });
    const after = events.slice(before);
    assert.deepEqual(
      after.slice(0, 2).map(({ name }) => name),
      ['reset', 'snapshot'],
    );
    // Numbers rise by themselves and over the restart: none came twice, none of the job was missed.
    // The page before it may have heard of the job, too: from the snapshot of this one on.
    const opened = events.findIndex(({ name }, i) => i >= heard && name === 'snapshot');
    const ids = events
      .slice(opened)
      .filter(({ id }) => id !== '')
      .map(({ id }) => Number(id));
    const rising = [...new Set(ids)].sort((a, b) => a - b);
    assert.deepEqual(ids, rising);
    const states = after.filter(({ name }) => name === 'job.state');
    assert.equal(states.length, 1);
    const { counters } = (await (
      await fetch(`${url}/v1/jobs/${job.id}`, { headers: { authorization: `Bearer ${key}` } })
    ).json()) as { readonly counters: { readonly completed: number; readonly records: number } };
    assert.deepEqual([counters.completed, counters.records], [ROWS, ROWS]);
    // And what was found, from the same page.
    await page.locator('summary', { hasText: 'Download' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).first().click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    assert.equal(text.trim().split('\n').length, ROWS + 1);
    assert.deepEqual(
      complaints.filter((each) => !each.includes('ERR_')),
      [],
    );
    server.child.kill('SIGKILL');
    await server.ended;
  });
});

interface Seen {
  readonly name: string;
  readonly id: string;
}

/** Every event that the page gets, by its number, as the browser sees them. */
async function eventsOf(page: Page): Promise<Seen[]> {
  const seen: Seen[] = [];
  const devtools: CDPSession = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  devtools.on('Network.eventSourceMessageReceived', ({ eventName, eventId }) => {
    seen.push({ name: eventName, id: eventName === 'reset' ? '' : eventId });
  });
  return seen;
}

async function untilTrue(is: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(20_000);
  while (!is()) {
    assert.ok(!deadline.aborted, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
