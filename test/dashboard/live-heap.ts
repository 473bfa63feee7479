/**
 * Whether pages that are left open hold on to what they have shown: while rows end and fail all the
 * time, what each page holds is measured after a collection of garbage, again and again.
 *
 *     node test/dashboard/live-heap.ts [MINUTES]
 *
 * runs for ten minutes, or as many as are said (an hour at most), and prints a line a page and
 * half minute; `live-heap.test.ts` does the same for a moment.
 */
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { startServer } from '../server/server-rig.ts';
import { openBrowser, signedIn } from './browser.ts';
import { addresses, SHOP_COLLECTOR } from './seed.ts';
import { openShops } from './shop-sites.ts';

const MINUTES_MAX = 60;
const PACE_MS = 150;
/** More than the shops answer. */
const ROWS_PER_S = 60;

export interface Heap {
  readonly path: string;
  /** Bytes of scripts at each look, in turn; the last but not least are those at the end. */
  readonly bytes: readonly number[];
  /** Nodes and listeners at the first and at the last look. */
  readonly nodes: readonly number[];
  readonly listeners: readonly number[];
  /** Live events that the page got. */
  readonly events: number;
}

export interface Watch {
  readonly ms: number;
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

export async function watchHeap({ ms, everyMs, say }: Watch): Promise<readonly Heap[]> {
  const cleanUps: (() => unknown)[] = [];
  try {
    const shops = await openShops(PACE_MS);
    cleanUps.push(() => shops.close());
    const rig = await startServer(
      { after: (run) => cleanUps.push(run as () => unknown) },
      {
        resolve: [`*=127.0.0.1:${shops.port}`],
        collectors: [SHOP_COLLECTOR],
        hostConcurrency: 8,
        retries: 0,
      },
    );
    const rows = addresses('shop.example', 'slow/', 1_000 + Math.ceil(ms / 1_000) * ROWS_PER_S);
    // Some fail, for a reason that is another one each time.
    const mixed = rows.map(({ url }, i) => (i % 10 === 9 ? `http://shop.example/sold/${i}` : url));
    const query = new URLSearchParams({ collector: 'prices', name: 'endless.csv', column: 'url' });
    const begun = await rig.call('POST', `/v1/uploads?${query}`, {
      key: 'run',
      body: ['url', ...mixed, ''].join('\n'),
      headers: { 'content-type': 'text/csv' },
    });
    const browser = await openBrowser();
    cleanUps.push(() => browser.close());
    const paths = [`/jobs/${begun.json.job.id}`, '/', '/jobs', '/failures'];
    const tabs = await Promise.all(
      paths.map(async (path) => {
        // Each in a profile, and so in a process, of its own.
        const { page } = await signedIn(browser, rig.url, rig.keys.run);
        const events = await countEvents(page);
        await page.goto(path);
        await page.locator('h1').waitFor();
        return { path, page, events, looks: [] as Look[] };
      }),
    );
    const endMs = performance.now() + ms;
    for (;;) {
      for (const { path, page, looks, events } of tabs) {
        const look = await lookAt(page);
        looks.push(look);
        const mebibytes = (look.bytes / 2 ** 20).toFixed(2);
        say(`${path}: ${mebibytes} MiB, ${look.nodes} nodes, ${events()} events`);
      }
      if (performance.now() >= endMs) break;
      await tabs[0]?.page.waitForTimeout(everyMs);
    }
    const { counters } = (await rig.call('GET', `/v1/jobs/${begun.json.job.id}`)).json;
    say(`rows: ${counters.completed} completed, ${counters.discarded} failed`);
    return tabs.map(({ path, looks, events }) => ({
      path,
      bytes: looks.map(({ bytes }) => bytes),
      nodes: looks.map(({ nodes }) => nodes),
      listeners: looks.map(({ listeners }) => listeners),
      events: events(),
    }));
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

interface Look {
  readonly bytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

async function lookAt(page: Page): Promise<Look> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  await devtools.detach();
  const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return {
    bytes: of('JSHeapUsedSize'),
    nodes: of('Nodes'),
    listeners: of('JSEventListeners'),
  };
}

async function countEvents(page: Page): Promise<() => number> {
  let count = 0;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  devtools.on('Network.eventSourceMessageReceived', () => {
    count += 1;
  });
  return () => count;
}

/** The least of the looks of a part, from 0 to 1: what is held, whatever comes and goes besides. */
export function held(values: readonly number[], from: number, to: number): number {
  const part = values.slice(Math.floor(values.length * from), Math.ceil(values.length * to));
  return Math.min(...part);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const minutes = Math.min(MINUTES_MAX, Number(process.argv[2] ?? 10) || 10);
  const heaps = await watchHeap({
    ms: minutes * 60_000,
    everyMs: 30_000,
    say: (line) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  });
  for (const { path, bytes, nodes, listeners, events } of heaps) {
    const [first, last] = [held(bytes, 0.1, 0.4), held(bytes, 0.7, 1)].map(
      (each) => `${(each / 2 ** 20).toFixed(2)} MiB`,
    );
    const all = `${events} events, nodes ${nodes[0]} to ${nodes.at(-1)}`;
    process.stdout.write(
      `${path}: ${first} in its first third, ${last} in its last; ${all}, ` +
        `listeners ${listeners[0]} to ${listeners.at(-1)}\n`,
    );
  }
}
