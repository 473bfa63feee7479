/** Campaigns in real processes, some of which hang, leave, are killed or fill their memory. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import {
  CampaignProcesses,
  type InProcess,
} from '../../src/collectors/campaigns/campaign-processes.ts';
import type { ClientInput } from '../../src/collectors/campaigns/client-input.ts';
import { type CollectRules, collectClient } from '../../src/collectors/campaigns/collect-client.ts';
import { LoginGate } from '../../src/collectors/campaigns/login-gate.ts';
import type { RowPiece } from '../../src/collectors/campaigns/parse-rows.ts';
import type { CollectContext } from '../../src/collectors/collector.ts';
import { FailureError } from '../../src/model/failure.ts';
import { processRunner } from '../../src/workers/process-runner.ts';
import { WorkerPool } from '../../src/workers/worker-pool.ts';

const never = new AbortController().signal;
const parser = {
  module: new URL('../fixtures/campaign-parser.ts', import.meta.url),
  name: 'parse',
};
const open: CampaignProcesses[] = [];

function processes(count: number, each: number, timeoutMs = 600_000): CampaignProcesses {
  const start = () =>
    new WorkerPool({
      start: processRunner({ memoryMbMax: 160, clock: systemClock }),
      min: 0,
      max: 1,
      clock: systemClock,
      callTimeoutMs: 6_000,
      idleMs: 60_000,
    });
  const made = new CampaignProcesses(
    { processes: count, each, timeoutMs },
    { clock: systemClock, start, parser },
  );
  open.push(made);
  return made;
}

function piece(campaign: string): RowPiece {
  const bytes = Buffer.from('2026-11-20 12:05:00\tSALE\t1\t2\r\n');
  const context = { campaign, client: 'c', direction: 'outbound', zone: 0 } as const;
  return { context, columns: ['call_date', 'status', 'lead_id', 'uniqueid'], bytes };
}

async function failureIn(process: InProcess, campaign: string): Promise<FailureError['failure']> {
  const error = await process.parse(piece(campaign)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FailureError, String(error));
  return error.failure;
}

describe('campaigns in processes', () => {
  after(() => Promise.all(open.map((each) => each.close())));

  it('do no harm to each other, and are named', async () => {
    const all = processes(5, 2);
    const enter = (campaign: string) => all.enter(campaign, campaign, never);
    const good = await enter('good');
    const codes = {
      hangs: 'campaigns.process_hung',
      leaves: 'campaigns.process_crashed',
      killed: 'campaigns.process_crashed',
      full: 'campaigns.process_memory',
    };
    let parsed = 0;
    let over = false;
    const steady = (async () => {
      while (!over) {
        const { ends } = await good.parse(piece('good'));
        assert.equal(ends.length, 1);
        parsed += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const bad = Object.entries(codes).map(async ([campaign, code]) => {
      const process = await enter(campaign);
      const failure = await failureIn(process, campaign);
      assert.equal(failure.code, code, failure.message);
      assert.equal(failure.class, 'transient');
      assert.match(failure.message, new RegExp(`campaign ${campaign} `));
      process.leave();
    });
    await Promise.all(bad);
    over = true;
    await steady;
    assert.ok(parsed > 0);
    good.leave();
    assert.deepEqual(all.status, { processes: 0, waiting: 0 });
  });

  it('lose the call in hand alone: what waits behind it goes on in a new process', async () => {
    const all = processes(1, 3);
    const inside = await all.enter('mixed', 'mixed', never);
    const first = failureIn(inside, 'killed');
    const others = [1, 2, 3].map(() => inside.parse(piece('good')));
    assert.equal((await first).code, 'campaigns.process_crashed');
    for (const { ends } of await Promise.all(others)) assert.equal(ends.length, 1);
    inside.leave();
  });

  it('are ended when their time is over, and come back in a new one', async () => {
    const all = processes(1, 2, 400);
    const [one, two] = await Promise.all([
      all.enter('long', 'long', never),
      all.enter('long', 'long', never),
    ]);
    const waits = all.enter('next', 'next', never);
    await new Promise<void>((resolve) => {
      one.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const each of [one, two]) {
      const failure = await failureIn(each, 'long');
      assert.equal(failure.code, 'campaigns.process_timeout');
      each.leave();
    }
    // Whose turn it is gets a process with all its time.
    const next = await waits;
    assert.equal(next.signal.aborted, false);
    next.leave();
  });

  it('are given back where nobody waits any more when the turn comes', async () => {
    const all = processes(1, 1);
    const first = await all.enter('a', 'a', never);
    const left = new Error('the attempt was interrupted');
    const ctx = { signal: never, waitFor: () => Promise.reject(left) };
    const reading = collectClient(
      { tenant: 't', campaign: 'b' } as ClientInput,
      ctx as unknown as CollectContext,
      {} as CollectRules,
      { processes: all, gate: new LoginGate() },
    );
    await assert.rejects(reading.next(), left);
    first.leave();
    const last = await all.enter('c', 'c', never);
    last.leave();
    assert.deepEqual(all.status, { processes: 0, waiting: 0 });
  });

  it('give up waiting when they are told to', async () => {
    const all = processes(1, 1);
    const first = await all.enter('a', 'a', never);
    const controller = new AbortController();
    const second = all.enter('b', 'b', controller.signal);
    controller.abort(new Error('no more'));
    await assert.rejects(second, /no more/);
    assert.equal(all.status.waiting, 0);
    first.leave();
  });
});
