/** Leads where the accounts cannot be used: said at once, and with what helps. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LeadsRig, openLeadsRig } from './leads-rig.ts';
import { jsonLines } from './sluice-process.ts';

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
