import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { Patience } from './patience.ts';
import { ServerRefusal } from './server-refusal.ts';

const never = new AbortController().signal;
const gone = () => new SluiceError('server.unreachable', { url: 'http://x', detail: 'refused' });

/** Time passes only by waiting. */
function patience() {
  let nowMs = 0;
  const said: string[] = [];
  const clock = {
    monoMs: () => nowMs,
    async sleep(ms: number, signal: AbortSignal) {
      signal.throwIfAborted();
      nowMs += ms;
    },
  } as unknown as Clock;
  const made = new Patience(clock, (line) => said.push(line));
  return { made, said, nowMs: () => nowMs };
}

it('tells at once of a server that was never there', async () => {
  const { made, said } = patience();
  await assert.rejects(
    made.run(() => Promise.reject(gone()), never),
    { code: 'server.unreachable' },
  );
  assert.deepEqual(said, []);
});

it('waits for one that is started anew, and says so once', async () => {
  const { made, said } = patience();
  made.found();
  const answers = [gone(), gone(), new ServerRefusal(503, ''), 'here'];
  const work = async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  assert.equal(await made.run(work, never), 'here');
  assert.deepEqual(
    said.map((line) => line.split('.')[0]),
    ['The server does not answer', 'The server answers again'],
  );
});

it('gives up after a while, and at once where the server has refused', async () => {
  const { made, nowMs } = patience();
  made.found();
  await assert.rejects(
    made.run(() => Promise.reject(gone()), never),
    { code: 'server.unreachable' },
  );
  assert.ok(nowMs() > 300_000 && nowMs() < 310_000, String(nowMs()));
  const refused = patience();
  refused.made.found();
  const refusal = new ServerRefusal(404, JSON.stringify({ code: 'job.not_found', detail: 'x' }));
  await assert.rejects(
    refused.made.run(() => Promise.reject(refusal), never),
    refusal,
  );
  assert.equal(refused.nowMs(), 0);
});

it('leaves off when it is told to', async () => {
  const { made } = patience();
  made.found();
  const leave = new AbortController();
  const work = () => {
    leave.abort();
    return Promise.reject(gone());
  };
  await assert.rejects(made.run(work, leave.signal), { name: 'AbortError' });
});
