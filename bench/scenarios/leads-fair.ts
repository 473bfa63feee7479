/**
 * Whether somebody with a hundred lists is in the way of those with one: ten users with five
 * accounts each, of which three are used at once. How long the small ones take, alone and beside.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from '../../test/e2e/cluster-rig.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';
import { startXFarm, type XFarm, type XStats, xEnv } from '../harness/x-farm.ts';

const USERS = 10;
const ACCOUNTS_EACH = 5;
const BIG_LISTS = 100;
const AHEAD_MS = 3_000;
const BIG = 'user-0';
const PLAN = {
  accounts: USERS * ACCOUNTS_EACH,
  lists: BIG_LISTS + USERS,
  listSize: 3_000,
  limit: 1_000,
  latencyMs: 80,
};

export const scenario: Scenario = {
  name: 'leads-fair',
  what: `${USERS - 1} users with a list each beside one with ${BIG_LISTS}, ${ACCOUNTS_EACH} accounts each`,
  must: [{ metric: 'ms of a small user', text: '≤ 1.1×', holds: ({ ratio }) => ratio <= 1.1 }],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const runs = await ctx.repeat({
    alone: (round) => takeRun(ctx, `alone-${round}`, false),
    beside: (round) => takeRun(ctx, `beside-${round}`, true),
  });
  return [figure('leads-fair', 'ms of a small user', runs.beside, runs.alone, 'alone')];
}

async function takeRun(ctx: BenchContext, name: string, withBig: boolean): Promise<number> {
  const farm = await startXFarm(ctx, `x-${name}`, PLAN);
  const cwd = join(ctx.directory, name);
  mkdirSync(cwd);
  const flags = ['--allow-host', '127.0.0.1'];
  const cluster = await Cluster.start({ cwd, databaseUrl: '', workers: 0, flags, env: xEnv(farm) });
  try {
    for (let user = 0; user < USERS; user += 1) await addAccounts(cluster, farm, user);
    if (withBig) {
      await submit(cluster, BIG, farm.lists.slice(0, BIG_LISTS));
      await delay(AHEAD_MS);
    }
    const times = await Promise.all(
      farm.lists.slice(BIG_LISTS, BIG_LISTS + USERS - 1).map(async (list, n) => {
        const startedMs = performance.now();
        const id = await submit(cluster, `user-${n + 1}`, [list]);
        const { state, counters } = await cluster.ended(id, { pollMs: 50 });
        if (state !== 'completed' || counters.discarded > 0) throw new Error(cluster.said());
        return performance.now() - startedMs;
      }),
    );
    const { overlaps } = await farm.stats<XStats>();
    if (overlaps > 0) throw new Error('an account was used twice at once');
    const meanMs = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    ctx.note(`${name}: ${Math.round(meanMs)} ms, the longest ${Math.round(Math.max(...times))} ms`);
    return meanMs;
  } finally {
    await cluster.close();
    await farm.close();
  }
}

async function addAccounts(cluster: Cluster, farm: XFarm, user: number): Promise<void> {
  const from = user * ACCOUNTS_EACH;
  const accounts = farm.accounts.slice(from, from + ACCOUNTS_EACH).map(({ name, token }) => {
    return { service: 'x', name, secret: { token } };
  });
  const answer = await fetch(`${cluster.url}/v1/accounts/import`, {
    method: 'POST',
    headers: {
      'x-api-key': cluster.key,
      'content-type': 'application/json',
      'sluice-tenant': `user-${user}`,
    },
    body: JSON.stringify({ accounts }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

function submit(cluster: Cluster, tenant: string, lists: readonly string[]): Promise<string> {
  const options = JSON.stringify({ batch: 1_000_000, pages: 100_000 });
  const csv = `id,name,source,target\n${lists.join('\n')}\n`;
  return cluster.upload({ collector: 'leads', options }, csv, tenant);
}
