/** Signals over a real Postgres: several nodes at once, restarts of the server, lost shards. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import { WAKES_MAX } from '../../src/cluster/signals.ts';
import { eventually, exerciseSignals, hearer } from '../conformance/signals.ts';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { hurried, openPgNode } from './pg-node.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

exerciseSignals('Postgres', async () => {
  const url = await postgres.databaseUrl();
  return async () => openPgNode(url).signals;
});

async function nodes(context: TestContext, url: string, count: number, clock?: Clock) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { signals, lines } = openPgNode(url, clock);
      context.after(() => signals.close());
      return Object.assign(await hearer(signals), { signals, lines });
    }),
  );
}

async function countRows(url: string, queue: string, state?: string): Promise<number> {
  const [row] = await postgres.query(
    url,
    `SELECT count(*)::int AS n FROM sluice_queue.job
     WHERE name = $1 AND state::text = coalesce($2, state::text)`,
    [queue, state],
  );
  return (row as { n: number }).n;
}

test('many nodes start at once in an empty database, and say nothing', async (context) => {
  const url = await postgres.databaseUrl();
  const all = await nodes(context, url, 6);
  assert.deepEqual(
    all.flatMap(({ lines }) => lines),
    [],
  );
  await all[0]!.signals.hint('j_1', 6);
  await eventually(() => all.every(({ hints }) => hints.length === 1), 'a hint each');
});

test('hints are few and soon gone, however many are given', async (context) => {
  const url = await postgres.databaseUrl();
  const [giver, taker] = await nodes(context, url, 2);
  giver!.signals.idle(false);
  taker!.signals.idle(false);
  for (let i = 0; i < 30; i += 1) await giver!.signals.hint(`j_${i}`, 1_000);
  const waiting = await countRows(url, 'shards');
  assert.ok(waiting >= WAKES_MAX && waiting <= 64, `${waiting} hints wait`);
  taker!.signals.idle(true);
  await eventually(async () => {
    await giver!.signals.hint('j_more', 1);
    return taker!.hints.length > 100;
  }, 'hints are taken');
  await eventually(async () => (await countRows(url, 'shards', 'active')) === 0, 'taken are gone');
});

test('a server that goes away and comes back: nothing rejects, hints and notices do again', async (context) => {
  const url = await postgres.databaseUrl();
  const [a, b] = await nodes(context, url, 2, hurried(4));
  for (const mode of ['immediate', 'fast'] as const) {
    const before = [a!.gaps, b!.gaps];
    await a!.signals.reportLost(`j_${mode}`, 1, 5);
    await postgres.stop(mode);
    await a!.signals.hint('j_away', 1);
    await a!.signals.post({ kind: 'loans' });
    await a!.signals.reportLost('j_lost', 1, 5);
    await assert.rejects(a!.signals.countLost());
    await postgres.start();
    await eventually(() => a!.gaps > before[0]! && b!.gaps > before[1]!, 'both know of the gap');
    const hints = b!.hints.length;
    a!.signals.idle(false);
    await eventually(async () => {
      await a!.signals.hint(`j_${mode}`, 1);
      return b!.hints.length > hints;
    }, 'a hint');
    assert.equal(await a!.signals.countLost(), mode === 'immediate' ? 1 : 2);
    // While what failed is still to be told, all is told at once.
    await eventually(async () => {
      await a!.signals.post({ kind: 'documents', of: mode });
      return b!.notices.some((one) => 'of' in one && one.of === mode);
    }, 'a notice');
  }
  for (const { lines } of [a!, b!]) {
    assert.ok(lines.length >= 2, 'it is said');
    assert.ok(lines.length <= 16, `too much is said:\n${lines.join('\n')}`);
    assert.ok(!lines.some((line) => /\\n|\bat .*:\d+/.test(line)), lines.join('\n'));
  }
});

test('notices that one node could not tell make all others look', async (context) => {
  const url = await postgres.databaseUrl();
  const proxy = await CutProxy.start(postgres.port);
  context.after(() => proxy.close());
  const [cut] = await nodes(context, proxy.through(url), 1, hurried(4));
  const [other] = await nodes(context, url, 1);
  proxy.cut('drop');
  await cut!.signals.post({ kind: 'loans' });
  assert.deepEqual([other!.gaps, other!.notices], [0, []]);
  proxy.restore();
  await eventually(() => other!.gaps > 0 && cut!.gaps > 0, 'the gap is told');
  assert.deepEqual(other!.notices, []);
});

test('a node that starts while the server is away joins in later', async (context) => {
  const url = await postgres.databaseUrl();
  await postgres.stop();
  const [node] = await nodes(context, url, 1, hurried(10));
  await node!.signals.hint('j_1', 1);
  assert.deepEqual(node!.hints, []);
  await postgres.start();
  await eventually(async () => {
    await node!.signals.hint('j_2', 1);
    return node!.hints.length > 0;
  }, 'a hint');
  assert.ok(node!.gaps > 0);
});

test('a node ends at once where the server is away', async () => {
  const url = await postgres.databaseUrl();
  const { signals } = openPgNode(url);
  await hearer(signals);
  await postgres.stop('immediate');
  const startMs = performance.now();
  await signals.close();
  assert.ok(performance.now() - startMs < 20_000);
  await postgres.start();
});

test('shards that end their nodes are put aside, each once', async (context) => {
  const url = await postgres.databaseUrl();
  const [a, b] = await nodes(context, url, 2);
  assert.equal(await a!.signals.countLost(), 0);
  await a!.signals.reportLost('j_1', 7, 5);
  await b!.signals.reportLost('j_1', 7, 6);
  await b!.signals.reportLost('j_1', 8, 5);
  assert.equal(await a!.signals.countLost(), 2);
  const rows = await postgres.query(
    url,
    `SELECT data FROM sluice_queue.job WHERE name = 'shards-lost' ORDER BY data->>'no'`,
  );
  assert.deepEqual(rows, [
    { data: { jobId: 'j_1', no: 7, losses: 5 } },
    { data: { jobId: 'j_1', no: 8, losses: 5 } },
  ]);
});

test('what is done once a minute is done by one node, and may fail', async (context) => {
  const url = await postgres.databaseUrl();
  const [first] = await nodes(context, url, 1);
  // A new schedule is first looked at half a minute after the first node has started.
  await first!.signals.close();
  await postgres.query(url, 'UPDATE sluice_queue.version SET cron_on = NULL');
  let runs = 0;
  const opened = [1, 2, 3].map(() => openPgNode(url));
  for (const { signals } of opened) {
    context.after(() => signals.close());
    signals.everyMinute(async () => {
      runs += 1;
      throw new Error('not today');
    });
  }
  await Promise.all(opened.map(({ signals }) => hearer(signals)));
  await eventually(() => runs > 0, 'a run');
  await eventually(async () => (await countRows(url, 'minute', 'completed')) === runs, 'settled');
  assert.equal(await countRows(url, 'minute'), runs);
  const said = opened.flatMap(({ lines }) => lines.filter((line) => line.includes('not today')));
  assert.equal(said.length, runs);
});
