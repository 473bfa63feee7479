/** Nodes that are told to end while their Postgres is away: they do, and say what is left. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { CutKind } from '../fakes/cut-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { Cluster } from './cluster-rig.ts';

/** Nothing here ends because a lease has passed. */
const LEASE = '10min';
const GRACE_MS = 12_000;
/** For what the machine takes: a node that has no end of its own waits for two leases. */
const SLACK_MS = 30_000;
const LIMIT_MS = 300_000;
/** Says when it runs; goes on for much longer than anybody waits. */
const COLLECTOR = `
export default {
  name: 'endless',
  async collect(_, { signal }) {
    process.stderr.write('it is running\\n');
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, 3_600_000);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
    return { records: [] };
  },
};`;

describe('a node that is told to end while Postgres is away', { timeout: LIMIT_MS }, () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });

  async function setUp(context: TestContext) {
    const cwd = mkdtempSync(join(tmpdir(), 'sluice-away-'));
    writeFileSync(join(cwd, 'endless.ts'), COLLECTOR);
    const cluster = await Cluster.start({
      cwd,
      databaseUrl: await postgres.databaseUrl(),
      workers: 1,
      collectors: ['endless.ts'],
      flags: ['--grace', `${GRACE_MS}ms`],
      env: { SLUICE_NODE_LEASE: LEASE },
      cuttable: true,
    });
    context.after(async () => {
      await cluster.close();
      rmSync(cwd, { recursive: true, force: true });
    });
    const nodes = [cluster.server, ...cluster.workers];
    const cut = (kind: CutKind) => {
      for (const { proxy } of nodes) proxy?.cut(kind);
    };
    /** What each took, ms. */
    const end = (): Promise<readonly number[]> =>
      Promise.all(
        nodes.map(async (node) => {
          const startMs = performance.now();
          assert.equal(await node.drain(), 0, cluster.said());
          return performance.now() - startMs;
        }),
      );
    return { cluster, nodes, cut, end };
  }

  for (const kind of ['black-hole', 'drop'] as const) {
    it(`ends where nothing runs: ${kind}`, async (context) => {
      const { cluster, nodes, cut, end } = await setUp(context);
      cut(kind);
      for (const tookMs of await end()) assert.ok(tookMs < 10_000 + SLACK_MS, `${tookMs} ms`);
      for (const { running } of nodes) {
        assert.match(running.output.stderr, /is given up/, cluster.said());
      }
    });
  }

  it('lets go of what runs when the grace is over', async (context) => {
    const { cluster, nodes, cut, end } = await setUp(context);
    await cluster.upload({ collector: 'endless' }, 'n\n1\n2\n');
    const runs = () => nodes.some(({ running }) => /it is running/.test(running.output.stderr));
    while (!runs()) await delay(20);
    cut('black-hole');
    for (const tookMs of await end()) assert.ok(tookMs < GRACE_MS + SLACK_MS, `${tookMs} ms`);
    assert.match(cluster.said(), /is given up/);
  });
});
