/** Leads as users collect them: several tenants, accounts that fail on the way, limits, bills. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { idsOf, keptOf, type LeadsRig, NO_WRONGS, openLeadsRig, wrongs } from './leads-rig.ts';
import { jobIdOf, jsonLines } from './sluice-process.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;

describe('leads of two tenants at once, on a server', () => {
  let rig: LeadsRig;
  before(async () => {
    const sizes = ['--lists', '4', '--list-size', '250', '--odd-lists', '--accounts', '8'];
    const limits = ['--window-ms', '1000', '--limits', 'list-members:3,search:4,followers:2'];
    const faults = ['--faults', 'error503:0.02,reset:0.02', '--target-forms', 'mixed'];
    rig = await openLeadsRig([...sizes, ...limits, ...faults, '--latency-ms', '5']);
  });
  after(() => rig.close());

  it('brings everybody once, whatever becomes of some accounts', async () => {
    const serve = rig.start(['serve', '--port', '0']);
    await serve.said(/http:\/\/127\.0\.0\.1:\d+/);
    for (const [tenant, from] of [['acme', 0] as const, ['beta', 4] as const]) {
      await rig.addAccounts(tenant, from, from + 4);
      await rig.done(['leads', 'lists', 'import', rig.listsFile, '--tenant', tenant]);
    }
    const suspended = rig.accountNames[0] as string;
    const revoked = rig.accountNames[5] as string;
    await rig.command({ do: 'suspend', account: suspended, afterCalls: 1 });
    await rig.command({ do: 'revoke', account: revoked, afterCalls: 1 });
    const collect = (tenant: string) =>
      // Three lists cannot be read: unknown, suspended, protected.
      rig.done(['leads', 'collect', '--tenant', tenant, '--json'], 3);
    const ended = await Promise.all([collect('acme'), collect('beta')]);
    const truth = await rig.lists();
    for (const [index, tenant] of ['acme', 'beta'].entries()) {
      const { leads, members } = await keptOf(rig, tenant);
      assert.deepEqual(leads.toSorted(), idsOf(truth), tenant);
      const listed = truth.flatMap(({ ids, problem }) => (problem ? [] : ids));
      assert.equal(members.length, listed.length, 'each on each of its lists');
      const lines = jsonLines(ended[index]?.stdout ?? '');
      const lists = lines.filter(({ type }) => type === 'lead-list');
      const states = lists.map(({ state }) => state);
      assert.deepEqual(states, [
        ...Array(4).fill('complete'),
        ...Array(3).fill('failed'),
        'complete',
      ]);
      const summary = lines.find(({ type }) => type === 'summary');
      assert.equal(summary?.records, leads.length, 'no lead is a record twice');
    }
    assert.deepEqual(wrongs(await rig.stats()), NO_WRONGS);
    for (const [tenant, name] of [['acme', suspended] as const, ['beta', revoked] as const]) {
      const { stdout } = await rig.done(['accounts', 'ls', '--tenant', tenant, '--json']);
      const accounts = jsonLines(stdout);
      const aside = accounts.filter(({ state }) => state === 'quarantined');
      assert.deepEqual(
        aside.map((account) => account.name),
        [name],
        tenant,
      );
      assert.match(String(aside[0]?.reason), /suspended|does not accept/);
      assert.equal(accounts.length, 4, 'nobody sees the accounts of others');
    }
    serve.child.kill('SIGTERM');
    await serve.ended;
  });
});

describe('leads without a server', () => {
  let rig: LeadsRig;
  before(async () => {
    rig = await openLeadsRig(['--lists', '4', '--list-size', '300', '--accounts', '3']);
    await rig.addAccounts('local', 0, 3);
    await rig.done(['leads', 'lists', 'import', rig.listsFile]);
  });
  after(() => rig.close());

  it('stop as a whole where the credits end, and go on when there are some', async () => {
    await rig.command({ do: 'credits', left: 400 });
    const stopped = rig.start(['leads', 'collect', '--json']);
    const job = await jobIdOf(stopped);
    const { code, stdout } = await stopped.ended;
    assert.notEqual(code, 0);
    assert.ok(/has no credits left/.test(stdout));
    const { afterStop } = await rig.stats();
    // Those that were under way when the first was told.
    assert.ok(afterStop <= 3, `${afterStop} calls after 402`);
    const again = await rig.done(['leads', 'collect']);
    assert.match(again.stderr, new RegExp(`4 lists are still with job ${job}, which is not over`));
    assert.match(again.stderr, /No list is due\./);
    await rig.command({ do: 'credits', left: 1_000_000 });
    await rig.done(['jobs', 'resume', job, '--json']);
    const { leads } = await keptOf(rig, 'local');
    assert.deepEqual(leads.toSorted(), idsOf(await rig.lists()));
  });

  it('bring what is new, by few calls; the same as a library call', async () => {
    await rig.command({ do: 'arrive', list: '1', count: 7 });
    await rig.command({ do: 'arrive', list: '4', count: 3 });
    const before = (await rig.stats()).calls;
    const script = join(rig.cwd, 'collect.ts');
    const call = `await collectLeads({ ids: [1, '4'], maxLists: 5 })`;
    writeFileSync(
      script,
      `import { collectLeads } from '${INDEX}';\nprocess.stdout.write(JSON.stringify(${call}));\n`,
    );
    const node = { command: [process.execPath], cwd: rig.cwd, env: rig.env };
    const { start } = await import('./sluice-process.ts');
    const { stdout, stderr, code } = await start([script], node).ended;
    assert.equal(code, 0, stderr);
    const [first, second] = JSON.parse(stdout);
    assert.deepEqual([first.id, first.new, first.state], ['1', 7, 'complete']);
    assert.equal(second.id, '4');
    assert.ok(first.accounts.length > 0 && first.error === undefined);
    assert.ok((await rig.stats()).calls - before <= 10);
    const { leads } = await keptOf(rig, 'local');
    assert.deepEqual(leads.toSorted(), idsOf(await rig.lists()));
  });

  it('are collected by number, due or not, and otherwise when they are due', async () => {
    const none = await rig.done(['leads', 'collect']);
    assert.match(none.stderr, /No list is due/);
    const args = ['--lead-list-id', '2', '--lead-list-id', '3', '--json'];
    const named = await rig.done(['leads', 'collect', ...args]);
    const lists = jsonLines(named.stdout).filter(({ type }) => type === 'lead-list');
    assert.deepEqual(
      lists.map(({ id }) => id),
      ['2', '3'],
    );
    const forced = await rig.done(['leads', 'collect', '--force', '--max-lists', '2', '--json']);
    const all = jsonLines(forced.stdout).filter(({ type }) => type === 'lead-list');
    assert.deepEqual(
      all.map(({ id }) => id),
      ['1', '4'],
      'those that waited longest',
    );
    assert.ok(
      all.every(({ run }) => (run as { known: number }).known >= 290),
      'to their end',
    );
    const wrong = await rig.run(['leads', 'collect', '--lead-list-id', '77']);
    assert.equal(wrong.code, 4);
    assert.match(wrong.stderr, /There is no lead list 77/);
  });

  it('are collected of the rows of a file as well', async () => {
    const target = (await rig.lists())[0]?.target as string;
    writeFileSync(
      join(rig.cwd, 'own.csv'),
      `source,target,max_leads\nfollowers,${target},\nfriends,x,\n`,
    );
    const running = rig.start(['run', 'leads', 'own.csv', '--json', '--tenant', 'other']);
    await running.said(/account\.none|tried again|is no list/);
    running.child.kill('SIGINT');
    assert.equal((await running.ended).code, 130);
  });
});
