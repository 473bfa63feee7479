/**
 * The accounts of a tenant among nodes that die, freeze and lose the store: no account is ever used
 * for two things at once, nor more accounts than may be, and everything comes to its end.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AbortCause } from '../../src/base/abort.ts';
import { silentLogger } from '../../src/base/log.ts';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { AccountBook } from '../../src/engine/account-book.ts';
import { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import type { Fetcher } from '../../src/transport/fetcher.ts';
import { createInlineCompute } from '../../src/workers/compute-inline.ts';
import { LIMITS as ACCOUNT_LIMITS, bookOf, SEALER, SERVICE } from '../fakes/account-rig.ts';
import { LIMITS, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { SimMachine } from './sim-machine.ts';
import { SimSignals } from './sim-signals.ts';
import { noFaults, StoreLink } from './sim-store-link.ts';

const LEASE_MS = 3_000;
const ROWS = 30;
const PAGES = 4;
const MAX = 2;
const SEEDS = 8;
const HOUR_MS = 3_600_000;

interface Call {
  readonly token: string;
  readonly node: string;
  readonly startMs: number;
  readonly endMs: number;
}

const collectorOn = (machine: SimMachine): Collector => ({
  name: 'test',
  service: SERVICE,
  account: () => ({ service: 'fake', endpoint: 'list' }),
  async *collect(_input, ctx) {
    for (let page = (ctx.cursor as number | undefined) ?? 0; page < PAGES; page += 1) {
      using account = await ctx.account();
      const { token } = account.secret as { token: string };
      const headers = { authorization: token };
      await ctx.fetch(`http://fake.test/${ctx.seq}/${page}`, { account, headers });
      // Between two calls it is thinking: whoever took the account then must not be met.
      await machine.clock.sleep(100);
      await ctx.fetch(`http://fake.test/${ctx.seq}/${page}/more`, { account, headers });
      account.pause(50);
      yield { records: [page], cursor: page + 1 };
    }
  },
});

/** What the service sees: a request that was sent is worked on, whatever becomes of its sender. */
function fetcherOf(
  machine: SimMachine,
  clock: VirtualClock,
  calls: Call[],
  ms: () => number,
): Fetcher {
  return {
    exchange: (request, signal) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (request.mayGo?.() === false) return Promise.reject(new AbortCause('lease-lost'));
      const [startMs, delayMs] = [clock.monoMs(), ms()];
      const token = request.headers.authorization ?? '';
      calls.push({ token, node: machine.name, startMs, endMs: startMs + delayMs });
      const answer = clock.sleep(delayMs).then(() => ({
        url: request.url.href,
        status: 200,
        headers: {},
        body: new Uint8Array(),
        sentMs: 0,
        totalMs: delayMs,
      }));
      return machine.hear(answer) as ReturnType<Fetcher['exchange']>;
    },
    async close() {},
  };
}

async function simulate(seed: number) {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const cluster = new MemoryCluster(clock);
  await bookOf(cluster.store, clock, 't', ['a', 'b', 'c', 'd']);
  const signals = new SimSignals(clock, random, noFaults(), { lost: 0.1, late: 0.1, doubled: 0 });
  const calls: Call[] = [];
  const machines: SimMachine[] = [];
  const links = new Map<SimMachine, StoreLink>();
  const broken: string[] = [];
  const engines = new Map<SimMachine, ClusterEngine>();
  const open = async () => {
    const name = `n${machines.length + 1}`;
    const error = { skewMs: randomInt(random, -60_000, 60_000), rate: 1 };
    const machine = new SimMachine(name, clock, error, random);
    machines.push(machine);
    const troubles = { slow: 0.05, deathAtCall: 0, deathAtCommit: 0 };
    const link = new StoreLink(
      machine,
      clock,
      random,
      noFaults(),
      troubles,
      () => {},
      (what) => broken.push(what),
    );
    links.set(machine, link);
    const seen = link.of(cluster);
    const book = new AccountBook({
      store: seen.store,
      clock: machine.clock,
      log: silentLogger,
      sealer: SEALER,
    });
    const engine = await ClusterEngine.open({
      cluster: seen,
      signals: signals.of(machine),
      intro: { id: name, name, version: '1', kind: 'serve' },
      leaseMs: LEASE_MS,
      leads: true,
      ownOnly: false,
      watchAll: false,
      onDrain: () => {},
      onNotice: () => {},
      engine: {
        fetcher: fetcherOf(machine, clock, calls, () => randomInt(random, 50, 400)),
        compute: createInlineCompute(),
        clock: machine.clock,
        random,
        log: silentLogger,
        collectorOf: async () => collectorOn(machine),
        openSource: async () => source(),
        epoch: machines.length,
        limits: { ...LIMITS, jobSlots: 0, lookAhead: 16 },
        accounts: { book, limits: { ...ACCOUNT_LIMITS, max: MAX } },
        fetch: FETCH,
      },
    });
    engines.set(machine, engine);
    return engine;
  };
  const opening = Promise.all([open(), open(), open()]);
  let opened = false;
  void opening.then(() => {
    opened = true;
  });
  await clock.run(() => opened, 60_000);
  const [first] = await opening;
  void first?.submit({ ...spec('j1', clock), retries: 20 });
  // Whoever has the accounts is made to stop, again and again.
  let faults = 0;
  const trouble = () => {
    const last = machines.find(({ name, alive }) => alive && name === calls.at(-1)?.node);
    if (last !== undefined && !last.frozen && faults < 4) {
      faults += 1;
      const kind = randomInt(random, 0, 3);
      const ms = randomInt(random, 2_000, 12_000);
      if (kind === 0 && machines.length < 6) {
        last.kill();
        void open();
      } else if (kind === 1) links.get(last)?.cut({ untilMs: clock.monoMs() + ms, how: 'unheard' });
      else {
        last.freeze(kind === 2);
        clock.after(ms, () => last.thaw());
      }
    }
    clock.after(randomInt(random, 1_000, 6_000), trouble);
  };
  clock.after(1_500, trouble);
  let state = '';
  const look = async () => {
    state = (await cluster.store.job('j1'))?.state ?? '';
    if (state === '' || state === 'running') clock.after(500, () => void look());
  };
  await look();
  await clock.run(() => state !== '' && state !== 'running', clock.monoMs() + HOUR_MS);
  const job = await cluster.store.job('j1');
  const records = await cluster.store.records('j1', undefined, 1_000);
  return { calls, job, records, faults, broken, nodes: new Set(calls.map(({ node }) => node)) };
}

const FETCH = {
  userAgent: 'test',
  timeoutMs: 1_000,
  deadlineMs: 2_000,
  bodyBytesMax: 1_000,
  redirectsMax: 5,
  robots: false,
  crawlDelayMaxMs: 1_000,
};

function source() {
  return {
    columns: ['n'],
    column: undefined,
    async *rows() {
      for (let n = 0; n < ROWS; n += 1) {
        yield { line: n + 2, cells: [String(n)], fields: { n: String(n) } };
      }
    },
  };
}

describe('the accounts of a tenant among several nodes', () => {
  it('are each used for one thing at a time, whatever becomes of the nodes', async () => {
    const sum = { faults: 0, moved: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { calls, job, records, faults, broken, nodes } = await simulate(seed);
      assert.equal(job?.state, 'completed', `seed ${seed}`);
      assert.equal(job?.counters.completed, ROWS, `seed ${seed}`);
      assert.equal(records.length, ROWS * PAGES, `seed ${seed}`);
      assert.deepEqual(broken, [], `seed ${seed}`);
      const ordered = calls.toSorted((a, b) => a.startMs - b.startMs);
      for (const [at, call] of ordered.entries()) {
        const under = ordered.slice(0, at).filter(({ endMs }) => endMs > call.startMs);
        const same = under.find(({ token }) => token === call.token);
        assert.equal(same, undefined, `seed ${seed}: ${JSON.stringify([same, call])}`);
        const tokens = new Set([...under, call].map(({ token }) => token));
        assert.ok(tokens.size <= MAX, `seed ${seed}: ${tokens.size} accounts at once`);
      }
      sum.faults += faults;
      sum.moved += nodes.size - 1;
    }
    assert.ok(sum.faults >= 3 * SEEDS, `${sum.faults} faults show little`);
    assert.ok(sum.moved >= SEEDS / 2, `the accounts moved ${sum.moved} times`);
  });
});
