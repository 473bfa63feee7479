/**
 * One slow host first: 50,000 rows of a host that allows one request a second (and tells nobody),
 * then one row each of 50,000 other hosts. Until the last of the others is done, compared with a run
 * of the others alone. Who works in the order of the rows takes 14 hours.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestsInput, RequestsResult } from '../contenders/sluice-requests.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CONTENDER = new URL('../contenders/sluice-requests.ts', import.meta.url);
const ROWS = 50_000;
const SLOW = 'slow.example';

export const scenario: Scenario = {
  name: 'hot',
  what: '50,000 rows of one slow host, then 50,000 other hosts',
  must: [{ metric: 'others done s', text: '≤ 1.1×', holds: ({ ratio }) => ratio <= 1.1 }],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const count = ctx.quick ? ROWS / 10 : ROWS;
  const slow = Array.from({ length: count }, (_, row) => `http://${SLOW}/${row}`);
  const others = Array.from({ length: count }, (_, host) => `http://host-${host}.example/`);
  const alone = writeRows(ctx, 'alone', others);
  const behind = writeRows(ctx, 'behind', [...slow, ...others]);
  const taken = await ctx.repeat({
    alone: (round) => othersDoneS(ctx, alone, `alone-${round}`, count),
    behind: (round) => othersDoneS(ctx, behind, `behind-${round}`, count),
  });
  return [figure('hot', 'others done s', taken.behind, taken.alone, 'the others alone')];
}

function writeRows(ctx: BenchContext, name: string, urls: readonly string[]): string {
  const path = join(ctx.directory, `${name}.csv`);
  writeFileSync(path, `url\n${urls.join('\n')}\n`);
  return path;
}

async function othersDoneS(
  ctx: BenchContext,
  rows: string,
  name: string,
  count: number,
): Promise<number> {
  const farm = await ctx.farm('rate', ['--rate', '1', '--burst', '1', '--latency-ms', '50']);
  const input: RequestsInput = {
    rows,
    dataDir: join(ctx.directory, name),
    port: farm.port,
    endAfterOthers: { host: SLOW, count },
  };
  const { value } = await ctx.child<RequestsResult>({ file: CONTENDER, input });
  await farm.close();
  ctx.note(`${name}: ${(value.wallMs / 1_000).toFixed(1)} s, ${value.completed} rows done`);
  return value.wallMs / 1_000;
}
