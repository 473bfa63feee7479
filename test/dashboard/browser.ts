/** A real browser for tests, Debian's: found by `SLUICE_TEST_CHROMIUM` or where it usually is. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A busy machine may take its time. */
export const PATIENCE_MS = 40_000;

export function findChromium(): string {
  const named = process.env.SLUICE_TEST_CHROMIUM;
  const found = named || PLACES.find((path) => existsSync(path));
  assert.ok(
    found,
    'there is no Chromium: apt-get install chromium, or name one in SLUICE_TEST_CHROMIUM',
  );
  return found;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ['--disable-gpu'] });
}

export interface SignedIn {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained of: errors of scripts, and of the policy. */
  readonly complaints: string[];
}

export type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

/** A new browser profile that is signed in with `key`; its page is still empty. */
export async function signedIn(
  browser: Browser,
  url: string,
  key: string,
  options: ContextOptions = {},
): Promise<SignedIn> {
  const context = await browser.newContext({ baseURL: url, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = listen(page);
  const answer = await context.request.post('/v1/session', {
    data: { key },
    headers: { 'sluice-page': '1' },
  });
  assert.equal(answer.status(), 200, await answer.text());
  return { context, page, complaints };
}

export function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // A refused answer is shown on the page; the browser notes it as well.
    if (message.type() === 'error' && !/^Failed to load resource/.test(text)) complaints.push(text);
  });
  return complaints;
}
