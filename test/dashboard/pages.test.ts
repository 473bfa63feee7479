/** Every page in a real browser: to be read by all, by keys alone, on a phone, at 400 %. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, signedIn } from './browser.ts';
import { type Seeded, seedServer } from './seed.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** All rules once; what a theme changes is contrast. */
const LOOKS = [
  { colorScheme: 'light', runOnly: { type: 'tag', values: TAGS } },
  { colorScheme: 'dark', runOnly: { type: 'rule', values: ['color-contrast'] } },
] as const;

describe('every page', () => {
  let browser: Browser;
  let seeded: Seeded;
  const cleanUps: (() => unknown)[] = [];
  const paths = () => [
    '/',
    '/jobs',
    '/jobs?state=failed',
    `/jobs/${seeded.jobs.moving}`,
    `/jobs/${seeded.jobs.stuck}`,
    `/jobs/${seeded.jobs.failed}?tab=items`,
    `/jobs/${seeded.jobs.failed}?task=25`,
    `/jobs/${seeded.jobs.paused}?tab=input`,
    '/jobs/j_nothing',
    '/failures',
    '/limits',
    '/limits?view=table',
    '/accounts',
    '/schedules',
    '/new?collector=prices',
    '/performance',
    '/nodes',
    '/settings',
    '/settings?tab=tenants',
    '/settings?tab=configuration',
  ];
  before(async () => {
    [browser, seeded] = await Promise.all([
      openBrowser(),
      seedServer({ after: (run) => cleanUps.push(run as () => unknown) }),
    ]);
    const secret = { access_token: 'x' };
    for (const name of ['first', 'second']) {
      const json = { service: 'x', name, secret };
      await seeded.call('POST', '/v1/accounts', { key: 'admin', json });
    }
  });
  after(async () => {
    await browser?.close();
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  for (const { colorScheme, runOnly } of LOOKS) {
    it(`has nothing that shuts somebody out, ${colorScheme}`, async () => {
      const { page, context, complaints } = await signedIn(
        browser,
        seeded.url,
        seeded.keys.operator,
        { colorScheme },
      );
      for (const path of paths()) {
        await open(page, path);
        assert.deepEqual(await violations(page, runOnly), [], path);
      }
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  it('is whole on a phone and at 400 %: only tables are scrolled sideways', async () => {
    // 1280 points at 400 % are as wide as a narrow phone.
    const viewport = { width: 320, height: 640 };
    const { page, context } = await signedIn(browser, seeded.url, seeded.keys.operator, {
      viewport,
    });
    for (const path of paths()) {
      await open(page, path);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= viewport.width, `${path} is ${wide} wide on ${viewport.width}`);
    }
    await context.close();
  });

  it('keeps what a lesser key may not do to itself, and says who can give more', async () => {
    const { page, context } = await signedIn(browser, seeded.url, seeded.keys.read);
    await open(page, `/jobs/${seeded.jobs.failed}`);
    await page.getByRole('heading', { name: 'Failures' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Retry|Pause|Cancel|Delete/ }).count(), 0);
    for (const path of ['/accounts', '/new', '/settings', '/performance']) {
      await open(page, path);
      await page.getByText('Your key may not see this').waitFor();
    }
    await context.close();
  });

  it('works by keys alone: from signing in to one group that is retried', async () => {
    const context = await browser.newContext({ baseURL: seeded.url });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto('/');
    await page.getByLabel('Key', { exact: true }).waitFor();
    await tabTo(page, (focused) => focused.startsWith('INPUT'));
    await page.keyboard.type(seeded.keys.run);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /running/ }).waitFor();
    // To the jobs by two keys, to a job by two more.
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await page.locator('tbody tr').first().waitFor();
    assert.equal(await focusedText(page), 'Jobs');
    await page.keyboard.press('/');
    await page.keyboard.type('state:completed');
    await page.keyboard.press('Enter');
    await page.waitForURL(/state=completed/);
    await page.getByRole('link', { name: /autumn-catalogue/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    assert.match(await focusedText(page), /autumn-catalogue/);
    await page.keyboard.press('x');
    await page.getByText('1 job selected').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Failures' }).waitFor();
    // One group of failures: its button, the question, and focus comes back.
    seeded.shops.heal();
    await tabTo(page, (focused) => focused === 'BUTTON Retry these 5');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, (focused) => focused === 'BUTTON Retry these 5');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('Tried again: 5 rows.').first().waitFor();
    // A row, opened and closed; help, and away.
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo(page, (focused) => focused === 'BUTTON 8');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Row 8' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await focusedText(page), '8');
    await page.keyboard.press('t');
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'light');
    await context.close();
  });
});

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('h1').waitFor();
  await page.locator('h1', { hasText: 'Looking…' }).waitFor({ state: 'detached' });
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

async function violations(page: Page, runOnly: object): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    // biome-ignore lint/suspicious/noExplicitAny: it has put itself there
    const { violations } = await (globalThis as any).axe.run({
      runOnly: rules,
      resultTypes: ['violations'],
    });
    return violations.map(
      (each: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
        `${each.id}: ${each.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`,
    );
  }, runOnly);
}

async function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement?.textContent ?? ''");
}

/** Presses Tab until what has focus is as wanted. */
async function tabTo(page: Page, is: (focused: string) => boolean): Promise<void> {
  for (let presses = 0; presses < 150; presses += 1) {
    const focused = await page.evaluate<string>(
      "[document.activeElement?.tagName, document.activeElement?.textContent?.trim()].join(' ')",
    );
    if (is(focused)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('it cannot be reached by Tab');
}
