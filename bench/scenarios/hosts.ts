/**
 * Limits that nobody told: every host answers one request a second and 429 with Retry-After beyond.
 * The same number of rows twice: sorted by host, ten rows each; and shuffled, with the rows spread
 * over the hosts by a power law.
 *
 * The ideal is arithmetic: the busiest host's rows at one a second. Nothing is quicker; who keeps
 * others waiting behind one host is much slower. The server counts, not Sluice.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RateLimitedHostsStats } from '../../sandbox/servers/rate-limited-hosts.ts';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import type { RequestsInput, RequestsResult } from '../contenders/sluice-requests.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CONTENDER = new URL('../contenders/sluice-requests.ts', import.meta.url);
const ROWS_A_HOST = 10;
const HOSTS = 1_000;
/**
 * The n-th busiest host has rows in proportion to n ** -EXPONENT. With 0.37 the busiest has about 80
 * rows, so a run takes 80 seconds; Zipf's own exponent of 1 would make 1,336, and 22 minutes.
 */
const EXPONENT = Number(process.env.BENCH_ZIPF ?? 0.37);
const THROTTLED_MAX = 2;

export const scenario: Scenario = {
  name: 'hosts',
  what: '10,000 rows for 1,000 hosts that allow 1 request/s each and tell nobody',
  must: ['sorted', 'power law'].flatMap((order) => [
    { metric: `${order}: wall s`, text: '≤ 1.25×', holds: ({ ratio }: Figure) => ratio <= 1.25 },
    { metric: `${order}: 429 a host`, text: '≤ 2', holds: ({ ratio }: Figure) => ratio <= 1 },
    { metric: `${order}: early`, text: 'none', holds: ({ sluice }: Figure) => sluice === 0 },
    { metric: `${order}: rows done`, text: 'all', holds: ({ ratio }: Figure) => ratio === 1 },
  ]),
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const hosts = ctx.quick ? HOSTS / 10 : HOSTS;
  const orders = { sorted: evenly(hosts), 'power law': byPowerLaw(hosts) };
  const runs = await ctx.repeat({
    sorted: (round) => takeRun(ctx, orders.sorted, `sorted-${round}`),
    'power law': (round) => takeRun(ctx, orders['power law'], `power-law-${round}`),
  });
  return (['sorted', 'power law'] as const).flatMap((order) => {
    const counts = orders[order];
    const rows = counts.reduce((sum, each) => sum + each);
    const of = <K extends keyof Run>(key: K) => runs[order].map((run) => run[key]);
    const compare = (metric: string, sluice: readonly number[], peer: number, peerName: string) =>
      figure('hosts', `${order}: ${metric}`, sluice, peer, peerName);
    return [
      compare('wall s', of('wallS'), Math.max(...counts) - 1, 'arithmetic ideal'),
      compare('429 a host', of('throttledPerHost'), THROTTLED_MAX, 'allowed'),
      // What must never be is shown at its worst, not by its median.
      compare('early', [Math.max(...of('early'))], rows, 'rows'),
      compare('rows done', [Math.min(...of('completed'))], rows, 'rows'),
    ];
  });
}

interface Run {
  readonly wallS: number;
  readonly throttledPerHost: number;
  /** Requests before their Retry-After had passed. */
  readonly early: number;
  readonly completed: number;
}

async function takeRun(ctx: BenchContext, counts: readonly number[], name: string): Promise<Run> {
  const farm = await ctx.farm('rate', ['--rate', '1', '--burst', '1', '--latency-ms', '20']);
  const rows = join(ctx.directory, `${name}.csv`);
  writeFileSync(rows, `url\n${urlsOf(counts, name.startsWith('sorted')).join('\n')}\n`);
  const input: RequestsInput = { rows, dataDir: join(ctx.directory, name), port: farm.port };
  const { value } = await ctx.child<RequestsResult>({ file: CONTENDER, input, timeoutMs: 3e6 });
  const stats = await farm.stats<RateLimitedHostsStats>();
  await farm.close();
  const run = {
    wallS: value.wallMs / 1_000,
    throttledPerHost: stats.throttledPerHost,
    early: stats.early + stats.earlyInFlight,
    completed: value.completed,
  };
  ctx.note(JSON.stringify(run));
  return run;
}

/** Rows of each host. */
function evenly(hosts: number): number[] {
  return Array.from({ length: hosts }, () => ROWS_A_HOST);
}

function byPowerLaw(hosts: number): number[] {
  const shares = Array.from({ length: hosts }, (_, at) => (at + 1) ** -EXPONENT);
  const sum = shares.reduce((total, each) => total + each);
  return shares.map((share) => Math.max(1, Math.round((share / sum) * hosts * ROWS_A_HOST)));
}

function urlsOf(counts: readonly number[], sorted: boolean): string[] {
  const urls = counts.flatMap((count, host) =>
    Array.from({ length: count }, (_, row) => `http://host-${host}.example/${row}`),
  );
  if (sorted) return urls;
  const random = seededRandom(1);
  for (let at = urls.length - 1; at > 0; at -= 1) {
    const other = randomInt(random, 0, at);
    [urls[at], urls[other]] = [urls[other] as string, urls[at] as string];
  }
  return urls;
}
