/** A job whose every request is judged, and what can befall the cluster that works on it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Random } from '../../src/base/random.ts';
import { JudgingServer, type Rate } from '../fakes/judging-server.ts';
import type { PostgresRig } from '../fakes/postgres-rig.ts';
import type { Cluster, ClusterNode } from './cluster-rig.ts';

export const PAGES = 3;
export const SLOTS = 2;
export const RATE: Rate = { perSecond: 20, burst: 5 };
const SLOT_HOSTS = 12;
const RATE_HOSTS = 6;
const TAKES_MS = 50;
/** Within it a host that is worked on is asked again. */
const RECENT_MS = 500;
/** Requests of all hosts together, a second, at best. */
const PER_SECOND = (SLOT_HOSTS * SLOTS * 1_000) / TAKES_MS + RATE_HOSTS * RATE.perSecond;

/** A user's own: pages with cursors, of hosts whose limits it knows; `calm` lifts them. */
const WALK = `
import { defineCollector } from 'sluice';
import { z } from 'zod';

export const collector = defineCollector({
  name: 'walk',
  input: z.object({ host: z.string(), row: z.string() }),
  options: z.object({ calm: z.coerce.boolean().default(false) }),
  record: z.object({ row: z.string(), page: z.number(), text: z.string() }),
  lanes: ({ host }) => ['host:' + host],
  limits: (lane, { calm }) =>
    calm ? { concurrency: 50, rate: 'none', breaker: false }
    : lane.startsWith('host:slots') ? { concurrency: ${SLOTS}, rate: 'none', breaker: false }
    : { concurrency: 8, rate: ${JSON.stringify(RATE)}, breaker: false },
  async *collect({ host, row }, ctx) {
    for (let page = (ctx.cursor ?? 0) + 1; page <= ${PAGES}; page += 1) {
      const headers = { 'x-who': String(process.pid) };
      const answer = await ctx.fetch('http://' + host + '/' + row + '/' + page, { headers });
      const records = [{ row, page, text: answer.text() }];
      yield { records, cursor: page, done: page === ${PAGES} };
    }
  },
});
`;

export const COLLECTOR = 'own/walk.ts';

export function writeWalk(cwd: string): void {
  mkdirSync(join(cwd, 'own'), { recursive: true });
  writeFileSync(join(cwd, COLLECTOR), WALK);
}

/** Answers what follows from the path alone: a page fetched twice says the same. */
export function startHosts(takesMs = TAKES_MS): Promise<JudgingServer> {
  return JudgingServer.start({ takesMs, body: ({ path }) => `page ${path}` });
}

/** Rows that keep all hosts busy for about so long, in turns. */
export function rowsFor(seconds: number): RowsOfHosts {
  const rows = Math.ceil((seconds * PER_SECOND) / PAGES);
  const share = (RATE_HOSTS * RATE.perSecond) / PER_SECOND;
  const lines = ['host,row'];
  const pages = new Map<string, number>();
  let rated = 0;
  for (let row = 0; row < rows; row += 1) {
    const host =
      rated < row * share
        ? `rate${(rated += 1) % RATE_HOSTS}.example`
        : `slots${(row - rated) % SLOT_HOSTS}.example`;
    lines.push(`${host},r${row}`);
    pages.set(host, (pages.get(host) ?? 0) + PAGES);
  }
  return { csv: `${lines.join('\n')}\n`, rows, pages };
}

export interface RowsOfHosts {
  readonly csv: string;
  readonly rows: number;
  /** What each host is asked for in all. */
  readonly pages: ReadonlyMap<string, number>;
}

export type Fault = 'kill' | 'freeze' | 'restart' | 'cut' | 'drain';
export const FAULTS: readonly Fault[] = ['kill', 'freeze', 'restart', 'cut', 'drain'];

/** One fault, as it was seen. */
export interface Befallen {
  readonly fault: Fault;
  /** Requests that were made a second time while it lasted. */
  readonly repeats: number;
  readonly handOver: HandOver | undefined;
}

/** How long it took until others asked the hosts that a node had asked, the last of them, ms. */
export interface HandOver {
  readonly fault: Fault;
  /** The victim's process id. */
  readonly who: string;
  /** When it began, by this process's monotonic clock, ms. */
  readonly fromMs: number;
  readonly lanes: number;
  readonly ms: number;
}

export interface Scene {
  readonly cluster: Cluster;
  readonly postgres: PostgresRig;
  readonly hosts: JudgingServer;
  readonly random: Random;
  readonly leaseMs: number;
  readonly cutMs: number;
  readonly pages: RowsOfHosts['pages'];
}

/** Lets it happen, sees the work go to others where it must, and puts things right again. */
export async function befall(scene: Scene, fault: Fault): Promise<HandOver | undefined> {
  const { cluster, postgres, random, leaseMs, cutMs } = scene;
  const victim = pick(random, busyWorkers(scene));
  const odd = random.next() < 0.5;
  if (fault === 'restart') {
    await postgres.restart(odd ? 'fast' : 'immediate');
    return undefined;
  }
  const over = watchLanes(scene, fault, victim);
  if (fault === 'kill') {
    await victim.kill();
  } else if (fault === 'drain') {
    const code = await victim.drain();
    if (code !== 0) throw new Error(`draining ended with ${code}:\n${cluster.said()}`);
  } else if (fault === 'freeze') {
    victim.freeze();
    await delay(2 * leaseMs);
    victim.thaw();
  } else {
    victim.proxy?.cut(odd ? 'drop' : 'black-hole');
    await delay(cutMs);
    victim.proxy?.restore();
  }
  const handOver = await over;
  if (!victim.alive) await cluster.addWorker();
  return handOver;
}

/** What befell the cluster, and what it cost: a line for each kind of fault, and one for all. */
export function report(
  story: readonly Befallen[],
  again: number,
  rows: number,
  leaseMs: number,
): readonly string[] {
  const kinds = Object.entries(Object.groupBy(story, ({ fault }) => fault));
  const lines = kinds.map(([fault, all]) => {
    const repeats = all.reduce((sum, each) => sum + each.repeats, 0);
    const times = all
      .flatMap(({ handOver }) => (handOver && handOver.lanes > 0 ? [handOver.ms] : []))
      .sort((a, b) => a - b);
    const most = times.at(-1);
    const middle = times[Math.floor((times.length - 1) / 2)];
    const taken =
      most === undefined || middle === undefined
        ? 'nothing to hand over'
        : `handed over ${times.length} times, p50 ${seconds(middle)}, most ${seconds(most)}`;
    return `${fault} ${all.length}: ${repeats} requests repeated; ${taken}`;
  });
  const share = ((100 * again) / rows).toFixed(2);
  const all = `${story.length} faults: ${again} of ${rows} tasks run again, ${share} %`;
  return [all, `a lease is ${seconds(leaseMs)}`, ...lines];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** Those that have asked hosts of late; all, where none has. */
function busyWorkers({ cluster, hosts }: Scene): readonly ClusterNode[] {
  const sinceMs = performance.now() - RECENT_MS;
  const asking = new Set(hosts.lanes.map((lane) => hosts.lastWho(lane, sinceMs)));
  const busy = cluster.workers.filter(({ pid }) => asking.has(String(pid)));
  return busy.length > 0 ? busy : cluster.workers;
}

/** From now on: when the hosts that only the victim asked of late are asked by somebody else. */
async function watchLanes(
  { hosts, leaseMs, pages }: Scene,
  fault: Fault,
  victim: ClusterNode,
): Promise<HandOver> {
  const fromMs = performance.now();
  const who = String(victim.pid);
  const taken = hosts.lanes.filter((lane) => hosts.lastWho(lane, fromMs - RECENT_MS) === who);
  // Of a host that was asked for everything nobody asks for more.
  const isLeft = (lane: string) =>
    hosts.asked(lane).size < (pages.get(lane) ?? Number.POSITIVE_INFINITY);
  const deadlineMs = fromMs + 4 * leaseMs + 10_000;
  for (;;) {
    // A victim whose lease has ended may come back as another and take its turn.
    const others = taken.map((lane) => hosts.firstOfOther(lane, who, fromMs, fromMs + leaseMs));
    const late = taken.some((lane, i) => others[i] === undefined && isLeft(lane));
    if (!late || performance.now() > deadlineMs) {
      const seen = others.filter((ms) => ms !== undefined);
      const lastMs = late ? Number.POSITIVE_INFINITY : Math.max(fromMs, ...seen);
      return { fault, who, fromMs, lanes: late ? taken.length : seen.length, ms: lastMs - fromMs };
    }
    await delay(20);
  }
}
