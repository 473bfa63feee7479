/**
 * How much a page costs where nothing waits. The peers take title, e-mails and links and store
 * nothing; Sluice takes everything that its contacts collector knows and commits every page. A
 * throughput needs a warm run, so each contender gets pages for about a minute, not the same number.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PagesDone, PagesTask } from '../contenders/pages-task.ts';
import type { SluiceJob, SluiceJobDone } from '../contenders/sluice-job.ts';
import type { ChildRun } from '../harness/child.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CONCURRENCY = 100;
const PAGES = { sluice: 150_000, htmlparser2: 120_000, crawlee: 30_000 };
const CRAWLEE = 'Crawlee CheerioCrawler, tuned';
const BARE = 'undici + htmlparser2, nothing stored';

export const scenario: Scenario = {
  name: 'pages',
  what: '20 KB pages at no latency, 100 at once; Sluice extracts all contacts and commits them',
  must: [
    { metric: 'pages/s', peerName: CRAWLEE, text: '≥ 8×', holds: ({ ratio }) => ratio >= 8 },
    { metric: 'pages/s', peerName: BARE, text: '≥ 1.2×', holds: ({ ratio }) => ratio >= 1.2 },
    {
      metric: 'peak memory MB',
      peerName: CRAWLEE,
      text: '< 0.5×',
      holds: ({ ratio }) => ratio < 0.5,
    },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const farm = await ctx.farm('pages', ['--pages', '200', '--page-bytes', '20000']);
  const shareOf = (pages: number) => (ctx.quick ? Math.ceil(pages / 8) : pages);
  const peer = async (file: string, pages: number): Promise<Taken> => {
    const input: PagesTask = { url: farm.url, pages: shareOf(pages), concurrency: CONCURRENCY };
    const run = await ctx.child<PagesDone>({
      file: new URL(`../contenders/${file}`, import.meta.url),
      input,
    });
    if (run.value.pages !== input.pages) throw new Error(`${file} read ${run.value.pages} pages`);
    return taken(run, input.pages);
  };
  const runs = await ctx.repeat({
    sluice: (round) => sluice(ctx, farm.port, shareOf(PAGES.sluice), round),
    htmlparser2: () => peer('pages-htmlparser2.ts', PAGES.htmlparser2),
    crawlee: () => peer('pages-crawlee.ts', PAGES.crawlee),
  });
  const compare = (metric: string, of: (run: Taken) => number) => [
    figure('pages', metric, runs.sluice.map(of), runs.crawlee.map(of), CRAWLEE),
    figure('pages', metric, runs.sluice.map(of), runs.htmlparser2.map(of), BARE),
  ];
  return [
    ...compare('pages/s', (run) => run.perSecond),
    ...compare('peak memory MB', (run) => run.peakMb),
    ...compare('CPU s per 1,000 pages', (run) => run.cpuPerThousand),
  ];
}

interface Taken {
  readonly perSecond: number;
  readonly peakMb: number;
  readonly cpuPerThousand: number;
}

function taken(run: ChildRun<{ readonly wallMs: number }>, pages: number): Taken {
  return {
    perSecond: pages / (run.value.wallMs / 1_000),
    peakMb: run.peakBytes / 2 ** 20,
    cpuPerThousand: run.cpuMs / pages,
  };
}

/** Every row is a page of the one host, which may be asked as often as the peers ask it. */
async function sluice(
  ctx: BenchContext,
  port: number,
  pages: number,
  round: number,
): Promise<Taken> {
  const path = join(ctx.directory, `pages-${round}`);
  const rows = Array.from({ length: pages }, (_, n) => `http://www.pages.example/page/${n}`);
  writeFileSync(`${path}.csv`, `website\n${rows.join('\n')}\n`);
  const input: SluiceJob = {
    dataDir: path,
    collector: 'contacts',
    input: `${path}.csv`,
    column: 'website',
    options: { pages: 1 },
    concurrency: CONCURRENCY,
    settings: {
      hostConcurrency: CONCURRENCY,
      hostRate: 'none',
      resolve: [`*=127.0.0.1:${port}`],
    },
  };
  const file = new URL('../contenders/sluice-job.ts', import.meta.url);
  const run = await ctx.child<SluiceJobDone>({ file, input });
  const { completed, records } = run.value;
  if (completed !== pages || records !== pages) throw new Error(`only ${records} of ${pages}`);
  return taken(run, pages);
}
