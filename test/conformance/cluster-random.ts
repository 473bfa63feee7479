/**
 * Random sequences of operations by several nodes on a store of a cluster and on the model,
 * compared after every step; the invariants of the port are checked on what both answer.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import type { CommitEnd } from '../../src/store/store.ts';
import { ask, type ClusterHome, intro, LEASE_MS, laneAt, sliceAt } from './cluster-fixtures.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

const JOBS = ['j_a', 'j_b'] as const;
const NODES = ['n0', 'n1', 'n2'];
const LIMITS = { concurrency: 2, rate: 'none', breaker: false } as const;
const KINDS = [
  ...['claim', 'claim', 'claim', 'claim', 'commit', 'commit', 'commit', 'add', 'add', 'finish'],
  ...['release', 'due', 'due', 'next', 'sweep', 'renew', 'renew', 'join', 'leave', 'pass', 'retry'],
  ...['cancel', 'delete', 'pause', 'resume', 'lead', 'unlead', 'role', 'slices', 'giveSlice'],
  ...['caps', 'caps', 'borrow', 'borrow', 'news', 'news', 'grant', 'endLoan', 'forget'],
  ...['tell', 'told', 'drain'],
] as const;

interface Operation {
  readonly kind: (typeof KINDS)[number];
  readonly node: number;
  readonly job: number;
  readonly n: number;
  readonly m: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  node: fc.nat(NODES.length - 1),
  job: fc.constantFrom(0, 0, 1),
  n: fc.nat(9),
  m: fc.nat(9),
});

/** A store and what the nodes know of it; fences and loans go by the order in which they came. */
class World {
  readonly cluster: ClusterStore;
  readonly #pass: (ms: number) => Promise<void>;
  readonly #fences: Fence[] = [];
  readonly #loans: number[] = [];
  readonly #now = new Map<number, Fence>();
  readonly #inUse = new Map<Fence, number>();
  readonly #since = new Map<number, number>();
  /** As claimed by each node, whether it holds them still or not. */
  readonly #claimed = new Map<number, { jobId: string; no: number; seqs: number[] }[]>();

  constructor(cluster: ClusterStore, pass: (ms: number) => Promise<void>) {
    this.cluster = cluster;
    this.#pass = pass;
  }

  async apply(op: Operation, nowMs: number): Promise<unknown> {
    try {
      return { answer: await this.#do(op, nowMs) };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined) throw error;
      return { code };
    }
  }

  async everything() {
    const { cluster } = this;
    const jobs = await cluster.store.jobs({ limit: 9 });
    const nodes = await cluster.nodes();
    return {
      jobs,
      results: await Promise.all(jobs.map(({ id }) => cluster.store.results(id, 0, 999))),
      due: await Promise.all(jobs.map(({ id }) => cluster.store.nextDueMs(id))),
      nodes: nodes.map(({ fence, leaseMs: _, ageMs: __, ...node }) => {
        return { ...node, fence: this.#who(fence) };
      }),
      leaderless: await cluster.leaderless(9),
    };
  }

  async #do({ kind, node, job, n, m }: Operation, nowMs: number): Promise<unknown> {
    const { cluster } = this;
    const fence = this.#now.get(node) ?? 0;
    const jobId = JOBS[job] as string;
    switch (kind) {
      case 'join': {
        const joined = await cluster.join(intro(NODES[node] as string), LEASE_MS);
        this.#fences.push(joined);
        this.#now.set(node, joined);
        return this.#who(joined);
      }
      case 'leave':
        return cluster.leave(fence);
      case 'renew': {
        const { drain } = await cluster.renew(fence, LEASE_MS, n > 4 ? `"${n}"` : undefined);
        return drain;
      }
      case 'pass':
        return this.#pass(LEASE_MS * (n > 5 ? 0.7 : 0.2));
      case 'sweep':
        return (await cluster.sweep()).ended.map((ended) => this.#who(ended));
      case 'drain':
        return cluster.askDrain(NODES[node] as string);
      case 'add': {
        const first = await cluster.store.rowCount(jobId);
        const planned = Array.from({ length: n * 5 }, (_, i) => {
          const at = (i * (m + 1)) % 5;
          return task(i, at === 0 ? {} : { lane: laneAt(at), key: `k${(first + i) % 60}` });
        });
        return cluster.storeOf(fence).addRows(jobId, first, planned, nowMs);
      }
      case 'commit':
        return this.#commit(node, fence, n, m, nowMs);
      case 'claim': {
        const wish = ask(1 + n * m, {
          ...(m === 1 && { jobId }),
          ...(m === 2 && { notJobs: [jobId] }),
          ...(m === 3 && { notTenants: ['acme'] }),
        });
        const { shards, slices } = await cluster.claim(fence, wish);
        const known = this.#claimed.get(node) ?? [];
        const claimed = shards.map((shard) => ({
          jobId: shard.jobId,
          no: shard.no,
          seqs: shard.tasks.map(({ seq }) => seq),
        }));
        this.#claimed.set(node, [...known, ...claimed]);
        return { shards, slices: this.#held(slices) };
      }
      case 'finish':
        return cluster.finishShards(fence, (this.#claimed.get(node) ?? []).slice(n, n + 2));
      case 'release': {
        const shards = (this.#claimed.get(node) ?? []).slice(n, n + 2);
        return cluster.releaseShards(
          fence,
          shards.map(({ seqs, ...name }) => ({ ...name, keep: seqs.slice(0, m % 4) })),
        );
      }
      case 'due':
        return cluster.takeDue(fence, jobId, nowMs, n);
      case 'next':
        return cluster.nextDueMs(fence, jobId);
      case 'retry':
        return cluster.store.retryDiscarded(jobId, nowMs);
      case 'cancel':
        return cluster.store.cancelOpen(jobId, nowMs);
      case 'delete':
        await cluster.store.deleteJob(jobId);
        return cluster.store.createJob(spec(jobId, { createdMs: nowMs, tenant: jobId }));
      case 'pause':
      case 'resume':
        return cluster.storeOf(fence).moveJob(jobId, kind, { nowMs });
      case 'lead':
        return cluster.lead(fence, jobId);
      case 'unlead':
        return cluster.unlead(fence, jobId);
      case 'role':
        return n < 7 ? cluster.takeRole(fence, `r${m % 2}`) : cluster.giveRole(fence, `r${m % 2}`);
      case 'slices':
        return this.#held(await cluster.takeSlices(fence, [sliceAt(n % 5), sliceAt(m % 5)]));
      case 'giveSlice': {
        const carry = m > 5 ? undefined : `${m}`;
        return cluster.releaseSlices(fence, [{ slice: sliceAt(n % 5), carry }]);
      }
      case 'caps': {
        // Of two nodes and even seats nothing is left over that would go round with time.
        const held = this.#inUse.get(fence) ?? 0;
        const inUse = Math.min(held, n);
        const want = node === 2 ? inUse : Math.max(inUse, m);
        const wish = { cap: 'tenant:acme', seats: 6, inUse, want } as const;
        const [share] = await cluster.shareCaps(fence, [wish]);
        this.#inUse.set(fence, share?.seats ?? 0);
        return share;
      }
      case 'borrow': {
        const wish = { lane: laneAt(n % 5), tenant: 'acme', limits: LIMITS };
        this.#loans.push(...(await cluster.askLoans(fence, m > 6 ? [wish, wish] : [wish])));
        return this.#loans.length;
      }
      case 'news':
        return this.#news(fence);
      case 'grant':
        return cluster.grantLoans(
          fence,
          this.#someLoans(n).map((id) => ({ id, termMs: n % 3 })),
        );
      case 'endLoan': {
        const feedback = m > 3 ? ({ verdict: 'ok', latencyMs: m } as const) : undefined;
        return cluster.endLoans(
          fence,
          this.#someLoans(n).map((id) => ({ id, feedback })),
        );
      }
      case 'forget':
        return cluster.forgetLoans(fence, this.#someLoans(n));
      case 'tell':
        return cluster.tell(fence, [`"${nowMs}"`, `"${n}"`]);
      case 'told': {
        const { events, next } = await cluster.told(fence, this.#since.get(node) ?? -1);
        this.#since.set(node, next);
        return events;
      }
    }
  }

  async #commit(node: number, fence: Fence, n: number, m: number, nowMs: number) {
    const shard = (this.#claimed.get(node) ?? []).at(-1 - (n % 3));
    if (shard === undefined) return undefined;
    const kinds: CommitEnd[] = [
      completed,
      completed,
      { kind: 'discarded', durationMs: 1, failure: failure('no') },
      { kind: 'waiting', atMs: nowMs + m, failure: failure('later') },
    ];
    const batch = shard.seqs
      .slice(m > 7 ? 0 : m, m > 7 ? undefined : m + 4)
      .map((seq, i) => step(shard.jobId, seq, { nowMs, end: kinds[(n + i) % 4] as CommitEnd }));
    const { counters, stale } = await this.cluster.storeOf(fence).commit(batch);
    return { counters: [...counters], stale };
  }

  async #news(fence: Fence) {
    const news = await this.cluster.loans(fence);
    const numbered = <T extends { id: number }>(of: readonly T[]) =>
      of.map((loan) => ({ ...loan, id: this.#loans.indexOf(loan.id) }));
    const borrowed = <T extends { id: number; borrower: Fence }>(of: readonly T[]) =>
      numbered(of).map((loan) => ({ ...loan, borrower: this.#who(loan.borrower) }));
    return {
      asked: borrowed(news.asked),
      outstanding: borrowed(news.outstanding),
      ended: numbered(news.ended),
      granted: news.granted.map(({ id, termMs }) => [this.#loans.indexOf(id), termMs]),
      void: news.void.map((id) => this.#loans.indexOf(id)),
    };
  }

  #held<T extends { holder: Fence }>(slices: readonly T[]) {
    return slices.map((slice) => ({ ...slice, holder: this.#who(slice.holder) }));
  }

  #someLoans(n: number): number[] {
    return this.#loans.slice(-3 - n).slice(0, 3);
  }

  #who(fence: Fence): number {
    return this.#fences.indexOf(fence);
  }
}

const node = (at: number): Operation => ({ kind: 'join', node: at, job: 0, n: 0, m: 0 });

export function exerciseClusterAtRandom(home: () => ClusterHome): void {
  it('agrees with the model over random operations', async () => {
    let over = false;
    let last: Promise<void> | undefined;
    const check = async (operations: readonly Operation[]) => {
      const clock = { ms: NOW, wallMs: () => clock.ms };
      const cluster = await home().empty();
      const model = new World(new MemoryCluster(clock), async (ms) => {
        clock.ms += ms;
      });
      const world = new World(cluster, (ms) => home().pass(ms));
      for (const side of [model, world]) {
        for (const id of JOBS) await side.cluster.store.createJob(spec(id, { tenant: id }));
      }
      let nowMs = NOW;
      for (const op of [...NODES.map((_, at) => node(at)), ...operations]) {
        if (over) return;
        nowMs += 3;
        const expected = await model.apply(op, nowMs);
        assert.deepEqual(await world.apply(op, nowMs), expected, op.kind);
        assert.deepEqual(await world.everything(), await model.everything(), op.kind);
      }
    };
    const lists = fc.array(operation, { minLength: 20, maxLength: 60 });
    const property = fc.asyncProperty(lists, (operations) => {
      last = check(operations);
      return last;
    });
    await fc.assert(property, {
      seed: 20_260_101,
      numRuns: 60,
      interruptAfterTimeLimit: 25_000,
    });
    // A run that was interrupted goes on: it must not ask a store that is closed.
    over = true;
    await last;
  });
}
