/**
 * Accounts over several nodes, as the service sees it: whichever node is frozen for longer than its
 * lease, or killed, no account is used by two at once, and the leads are those of the truth.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { Cluster, type ClusterNode } from './cluster-rig.ts';
import { idsOf, type LeadsRig, NO_WRONGS, openLeadsRig, wrongs } from './leads-rig.ts';
import { jsonLines } from './sluice-process.ts';

const LEASE_MS = 1_500;
const FREEZES = Number(process.env.LEAD_FREEZES ?? 2);

describe('leads over several nodes', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });
  let rig: LeadsRig;
  let cluster: Cluster;

  before(async () => {
    const sizes = ['--lists', '8', '--list-size', '1500', '--accounts', '4', '--short-pages', '0'];
    rig = await openLeadsRig([...sizes, '--latency-ms', String(60 + 60 * FREEZES)]);
    const cwd = join(rig.cwd, 'nodes');
    mkdirSync(cwd);
    cluster = await Cluster.start({
      cwd,
      databaseUrl: await postgres.databaseUrl(),
      workers: 2,
      flags: ['--allow-host', '127.0.0.1'],
      env: {
        ...rig.env,
        SLUICE_NODE_LEASE: `${LEASE_MS}ms`,
        SLUICE_SECRET_KEY: 'ab'.repeat(32),
      },
    });
  });
  after(async () => {
    await cluster.close();
    await rig.close();
  });

  async function addAccounts(): Promise<void> {
    const lines = readFileSync(join(rig.cwd, 'x', 'accounts.csv'), 'utf8')
      .trim()
      .split('\n');
    const accounts = lines.slice(1).map((line) => {
      const [name, token] = line.split(',');
      return { service: 'x', name, secret: { token } };
    });
    const answer = await cluster.call('POST', '/v1/accounts/import', { accounts });
    assert.ok(answer.ok, await answer.text());
  }

  /** One that works on rows now; undefined: none is known to. */
  async function busyNode(): Promise<ClusterNode | undefined> {
    const answer = await cluster.call('GET', '/v1/nodes');
    const { nodes } = (await answer.json()) as { nodes: { name: string; running?: number }[] };
    const busy = new Set(nodes.filter(({ running = 0 }) => running > 0).map(({ name }) => name));
    return [...cluster.workers, cluster.server].find(({ name }) => busy.has(name));
  }

  it('are collected with no account in two hands, through freezes and a kill', async () => {
    await addAccounts();
    const csv = readFileSync(rig.listsFile, 'utf8');
    const options = JSON.stringify({ batch: 1_000_000, pages: 10_000 });
    const id = await cluster.upload({ collector: 'leads', options }, csv);
    let disturbed = 0;
    const upset = async (how: (node: ClusterNode) => Promise<unknown>) => {
      while ((await cluster.job(id))?.state === 'running') {
        const node = await busyNode();
        if (node === undefined) await delay(20);
        else {
          await how(node);
          disturbed += 1;
          return;
        }
      }
    };
    for (let freeze = 0; freeze < FREEZES; freeze += 1) {
      await upset(async (node) => {
        node.freeze();
        await delay(2 * LEASE_MS);
        node.thaw();
        await delay(LEASE_MS);
      });
    }
    await upset((node) => (node === cluster.server ? delay(0) : node.kill()));
    assert.equal(disturbed, FREEZES + 1, 'it lasted longer than what disturbed it');
    const { state, counters } = await cluster.ended(id, { deadlineMs: 200_000 });
    assert.equal(state, 'completed', cluster.said());
    assert.equal(counters.discarded, 0);

    const records = jsonLines(await cluster.download(id, 'record')).map(({ id: lead }) => lead);
    assert.deepEqual(records.map(String).toSorted(), idsOf(await rig.lists()));
    assert.deepEqual(wrongs(await rig.stats()), NO_WRONGS);
  });
});
