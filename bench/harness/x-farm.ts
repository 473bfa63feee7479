/** What scenarios of leads share: the stand-in of X, its accounts and its lists. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Farm } from './farm.ts';
import type { BenchContext } from './scenario.ts';

/** 900 s of X are 30 s here, and so is everything else that takes its time. */
export const TIME_SCALE = 30;
export const WINDOW_MS = 900_000 / TIME_SCALE;

export interface XStats {
  readonly throttled: number;
  readonly overlaps: number;
  readonly early: number;
  readonly elapsedMs: number;
  /** The most that accounts could have done so far. */
  readonly maximum: Readonly<Record<string, { readonly calls: number }>>;
  readonly accounts: Readonly<
    Record<
      string,
      {
        readonly endpoints: Readonly<
          Record<string, { readonly served: number; readonly throttledPerWindowMax: number }>
        >;
      }
    >
  >;
}

export interface XFarm extends Farm {
  readonly accounts: readonly { readonly name: string; readonly token: string }[];
  /** Lines `id,name,source,target` of lists whose members are asked for. */
  readonly lists: readonly string[];
}

/** Starts one whose lists of members are of this number and size. */
export async function startXFarm(
  ctx: BenchContext,
  name: string,
  plan: {
    readonly accounts: number;
    readonly lists: number;
    readonly listSize: number;
    /** Calls of an account in a window. */
    readonly limit: number;
    readonly latencyMs: number;
  },
): Promise<XFarm> {
  const dir = join(ctx.directory, name);
  const flags = {
    dir,
    accounts: plan.accounts,
    // One in four is a list of members.
    lists: plan.lists * 4,
    'list-size': plan.listSize,
    'window-ms': WINDOW_MS,
    limits: `list-members:${plan.limit}`,
    'latency-ms': plan.latencyMs,
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const farm = await ctx.farm('x', words);
  const rows = (file: string) => readFileSync(join(dir, file), 'utf8').trim().split('\n').slice(1);
  const accounts = rows('accounts.csv').map((row) => {
    const [account = '', token = ''] = row.split(',');
    return { name: account, token };
  });
  return { ...farm, accounts, lists: rows('lead-lists.csv').filter((row) => /,list,/.test(row)) };
}

/** Writes the accounts as `sluice accounts import` takes them. */
export function writeAccounts(file: string, { accounts }: XFarm): string {
  const lines = accounts.map(({ name, token }) => `x,${name},${token}\n`);
  writeFileSync(file, `service,name,secret\n${lines.join('')}`);
  return file;
}

/** Settings of a program that collects from it. */
export function xEnv({ url }: Farm): Readonly<Record<string, string>> {
  return {
    SLUICE_X_BASE_URL: url,
    SLUICE_CALL_DELAY_MIN: `${Math.round(500 / TIME_SCALE)}ms`,
    SLUICE_CALL_DELAY_MAX: `${Math.round(1_500 / TIME_SCALE)}ms`,
  };
}

/** Calls that were answered, and the most 429s of an account in a window. */
export function callsIn(stats: XStats): { readonly served: number; readonly throttledMax: number } {
  let served = 0;
  let throttledMax = 0;
  for (const { endpoints } of Object.values(stats.accounts)) {
    const pages = endpoints['list-members'];
    served += pages?.served ?? 0;
    throttledMax = Math.max(throttledMax, pages?.throttledPerWindowMax ?? 0);
  }
  return { served, throttledMax };
}
