/**
 * What befalls processes from outside while calls go to a warehouse: one campaign's is killed, one
 * is stopped, one has no memory left, and the whole program is killed and told to end. Campaigns
 * that nothing befell do not notice, the summary says what happened to which, and the warehouse has
 * every call once.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import type { VicidialOptions } from '../../sandbox/vicidial/vicidial-options.ts';
import type { CampaignSummary } from '../../src/engine/campaign-summary.ts';
import { CampaignRig, childrenOf } from './campaign-rig.ts';
import { type Ended, type Running, scratch } from './sluice-process.ts';
import { checkWarehouse } from './warehouse-calls.ts';

const directory = scratch();
const tmp = join(directory.path, 'tmp');
const open: VicidialStandIn[] = [];

before(() => mkdirSync(tmp));
after(async () => {
  await Promise.all(open.map((each) => each.close()));
  directory[Symbol.dispose]();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Cycles that deliver into one warehouse. */
class Harmed {
  readonly vicidial: VicidialStandIn;
  readonly #rig: CampaignRig;
  readonly #name: string;

  constructor(vicidial: VicidialStandIn, env: Readonly<Record<string, string>> = {}) {
    this.vicidial = vicidial;
    this.#name = `data-${vicidial.port}`;
    const own = { SLUICE_DATA_DIR: this.#name, TMPDIR: tmp, ...env };
    this.#rig = new CampaignRig(vicidial, directory.path, own);
  }

  static async with(options: VicidialOptions, env?: Readonly<Record<string, string>>) {
    const sandbox = join(directory.path, `sandbox-${open.length}`);
    const vicidial = await startVicidial({
      latencyMs: 20,
      hours: 8,
      ...options,
      directory: sandbox,
    });
    open.push(vicidial);
    return new Harmed(vicidial, env);
  }

  cycle(): Running {
    const to = `duckdb:${this.#name}.duckdb?key=id#calls`;
    return this.#rig.collect(['--single', '--json', '--deliver', to]);
  }

  /** What a cycle that has ended well says of each campaign. */
  campaigns(ended: Ended): ReadonlyMap<string, CampaignSummary> {
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    const { campaigns } = this.#rig.summaryOf(ended);
    const all = campaigns as readonly CampaignSummary[];
    return new Map(all.map((each) => [each.campaign, each]));
  }

  async check(): Promise<void> {
    const file = join(directory.path, `${this.#name}.duckdb`);
    assert.ok((await checkWarehouse(file, this.vicidial.truth())) > 20);
    await this.#rig.checkTruth();
    assert.deepEqual(
      readdirSync(tmp).filter((name) => name !== 'node-compile-cache'),
      [],
    );
    assert.deepEqual(
      readdirSync(directory.path).filter((name) => name.endsWith('.wal')),
      [],
    );
  }
}

/** The process of that campaign, once it waits for rows. */
async function idleProcess({ child }: Running, campaign: string): Promise<number> {
  for (let [quiet, before] = [0, '']; ; ) {
    assert.equal(child.exitCode, null, 'the cycle is over');
    const pid = childrenOf(child.pid as number).find((each) => {
      return wordsOf(each) === `sluice campaign ${campaign}`;
    });
    const [state, ticks] = standing(pid);
    quiet = state === 'S' && ticks === before ? quiet + 1 : 0;
    before = ticks;
    if (pid !== undefined && quiet >= 15) return pid;
    await pause(20);
  }
}

/** Whether a file was sent of each client of a campaign. */
function answered(vicidial: VicidialStandIn, campaign: string): boolean {
  const clients = vicidial.world.clients.filter((each) => each.campaign === campaign);
  const { clients: stats } = vicidial.stats();
  return clients.every(({ name }) => (stats[`${campaign}/${name}`]?.exports ?? 0) > 0);
}

function wordsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', '');
  } catch {
    return '';
  }
}

/** From its next message on a process asks for memory until there is none. */
async function fillAtNextMessage({ child, said }: Running, pid: number): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const [, url = ''] = await said(/Debugger listening on (ws:\S+)/);
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  const fill = 'for (const all = []; ; ) all.push(new Array(100_000).fill(0.5))';
  const expression = `process.prependListener('message', () => { ${fill} })`;
  inspector.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  const [{ data }] = (await once(inspector, 'message')) as [{ readonly data: string }];
  assert.doesNotMatch(data, /exceptionDetails|"error"/);
  inspector.close();
  assert.equal(child.exitCode, null);
}

/** How a process stands, and the processor's time that it has taken. */
function standing(pid: number | undefined): readonly [state: string, ticks: string] {
  try {
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return [String(words[0]), `${words[11]} ${words[12]}`];
  } catch {
    return ['', ''];
  }
}

describe('what befalls processes from outside', () => {
  it('costs the campaign an attempt, and others nothing', async () => {
    const sizes = { campaigns: 4, clients: 2, calls: 2 };
    const env = { PROCESS_TIMEOUT: '16', NODE_OPTIONS: '--inspect-port=0' };
    const harmed = await Harmed.with(sizes, env);
    const { vicidial } = harmed;
    const names = [...new Set(vicidial.world.clients.map(({ campaign }) => campaign))];
    const [full, killed, stopped, well] = names as [string, string, string, string];
    // All but one are answered when their processes are there, and idle.
    for (const { campaign, name } of vicidial.world.clients) {
      const client = `${campaign}/${name}`;
      const slow = { mode: 'slow', ms: 60_000 } as const;
      if (campaign !== well) vicidial.control({ do: 'fail', client, ...slow });
    }
    const running = harmed.cycle();
    const find = (campaign: string) => idleProcess(running, campaign);
    const pids = await Promise.all([killed, stopped, full].map(find));
    const [toKill, toStop, toFill] = pids as [number, number, number];
    await fillAtNextMessage(running, toFill);
    for (const pid of [toKill, toStop]) process.kill(pid, 'SIGSTOP');
    // The rows are with the stopped process once the program has nothing more to do.
    for (let quiet = 0; quiet < 15; await pause(20)) {
      vicidial.control({ do: 'answer' });
      const isThere = [killed, stopped, full].every((each) => answered(vicidial, each));
      const isQuiet = isThere && standing(running.child.pid)[0] === 'S';
      quiet = isQuiet ? quiet + 1 : 0;
    }
    process.kill(toKill, 'SIGKILL');
    const said = harmed.campaigns(await running.ended);
    const overcome = (campaign: string) => said.get(campaign)?.overcome.join(' ') ?? '';
    assert.match(overcome(killed), /of campaign \w+ ended by itself \(signal SIGKILL\)/);
    assert.match(overcome(stopped), /of campaign \w+ (took longer than 16 s|gave no answer)/);
    assert.match(overcome(full), /of campaign \w+ needed more than 512 MB/);
    assert.equal(overcome(well), '');
    for (const { causes, failed } of said.values()) assert.deepEqual([causes, failed], [[], 0]);
    await harmed.check();
  });

  it('is made good by the next cycle where it befell the whole program', async () => {
    const harmed = await Harmed.with({ campaigns: 2, clients: 1, calls: 4 });
    const { vicidial } = harmed;
    const ends = ['SIGKILL', 'SIGTERM'] as const;
    for (const [at, signal] of ends.entries()) {
      const before = vicidial.stats().exports;
      const running = harmed.cycle();
      while (vicidial.stats().exports <= before + at && running.child.exitCode === null) {
        await pause(2);
      }
      running.child.kill(signal);
      const ended = await running.ended;
      // Asked to end, it may have come to the end of what ran.
      const expected: readonly unknown[] = signal === 'SIGTERM' ? [0, 143] : [signal];
      assert.ok(expected.includes(ended.signal ?? ended.code), ended.stderr);
    }
    vicidial.control({ do: 'advance', minutes: 65 });
    harmed.campaigns(await harmed.cycle().ended);
    await harmed.check();
  });
});
