import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import type { SharedAccount } from '../../src/collectors/account-service.ts';
import { LoginGate } from '../../src/collectors/campaigns/login-gate.ts';
import type { VicidialLogin } from '../../src/collectors/campaigns/vicidial-requests.ts';
import type { FailureError } from '../../src/model/failure.ts';

type Reply = { readonly status: number; readonly head: string } | Error;

const FORM = '<FORM ACTION="#"><INPUT TYPE=HIDDEN NAME=run_export VALUE="1"></FORM>';
const BAD = 'Login incorrect, please try again: |u|pass-word|BAD|';

class Rig {
  readonly gate = new LoginGate();
  readonly told: string[] = [];
  asked = 0;
  counted = 0;
  nowMs = 1_000;
  reply: Reply = { status: 200, head: FORM };

  readonly account: SharedAccount<VicidialLogin> = {
    id: 'a',
    name: 'solar/Nord',
    secret: { url: 'https://d.example/vicidial', user: 'u', password: 'pass-word' },
    called: () => {
      this.counted += 1;
    },
    rest: (untilMs) => this.told.push(`rest ${untilMs}`),
    quarantine: () => this.told.push('quarantine'),
  };

  pass(signal = new AbortController().signal): Promise<void> {
    const fetch = async (url: URL) => {
      this.asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      if (this.reply instanceof Error) throw this.reply;
      const { status, head } = this.reply;
      return { url: url.href, status, headers: {}, text: () => head };
    };
    const waitFor = <T>(work: Promise<T>) => work;
    const ctx = { fetch, waitFor, signal, nowMs: () => this.nowMs };
    return this.gate.pass(ctx as unknown as Parameters<LoginGate['pass']>[0], this.account);
  }
}

describe('a login', () => {
  it('is tried once for all who come at the same time, and for a while', async () => {
    const rig = new Rig();
    await Promise.all(Array.from({ length: 10 }, () => rig.pass()));
    await rig.pass();
    assert.equal(rig.asked, 1);
    rig.nowMs += 11 * 60_000;
    await rig.pass();
    assert.equal(rig.asked, 2);
    assert.equal(rig.counted, 2);
  });

  it('that is wrong fails all of them with one try, and is set aside', async () => {
    const rig = new Rig();
    rig.reply = { status: 401, head: BAD };
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => rig.pass()));
    assert.equal(rig.asked, 1);
    assert.deepEqual(rig.told, ['quarantine']);
    for (const end of ends) {
      assert.ok(end.status === 'rejected');
      assert.equal(end.reason.failure.code, 'campaigns.login');
      assert.ok(!JSON.stringify(end.reason.failure).includes('pass-word'));
    }
  });

  it('that is locked out rests for a quarter of an hour', async () => {
    const rig = new Rig();
    rig.reply = { status: 200, head: 'Too many login attempts, try again in 15 minutes: |u|LOCK|' };
    await assert.rejects(rig.pass(), (error: FailureError) => {
      assert.equal(error.failure.class, 'throttled');
      return true;
    });
    assert.deepEqual(rig.told, ['rest 901000']);
  });

  it('is tried by the next one where who tried it was interrupted', async () => {
    const rig = new Rig();
    const controller = new AbortController();
    const [first, second] = [rig.pass(controller.signal), rig.pass()];
    controller.abort(new Error('interrupted'));
    await assert.rejects(first, /interrupted/);
    await second;
    assert.equal(rig.asked, 2);
    assert.deepEqual(rig.told, []);
  });

  it('is sent nowhere else', async () => {
    const rig = new Rig();
    rig.reply = new SluiceError('fetch.redirects_too_many', { host: 'd.example', limit: 0 });
    await assert.rejects(rig.pass(), /sends requests with a login on to another address/);
    assert.deepEqual(rig.told, []);
  });
});
