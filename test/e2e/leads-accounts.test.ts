/** Leads where the accounts cannot be used: said at once, and with what helps. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type LeadsRig, openLeadsRig } from './leads-rig.ts';
import { jsonLines, scratch, sluice, start } from './sluice-process.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;
const OTHER_KEY = 'ef'.repeat(32);

describe('leads, run with another key than their accounts were added with', () => {
  let rig: LeadsRig;
  before(async () => {
    rig = await openLeadsRig(['--lists', '1', '--list-size', '20', '--accounts', '2']);
    await rig.addAccounts('local', 0, 2);
    await rig.done(['leads', 'lists', 'import', rig.listsFile]);
  });
  after(() => rig.close());

  it('pause the job, and go on with the right key as if nothing had been', async () => {
    const env = { SLUICE_SECRET_KEY: OTHER_KEY };
    const wrong = await rig.run(['leads', 'collect'], 30_000, env);
    assert.equal(wrong.code, 8, wrong.stderr);
    assert.match(wrong.stderr, /sealed under another key/);
    assert.match(wrong.stderr, /Run with the key .* SLUICE_SECRET_KEY/);
    const job = /\bj_[a-z0-9]+/.exec(wrong.stderr)?.[0] as string;
    const shown = await rig.done(['jobs', 'show', job]);
    assert.match(shown.stdout, /SLUICE_SECRET_KEY/);
    const { stdout } = await rig.done(['accounts', 'ls', '--json']);
    assert.deepEqual(
      jsonLines(stdout).map(({ state }) => state),
      ['ready', 'ready'],
    );
    const right = await rig.done(['jobs', 'resume', job]);
    assert.match(right.stderr, /Completed/);
  });
});

it('accounts of a file that lacks a column are not added, and the column is named', async () => {
  using folder = scratch();
  const file = join(folder.path, 'accounts.csv');
  writeFileSync(file, 'service,name,url,user\nx,a,,\nvicidial,b,http://d.test/vicidial,u\n');
  const { code, stderr } = await sluice(['accounts', 'import', file], { cwd: folder.path });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /accounts of x lack token; accounts of vicidial lack password\./);
  const { stdout } = await sluice(['accounts', 'ls', '--json'], { cwd: folder.path });
  assert.equal(stdout, '');
});

describe('leads of whose accounts none may be used', () => {
  let rig: LeadsRig;
  before(async () => {
    rig = await openLeadsRig(['--lists', '1', '--list-size', '20', '--accounts', '2']);
    await rig.addAccounts('local', 0, 2);
    await rig.done(['leads', 'lists', 'import', rig.listsFile]);
  });
  after(() => rig.close());

  async function call(): Promise<string> {
    const script = join(rig.cwd, 'collect.ts');
    const lines = [
      `import { collectLeads } from '${INDEX}';`,
      'const end = await collectLeads({ force: true }).catch((error) => error);',
      "process.stdout.write(end instanceof Error ? end.code + ': ' + end.message : 'done');",
    ];
    writeFileSync(script, lines.join('\n'));
    const node = { command: [process.execPath], cwd: rig.cwd, env: rig.env };
    return (await start([script], node).ended).stdout;
  }

  it('fail as a library call when the last one is lost, and before it begins', async () => {
    for (const account of rig.accountNames) {
      await rig.command({ do: 'revoke', account, afterCalls: 0 });
    }
    assert.match(await call(), /^account\.none: .* 2 are quarantined \(.+\)\.$/);
    const jobs = async () => jsonLines((await rig.done(['jobs', 'ls', '--json'])).stdout);
    const [job] = await jobs();
    assert.equal(job?.state, 'cancelled');
    assert.match(await call(), /^account\.none: .* 2 are quarantined/);
    assert.equal((await jobs()).length, 1);
  });

  it('say why as a command, and wait for as long as was asked for', async () => {
    const { code, stderr } = await rig.run(['leads', 'collect', '--force', '--timeout', '2s']);
    assert.equal(code, 124, stderr);
    assert.match(stderr, /^warning: local has no account of x .*: 2 are quarantined \(/m);
    assert.match(stderr, /^waiting .* 2 are quarantined \(.* sluice accounts test NAME/m);
  });
});
