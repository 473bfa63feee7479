/**
 * Every statement of the store walks a known range of an index, whatever the database believes of
 * its tables when it plans it: that they are empty, as small as when they were last looked at, or
 * what they are.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CANDIDATES } from '../../src/store/postgres/cluster-claim.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { type Statement, Tx } from '../../src/store/postgres/transaction.ts';
import type { Commit, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { storeOfNode } from '../fakes/postgres-cluster.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows'?: number;
  readonly Plans?: readonly Plan[];
}

/** Tables that grow with the rows of jobs, and the columns that alone bound nothing. */
const LARGE = new Set([
  'tasks',
  'aliases',
  'ends',
  'end_packs',
  'task_packs',
  'progress',
  'records',
  'cache',
  'documents',
  'entries',
  'attempts',
]);
const WIDE = /\b(job_no|kind|tenant|collection)\b/g;
const NARROW = /\b(seq|last_seq|shard|key|run_at|state|failure_group|until_ms|id|ROW)\b/;

describe('statements on Postgres', () => {
  const postgres = usePostgres({ settings: { fsync: 'off', autovacuum: 'off' } });

  async function everyCall(store: Store): Promise<void> {
    await store.createJob(spec('j_1', { idempotencyKey: 'k' }));
    const rows = Array.from({ length: 200 }, (_, n) =>
      task(n, { ...(n % 2 ? { lane: 'host:a' } : {}), ...(n % 3 ? { key: `k${n % 50}` } : {}) }),
    );
    await store.addRows('j_1', 0, [...rows, { kind: 'refused', failure: failure('no') }], NOW);
    await store.addRows('j_1', 201, rows, NOW);
    const plain = Array.from({ length: 10 }, (_, n) => task(n));
    await store.addRows('j_1', 401, plain, NOW);
    await store.finishPlan('j_1', NOW);
    const cache = { key: 'c', untilMs: NOW + 9 };
    const ends: Partial<Commit>[] = [
      { end: { kind: 'completed', durationMs: 1, cache }, records: ['1'] },
      { end: { kind: 'discarded', durationMs: 1, failure: failure('down') } },
      { end: { kind: 'waiting', atMs: NOW, failure: failure('later') }, attempt: '{"n":1}' },
      { cursor: '1', records: ['1'] },
    ];
    const batch = Array.from({ length: 40 }, (_, n) => step('j_1', n * 3, ends[n % 4]));
    await store.commit(batch);
    await store.commit(plain.slice(1).map((_, n) => step('j_1', 401 + n, { end: completed })));
    await store.commit([...batch, ...batch.map((each) => ({ ...each, end: completed }))]);
    const leads = { tenant: 'acme', collection: 'leads' };
    const keep = { collection: 'leads', key: 'a', json: '1' };
    for (const json of ['1', '2']) {
      const keeps = [
        { ...keep, key: 'b', op: 'first' } as const,
        { ...keep, op: 'put', json } as const,
      ];
      await store.commit([step('j_1', 1, { keeps })]);
    }
    const { json: _, ...removed } = { ...keep, op: 'remove' } as const;
    await store.commit([step('j_1', 1, { keeps: [removed] })]);
    for (const more of [{ prefix: 'a' }, { after: 'a' }, { keys: ['a'] }, { changedSinceMs: 1 }]) {
      await store.entries({ ...leads, ...more, limit: 9 });
    }
    await store.entryCount('acme', 'leads');
    await store.collections('acme');
    await store.takeDue('j_1', NOW, 3);
    await store.nextDueMs('j_1');
    await store.pending('j_1', 0, 10);
    await store.pendingInLane('j_1', 'host:a', 0, 10);
    await store.results('j_1', 0, 300);
    await store.records('j_1', undefined, 10);
    const { next } = await store.loggedRecords('j_1', { limit: 3 });
    await store.loggedRecords('j_1', { after: next, upTo: next, limit: 3 });
    await store.firstOpen('j_1', 0);
    await store.attempts('j_1', 0);
    await store.jobAttempts('j_1', { limit: 5 });
    const [group] = await store.failureGroups('j_1');
    for (const state of ['completed', 'discarded', 'waiting', 'available'] as const) {
      await store.tasks('j_1', { after: -1, states: [state], limit: 5 });
    }
    await store.tasks('j_1', { after: -1, limit: 5 });
    if (group) await store.tasks('j_1', { after: -1, fingerprint: group.fingerprint, limit: 5 });
    await store.cached(['c'], NOW);
    await store.retryDiscarded('j_1', NOW);
    await store.addActive([['j_1', 1]]);
    await store.moveJob('j_1', 'pause', { nowMs: NOW });
    await store.moveJob('j_1', 'resume', { nowMs: NOW });
    await store.rememberLanes([['host:a', 1]], NOW);
    await store.laneMemory(['host:a']);
    const document = { kind: 'k', id: 'a', tenant: '', json: '1' };
    await store.writeDocuments([{ op: 'put', ...document }], NOW);
    await store.writeDocuments([{ op: 'remove', ...document }], NOW);
    await store.documents({ kind: 'k', prefix: 'a', tenant: '', limit: 9 });
    await store.document('k', 'a');
    await store.jobs({ tenant: 'acme', states: ['running'], limit: 9 });
    await store.jobs({ limit: 9 });
    await store.cancelOpen('j_1', NOW);
    await store.deleteJob('j_1');
  }

  /** All statements that calls of the store send, by name. */
  async function statementsOf(store: Store): Promise<ReadonlyMap<string, Statement>> {
    const seen = new Map<string, Statement>();
    const { rows, run } = Tx.prototype;
    Tx.prototype.rows = function (asked, ...values) {
      seen.set(asked.name, asked);
      return rows.call(this, asked, ...values) as ReturnType<typeof this.rows<never>>;
    };
    Tx.prototype.run = function (asked, ...values) {
      seen.set(asked.name, asked);
      return run.call(this, asked, ...values);
    };
    try {
      await everyCall(store);
    } finally {
      Object.assign(Tx.prototype, { rows, run });
    }
    return seen;
  }

  function scans(plan: Plan): readonly Plan[] {
    const own = plan['Relation Name'] === undefined ? [] : [plan];
    return [...own, ...(plan.Plans ?? []).flatMap(scans)];
  }

  function complaint(scan: Plan): string | undefined {
    const { 'Node Type': type, 'Relation Name': table = '', 'Index Cond': condition = '' } = scan;
    if (!LARGE.has(table) || ['Tid Scan', 'ModifyTable', 'LockRows'].includes(type)) return;
    // Walked from its earliest entry on, for the first.
    const first = scan['Index Name'] === 'progress_due';
    const narrow = first || NARROW.test(condition.replaceAll(WIDE, ''));
    if (/^Index (Only )?Scan/.test(type) && narrow) return undefined;
    return `${type} of ${table} by ${scan['Index Name']}: ${condition}`;
  }

  it('look rows up by what bounds them, with any statistics', async () => {
    const url = await postgres.databaseUrl();
    const stores = await openPostgresStore({ url, packMin: 2 });
    const { store, database } = stores;
    const node = await storeOfNode(stores);
    const statements = new Map([...(await statementsOf(store)), ...(await statementsOf(node))]);
    assert.ok(statements.size > 60, `${statements.size} statements`);
    assert.ok(statements.has('packs.add'), 'ends were packed');
    const check = async (when: string) => {
      const problems: string[] = [];
      for (const { name, text } of statements.values()) {
        const explain = `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`;
        const [row] = await database.migrate((run) => run(explain));
        const explained = row?.['QUERY PLAN'] as readonly { readonly Plan: Plan }[];
        const plans = explained.flatMap((each) => scans(each.Plan));
        const found = plans.flatMap((scan) => complaint(scan) ?? []);
        problems.push(...found.map((problem) => `${name}: ${problem}`));
      }
      assert.deepEqual(problems, [], `${when}\n${problems.join('\n')}`);
    };
    await check('empty');
    await store.createJob(spec('j_2'));
    const add = async (from: number, count: number) => {
      const rows = Array.from({ length: count }, (_, i) =>
        task(from + i, { lane: `host:h${i}`, key: `k${from + i}` }),
      );
      await store.addRows('j_2', from, rows, NOW);
      await store.commit(rows.slice(1).map((_, i) => step('j_2', from + i, { end: completed })));
    };
    await add(0, 50);
    await postgres.query(url, 'ANALYZE');
    await check('small');
    for (let from = 50; from < 20_000; from += 1_000) await add(from, 1_000);
    await check('as small as it was');
    await postgres.query(url, 'ANALYZE');
    await check('large');
    await store.close();
  });

  it('look at few shards where a full node looks for other lanes', async () => {
    const url = await postgres.databaseUrl();
    const stores = await openPostgresStore({ url });
    const { store, database } = stores;
    await store.createJob(spec('j_1'));
    await postgres.query(
      url,
      `INSERT INTO shards (job_no, no, slice, tasks, size, first_seq, last_seq, tag)
       SELECT 1, n, n % 50, 1, 1, n, n, n FROM generate_series(1, 10000) n`,
    );
    const slices = `{${Array.from({ length: 50 }, (_, slice) => slice)}}`;
    const explain = `EXPLAIN (ANALYZE, FORMAT JSON) ${CANDIDATES.text}`;
    const looked = async (...values: unknown[]) => {
      const asked = [1, null, [], [], 48, ...values];
      const [row] = await database.migrate((run) => run(explain, asked));
      const plans = row?.['QUERY PLAN'] as readonly { readonly Plan: Plan }[];
      const ofShards = plans.flatMap(({ Plan }) => scans(Plan)).filter(isOfShards);
      return ofShards.map((plan) => plan['Actual Rows'] ?? 0).reduce((sum, rows) => sum + rows, 0);
    };
    assert.equal(await looked(null, 48), 48);
    assert.equal(await looked(slices, 2_000), 2_000);
    await store.close();
  });
});

function isOfShards({ 'Relation Name': table }: Plan): boolean {
  return table === 'shards';
}
