/**
 * Pictures of the dashboard, made from a server with something of everything:
 *
 *     node docs/screenshots.ts [DIRECTORY]
 *
 * Without a directory those that the documents show are written anew.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser, signedIn } from '../test/dashboard/browser.ts';
import { type Seeded, seedServer } from '../test/dashboard/seed.ts';

const WIDTH = 1_280;

interface Shot {
  readonly name: string;
  readonly path: (seeded: Seeded) => string;
  /** The tenant that is looked at: of what each keeps for itself. */
  readonly of?: string;
  /** What stands at the upper edge in the documents. */
  readonly at?: string;
  /** Shown in the documents. */
  readonly shown?: true;
}

const SHOTS: readonly Shot[] = [
  { name: 'now', path: () => '/', shown: true },
  { name: 'jobs', path: () => '/jobs' },
  { name: 'job', path: ({ jobs }) => `/jobs/${jobs.moving}` },
  { name: 'job-stuck', path: ({ jobs }) => `/jobs/${jobs.stuck}` },
  { name: 'job-failed', path: ({ jobs }) => `/jobs/${jobs.failed}`, shown: true },
  { name: 'job-items', path: ({ jobs }) => `/jobs/${jobs.failed}?tab=items` },
  {
    name: 'job-attempts',
    path: ({ jobs }) => `/jobs/${jobs.moving}?tab=attempts`,
    at: 'nav.tabs',
    shown: true,
  },
  { name: 'job-kept', path: ({ jobs }) => `/jobs/${jobs.failed}?tab=attempts&which=kept` },
  { name: 'job-log', path: ({ jobs }) => `/jobs/${jobs.moving}?tab=log` },
  { name: 'job-input', path: ({ jobs }) => `/jobs/${jobs.moving}?tab=input` },
  { name: 'job-events', path: ({ jobs }) => `/jobs/${jobs.moving}?tab=events` },
  { name: 'task', path: ({ jobs }) => `/jobs/${jobs.failed}?task=9` },
  { name: 'limits', path: () => '/limits', shown: true },
  { name: 'failures', path: () => '/failures', shown: true },
  { name: 'collections', path: () => '/collections', of: 'acme' },
  { name: 'entries', path: () => '/collections?name=leads', of: 'acme' },
  { name: 'leads', path: () => '/leads', of: 'acme' },
  { name: 'channels', path: () => '/channels', of: 'acme' },
  { name: 'accounts', path: () => '/accounts' },
  { name: 'schedules', path: () => '/schedules' },
  { name: 'new', path: () => '/new?collector=prices' },
  { name: 'configuration', path: () => '/settings?tab=configuration' },
  { name: 'performance', path: () => '/performance' },
  { name: 'bench', path: () => '/bench' },
  { name: 'nodes', path: () => '/nodes' },
  { name: 'settings', path: () => '/settings' },
];

const [directory, only] = process.argv.slice(2);
const target = directory ?? fileURLToPath(new URL('./pictures/', import.meta.url));
const cleanUps: (() => unknown)[] = [];
const seeded = await seedServer({ after: (run) => cleanUps.push(run as () => unknown) });
const browser = await openBrowser();
try {
  await mkdir(target, { recursive: true });
  // So that there is a past to be shown.
  await delay(Number(process.env.SLUICE_SEED_S ?? 45) * 1_000);
  for (const colorScheme of ['light', 'dark'] as const) {
    // In the documents the first page alone is shown in both.
    const options = { colorScheme, viewport: { width: WIDTH, height: 800 } };
    const { page, context } = await signedIn(browser, seeded.url, seeded.keys.operator, options);
    await page.goto('/');
    for (const { name, path, at, shown, of = '' } of SHOTS) {
      if (directory === undefined && !(shown && (colorScheme === 'light' || name === 'now'))) {
        continue;
      }
      if (only !== undefined && !name.startsWith(only)) continue;
      await page.evaluate(`sessionStorage.setItem('sluice.tenant', '${of}')`);
      await page.goto(path(seeded));
      await page.locator('h1').waitFor();
      await delay(1_500);
      if (at !== undefined) {
        await page.locator(at).evaluate((element) => element.scrollIntoView());
      }
      const fullPage = directory !== undefined;
      await page.screenshot({ path: join(target, `${name}-${colorScheme}.png`), fullPage });
    }
    await context.close();
  }
} finally {
  await browser.close();
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}
