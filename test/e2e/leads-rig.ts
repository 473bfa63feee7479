/** Sluice as users start it, against the stand-in of X as a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TruthList } from '../../sandbox/x/truth.ts';
import type { XCommand } from '../../sandbox/x/x-control.ts';
import type { XStats } from '../../sandbox/x/x-stats.ts';
import { type Ended, jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

const SANDBOX = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));

type Env = Readonly<Record<string, string>>;

export interface LeadsRig {
  readonly cwd: string;
  readonly env: Env;
  readonly accountNames: readonly string[];
  readonly listsFile: string;
  run(args: readonly string[], limitMs?: number, more?: Env): Promise<Ended>;
  /** The same, where anything but success (or `code`) fails the test. */
  done(args: readonly string[], code?: number): Promise<Ended>;
  start(args: readonly string[]): Running;
  /** Gives a tenant accounts of the stand-in, by their places in its file. */
  addAccounts(tenant: string, from: number, to: number): Promise<void>;
  command(command: XCommand): Promise<void>;
  stats(): Promise<XStats>;
  lists(): Promise<readonly TruthList[]>;
  close(): Promise<void>;
}

/** `options` are those of `sandbox/main.ts x`. */
export async function openLeadsRig(options: readonly string[]): Promise<LeadsRig> {
  const folder = scratch();
  const cwd = folder.path;
  const child = spawn(
    process.execPath,
    [SANDBOX, 'x', '--json', '--until-stdin-closes', '--dir', join(cwd, 'x'), ...options],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const facts = await factsOf(child);
  const accounts = readFileSync(facts.accountsFile, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',', 2) as [string, string]);
  const env = {
    X_API_URL: facts.url,
    SLUICE_CALL_DELAY_MIN: '1ms',
    SLUICE_CALL_DELAY_MAX: '5ms',
    SLUICE_ACCOUNT_REST: '200ms',
  };
  const run = (args: readonly string[], limitMs?: number, more: Env = {}) =>
    sluice(args, { cwd, env: { ...env, ...more }, ...(limitMs === undefined ? {} : { limitMs }) });
  const done = async (args: readonly string[], code = 0) => {
    const ended = await run(args);
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const get = async (path: string) => (await fetch(facts.url + path)).text();
  return {
    cwd,
    env,
    accountNames: accounts.map(([name]) => name),
    listsFile: facts.listsFile,
    run,
    done,
    start: (args) => start(args, { cwd, env }),
    async addAccounts(tenant, from, to) {
      const rows = accounts.slice(from, to).map(([name, token]) => `x,${name},${token}\n`);
      const file = join(cwd, `${tenant}-accounts.csv`);
      writeFileSync(file, `service,name,secret\n${rows.join('')}`);
      await done(['accounts', 'import', file, '--tenant', tenant]);
    },
    async command(command) {
      const body = JSON.stringify(command);
      const answer = await fetch(`${facts.url}/__control`, { method: 'POST', body });
      assert.ok(answer.ok, await answer.text());
    },
    stats: async () => JSON.parse(await get('/__stats')) as XStats,
    async lists() {
      const lines = jsonLines(await get('/__truth')) as unknown as TruthList[];
      return lines.filter(({ kind }) => kind === 'list');
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin?.end();
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

interface Facts {
  readonly url: string;
  readonly accountsFile: string;
  readonly listsFile: string;
}

function factsOf(child: ChildProcess): Promise<Facts> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the stand-in did not start')));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.once('line', (line) => resolve(JSON.parse(line) as Facts));
  });
}

/** Ids of a tenant's leads, and of who is on which of its lists, as `LIST/ID`. */
export async function keptOf(rig: LeadsRig, tenant: string) {
  const of = async (collection: string) => {
    const file = join(rig.cwd, `${collection}.jsonl`);
    const args = ['collections', 'export', collection, '--output', file, '--tenant', tenant];
    await rig.done(args);
    return jsonLines(readFileSync(file, 'utf8')).map(({ key }) => String(key));
  };
  return { leads: await of('leads'), members: await of('lead-list-members') };
}

/** Ids of the leads of these lists, each once. */
export function idsOf(lists: readonly TruthList[]): readonly string[] {
  return [...new Set(lists.flatMap(({ ids, problem }) => (problem ? [] : ids)))].toSorted();
}

/** What the stand-in takes amiss. */
export function wrongs({ overlaps, afterDeath, afterStop, early }: XStats) {
  return { overlaps, afterDeath, afterStop, early };
}

export const NO_WRONGS = { overlaps: 0, afterDeath: 0, afterStop: 0, early: 0 };
