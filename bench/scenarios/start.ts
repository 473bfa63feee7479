/**
 * How soon it is there. Start-ups are short and noisy, so each is taken many times a round; the first
 * of a round only warms caches.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figure, median } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const SLUICE = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));
const TAKES = 9;
const ANSWER = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

export const scenario: Scenario = {
  name: 'start',
  what: 'from the start of the process to its end, and to the first request on the wire',
  must: [
    { metric: '--version ms', text: '≤ 3×', holds: ({ ratio }) => ratio <= 3 },
    { metric: 'first request ms', text: '≤ 500 ms', holds: ({ sluice }) => sluice <= 500 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const takes = ctx.quick ? 3 : TAKES;
  const taken = await ctx.repeat({
    'node -e 0': () => medianOf(takes, () => processMs(['-e', '0'])),
    version: () => medianOf(takes, () => processMs([SLUICE, '--version'])),
    'first request': (round) =>
      medianOf(takes, (take) => firstRequestMs(join(ctx.directory, `${round}-${take}`))),
  });
  return [
    figure('start', '--version ms', taken.version, taken['node -e 0'], 'node -e 0'),
    figure('start', 'first request ms', taken['first request'], taken['node -e 0'], 'node -e 0'),
  ];
}

async function medianOf(takes: number, take: (n: number) => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let n = 0; n <= takes; n += 1) values.push(await take(n));
  return median(values.slice(1));
}

function processMs(args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(performance.now() - startedMs);
      else reject(new Error(`node ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** A whole run of one row; the server is here, where the clock is. */
async function firstRequestMs(path: string): Promise<number> {
  let firstMs: number | undefined;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      firstMs ??= performance.now();
      socket.end(ANSWER);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const input = `${path}.csv`;
  writeFileSync(input, 'website\nhttp://www.first.example/\n');
  const args = [SLUICE, 'run', 'contacts', input, '--column', 'website', '--data', `${path}.data`];
  const limits = ['--retries', '0', '--resolve', `*=127.0.0.1:${port}`, '--allow-failed', '1'];
  const output = ['-o', `${path}.out.csv`, '--quiet'];
  const startedMs = performance.now();
  await processMs([...args, ...limits, ...output]);
  await new Promise((resolve) => server.close(resolve));
  if (firstMs === undefined) throw new Error('there was no request');
  return firstMs - startedMs;
}
