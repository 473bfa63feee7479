/**
 * What one decision of the scheduler costs while a million tasks wait: time inside is virtual, so
 * nothing but the scheduler's own work is measured. See dispatch.bench.ts for the kinds of load.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const PROGRAM = fileURLToPath(new URL('../dispatch.bench.ts', import.meta.url));
const SIZES = [10_000, 100_000, 1_000_000];
const DECISION_US_MAX = 20;
const LOADS = ['slots', 'rate', 'skew'] as const;
/**
 * A hundred times the tasks is 1.5 times the logarithm. More of them also leave the processor's
 * caches, which doubles the cost of each step once.
 */
const GROWTH_MAX = 3;

export const scenario: Scenario = {
  name: 'dispatch',
  what: 'a decision of the scheduler over 10,000 hosts and 1,000 tenants, up to a million tasks',
  must: LOADS.flatMap((load) => [
    { metric: `${load}: µs`, text: '≤ 20 µs', holds: ({ ratio }: Figure) => ratio <= 1 },
    {
      metric: `${load}: growth`,
      text: `≤ ${GROWTH_MAX}`,
      holds: ({ ratio }: Figure) => ratio <= GROWTH_MAX,
    },
  ]),
  run: measure,
};

interface Line {
  readonly scenario: string;
  readonly units: number;
  readonly decisionUs?: number;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const sizes = ctx.quick ? SIZES.slice(0, 2) : SIZES;
  const { lines } = await ctx.repeat({ lines: () => runProgram(sizes) });
  const of = (load: string, units: number | undefined) =>
    lines.map(
      (round) =>
        round.find((line) => line.scenario === load && line.units === units)?.decisionUs ??
        Number.NaN,
    );
  const most = sizes.at(-1);
  return LOADS.flatMap((load) => {
    // Of 10,000 skewed tasks all that may start do so before a seat is short: nothing is decided.
    const least = load === 'skew' ? SIZES[1] : SIZES[0];
    return [
      figure('dispatch', `${load}: µs`, of(load, most), DECISION_US_MAX, 'allowed'),
      figure('dispatch', `${load}: growth`, of(load, most), of(load, least), `${least} tasks`),
    ];
  });
}

async function runProgram(sizes: readonly number[]): Promise<readonly Line[]> {
  const child = spawn(process.execPath, [PROGRAM, ...sizes.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const code = new Promise((resolve) => child.once('close', resolve));
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as Line);
  }
  if ((await code) !== 0) throw new Error(`${PROGRAM} ended with ${await code}`);
  return lines;
}
