/**
 * Whether a slow channel holds up the others: eight channels with pictures, four at once, beside the
 * same in batches of four, and beside the least that it can take. Latency is that of the stand-in,
 * heavy-tailed, one channel eight times as slow as the rest.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../../test/e2e/sluice-process.ts';
import type { Farm } from '../harness/farm.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CHANNELS = 8;
const AT_ONCE = 4;
const POSTS = 10_000;
const LATENCY_SCALE = 0.6;
const LIMIT_MS = 900_000;

export const scenario: Scenario = {
  name: 'channels',
  what: `${CHANNELS} channels of ${POSTS.toLocaleString('en-US')} posts with pictures, ${AT_ONCE} at once`,
  must: [
    {
      metric: 'seconds',
      peerName: 'the least',
      text: '≤ 1.05×',
      holds: ({ ratio }) => ratio <= 1.05,
    },
  ],
  run: measure,
};

interface Run {
  readonly wallMs: number;
  readonly leastMs: number;
}

interface Stats {
  readonly channels: Readonly<Record<string, { readonly latencyMs: number }>>;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const runs = await ctx.repeat({
    sluice: (round) => takeRun(ctx, `sluice-${round}`, 1),
    batches: (round) => takeRun(ctx, `batches-${round}`, CHANNELS / AT_ONCE),
  });
  const seconds = (all: readonly Run[]) => all.map(({ wallMs }) => wallMs / 1_000);
  const least = runs.sluice.map(({ leastMs }) => leastMs / 1_000);
  return [
    figure('channels', 'seconds', seconds(runs.sluice), least, 'the least'),
    figure('channels', 'seconds', seconds(runs.sluice), seconds(runs.batches), 'batches of four'),
  ];
}

/** `parts`: jobs one after another, each with its part of the channels. */
async function takeRun(ctx: BenchContext, name: string, parts: number): Promise<Run> {
  const cwd = join(ctx.directory, name);
  mkdirSync(cwd);
  const dir = join(cwd, 'telegram');
  const posts = ctx.quick ? POSTS / 10 : POSTS;
  const flags = { dir, channels: CHANNELS, closed: 0, posts, 'latency-scale': LATENCY_SCALE };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const farm = await ctx.farm('telegram', words);
  try {
    const lines = readFileSync(join(dir, 'channels.jsonl'), 'utf8').trim().split('\n');
    const rows = lines.map(publicName).filter((channel) => channel !== '');
    let wallMs = 0;
    for (let part = 0; part < parts; part += 1) {
      const size = CHANNELS / parts;
      wallMs += await collect(cwd, farm, rows.slice(part * size, (part + 1) * size), part);
    }
    const { channels } = await farm.stats<Stats>();
    const latencies = Object.values(channels).map(({ latencyMs }) => latencyMs);
    const sum = latencies.reduce((all, ms) => all + ms, 0);
    const leastMs = Math.max(sum / AT_ONCE, ...latencies);
    ctx.note(`${name}: ${Math.round(wallMs)} ms, ${Math.round(leastMs)} ms at the least`);
    return { wallMs, leastMs };
  } finally {
    await farm.close();
  }
}

async function collect(
  cwd: string,
  farm: Farm,
  rows: readonly string[],
  part: number,
): Promise<number> {
  const file = join(cwd, `channels-${part}.csv`);
  writeFileSync(file, `channel\n${rows.join('\n')}\n`);
  const words = ['run', 'channels', file, '--opt', `concurrentLimit=${AT_ONCE}`];
  const startedMs = performance.now();
  const { code, stderr } = await start([...words, '--allow-host', '127.0.0.1'], {
    cwd,
    env: { SLUICE_TELEGRAM_PREVIEW_URL: farm.url, SLUICE_HOST_CONCURRENCY: '64' },
    limitMs: LIMIT_MS,
  }).ended;
  if (code !== 0) throw new Error(stderr.slice(-2_000));
  return performance.now() - startedMs;
}

function publicName(line: string): string {
  const { channel, state } = JSON.parse(line) as { channel: string; state: string };
  return state === 'public' ? channel : '';
}
