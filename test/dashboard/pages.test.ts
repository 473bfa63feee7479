/** Every page in a real browser: to be read by all, by keys alone, on a phone, at 400 %. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PAGE_KEYS } from '../../src/dashboard/page-keys.ts';
import { PAGES } from '../../src/server/dashboard.ts';
import { openBrowser, PATIENCE_MS, type SignedIn, signedIn } from './browser.ts';
import { type Seeded, seedServer } from './seed.ts';
import { HOSTILE } from './shop-sites.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const ALL_RULES = { type: 'tag', values: TAGS };
/** All that a theme changes. */
const CONTRAST = { type: 'rule', values: ['color-contrast'] };
const NODES = ['server-1', 'worker-2'].map((name, i) => ({
  ...{ id: `n_${i}`, name, kind: i === 0 ? 'serve' : 'worker', version: '0.1.0', self: i === 0 },
  ...{ state: i === 0 ? 'working' : 'silent', sinceMs: 1_795_000_000_000, fence: i, shards: 3 },
  ...{ leaseMs: i === 0 ? 8_000 : -4_000, slices: 512, leads: 1, roles: ['schedules'] },
  ...{ seats: 256, running: 12, held: 100 },
}));
const READERS = 2;
const WIDE = { width: 1_280, height: 800 };
const NARROW = { width: 320, height: 640 };

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
    `/jobs/${seeded.jobs.failed}?tab=attempts`,
    `/jobs/${seeded.jobs.stuck}?tab=attempts&which=kept&task=0`,
    `/jobs/${seeded.jobs.failed}?tab=log`,
    `/jobs/${seeded.jobs.failed}?tab=events`,
    '/jobs/j_nothing',
    '/failures',
    '/limits',
    '/limits?view=table',
    '/accounts',
    '/schedules',
    '/collections',
    '/collections?name=leads',
    '/collections?name=leads&prefix=none',
    '/collections?name=leads&prefix=10&key=1000',
    '/leads',
    '/channels',
    '/new?collector=prices',
    '/performance',
    '/bench',
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
    const ids: string[] = [];
    for (const [i, name] of [HOSTILE[0], HOSTILE[1], HOSTILE[2]].entries()) {
      const json = { service: 'x', name, secret: `token-of-${i}` };
      const answer = await seeded.call('POST', '/v1/accounts', { key: 'admin', json });
      assert.equal(answer.status, 201, answer.text);
      ids.push(answer.json.id);
    }
    const rest = { key: 'admin', json: { forMs: 600_000, why: HOSTILE[0] } } as const;
    await seeded.call('POST', `/v1/accounts/${ids[0]}/rest`, rest);
    await seeded.call('POST', `/v1/accounts/${ids[1]}/retire`, { key: 'admin', json: {} });
    await seeded.call('POST', '/v1/keys', {
      key: 'admin',
      json: { name: HOSTILE.slice(0, 3).join() },
    });
    const { groups } = (await seeded.call('GET', '/v1/failures', { key: 'admin' })).json;
    const { fingerprint } = groups.find(({ count }: { count: number }) => count === 1);
    const mute = { fingerprint, forMs: 60_000_000, why: HOSTILE.slice(0, 3).join(' ') };
    await seeded.call('POST', '/v1/failures/mute', { key: 'admin', json: mute });
  });
  after(async () => {
    await browser?.close();
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  it('shuts nobody out: by axe in both themes, and no wider than a phone or 400 % of zoom', async () => {
    const shown = paths().map((path) => new URL(path, seeded.url).pathname);
    for (const path of PAGES) {
      assert.ok(
        shown.some((each) => each.replace(/j_\w+/, ':id') === path),
        `${path} is not looked at`,
      );
    }
    // By several readers at the same time.
    const parts = Array.from({ length: READERS }, (_, i) =>
      paths().filter((_, at) => at % READERS === i),
    );
    await Promise.all(parts.map(lookAt));
  });

  async function lookAt(some: readonly string[]): Promise<void> {
    const { page, context, complaints } = await asOperator();
    for (const path of some) {
      await open(page, path);
      if (path === '/' || path === '/nodes') await page.getByText('worker-2').waitFor();
      if (path === '/bench') await page.getByText('Two runs compared').waitFor();
      const muted = page.locator('.muted > summary');
      if ((await muted.count()) > 0) await muted.click();
      await check(page, path);
      await isPlain(page, path);
      // 1280 points at 400 % are as wide as a narrow phone; tables alone are scrolled sideways.
      await page.setViewportSize(NARROW);
      assert.ok(await fits(page, NARROW.width), `${path} is wider than ${NARROW.width}`);
      await page.setViewportSize(WIDE);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }

  /** As it would be among several nodes, looking at one tenant, which outlives loading. */
  async function asOperator(): Promise<SignedIn> {
    const options = { viewport: WIDE, colorScheme: 'light' } as const;
    const signed = await signedIn(browser, seeded.url, seeded.keys.operator, options);
    const { page } = signed;
    await page.route('**/v1/nodes', (route) => route.fulfill({ json: { nodes: NODES } }));
    // With a release more, measured elsewhere: to be compared.
    await page.route('**/v1/benchmarks', async (route) => {
      const { runs } = (await (await route.fetch()).json()) as { runs: readonly object[] };
      const machine = `4 × ${HOSTILE[0]} ${HOSTILE[1]}`;
      const next = { ...runs.at(-1), name: 'next', release: '0.2.0', machine, state: 'busy' };
      await route.fulfill({ json: { runs: [...runs, next] } });
    });
    await page.goto('/');
    await page.locator('.rail select').selectOption('acme');
    return signed;
  }

  it('shuts nobody out of what opens over a page', async () => {
    const { page, context, complaints } = await asOperator();
    await open(page, `/jobs/${seeded.jobs.failed}`);
    await page.locator('summary', { hasText: 'Download' }).click();
    await check(page, 'the downloads');
    await page.getByRole('button', { name: 'Retry all failed…' }).click();
    await page.getByRole('dialog').waitFor();
    await check(page, 'a question');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await check(page, 'the help');
    for (const [path, button] of [
      ['/failures', /^Mute…/],
      ['/leads', 'New list'],
      ['/schedules', 'New schedule'],
      ['/accounts', 'Add an account'],
      ['/settings', 'New key'],
      ['/settings?tab=tenants', 'New tenant'],
    ] as const) {
      await open(page, path);
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog').waitFor();
      await check(page, `${path}, its dialog`);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('leaves a phone to the page: the pages are behind one button, and all can be touched', async () => {
    const { page, context, complaints } = await asOperator();
    await page.setViewportSize(NARROW);
    const heightOf = async () => (await page.locator('.rail').boundingBox())?.height ?? 0;
    for (const path of ['/', '/jobs', '/limits', '/failures', '/bench']) {
      await open(page, path);
      assert.ok((await heightOf()) <= 56, `${path}: ${await heightOf()}`);
      const small = await violations(page, { type: 'rule', values: ['target-size'] });
      assert.deepEqual(small, [], path);
    }
    const menu = page.getByRole('button', { name: 'Menu' });
    await menu.focus();
    await page.keyboard.press('Enter');
    assert.equal(await menu.getAttribute('aria-expanded'), 'true');
    assert.deepEqual(await violations(page, ALL_RULES), []);
    assert.ok(await fits(page, NARROW.width));
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Schedules' }).waitFor({ state: 'hidden' });
    assert.equal(await focusedText(page), 'Menu');
    await menu.click();
    await page.getByRole('link', { name: 'Schedules' }).click();
    await page.locator('h1:focus').waitFor();
    await page.getByRole('link', { name: 'Schedules' }).waitFor({ state: 'hidden' });
    assert.deepEqual(complaints, []);
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
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto('/');
    await page.getByLabel('Key', { exact: true }).waitFor();
    assert.deepEqual(await violations(page, ALL_RULES), []);
    await tabTo(page, (focused) => focused.startsWith('INPUT'));
    await page.keyboard.type(seeded.keys.run);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /running/ }).waitFor();
    // Every page by two keys, with focus on its heading; the one that is there comes last.
    const [first, ...others] = Object.entries(PAGE_KEYS);
    for (const [key, path] of [...others, first as [string, string]]) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.pathname === path);
      await page.locator('h1:focus').waitFor();
    }
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
    // The rows of before go first.
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
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
    // Muted, and the muting undone.
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.getByRole('heading', { level: 1, name: /rows failed/ }).waitFor();
    await tabTo(page, (focused) => focused === 'BUTTON Mute…');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Mute this group?' }).waitFor();
    await tabTo(page, (focused) => focused.startsWith('INPUT'));
    await page.keyboard.type('It is known.');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /2 groups muted/ }).waitFor();
    await tabTo(page, (focused) => focused === 'BUTTON Undo');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /1 group muted/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Failures' }).waitFor();
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

/** Charts take a moment to follow. */
async function fits(page: Page, width: number): Promise<boolean> {
  for (let looks = 0; looks < 40; looks += 1) {
    if ((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width) return true;
    await page.waitForTimeout(50);
  }
  return false;
}

/** What others wrote is text on every page: it made no element, ran nothing and turned nothing. */
async function isPlain(page: Page, path: string): Promise<void> {
  const made = await page.locator('main img, main b b').count();
  const text = await page.evaluate<string>("document.body.textContent ?? ''");
  const turned = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text);
  assert.deepEqual([made, turned], [0, false], path);
  assert.match(await page.title(), /Sluice$/, path);
}

async function check(page: Page, what: string): Promise<void> {
  assert.deepEqual(await violations(page, ALL_RULES), [], what);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await violations(page, CONTRAST), [], `${what}, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

async function violations(page: Page, runOnly: object): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(AXE);
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
