import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

it('offers the same where it is taken apart', async () => {
  const clock = new VirtualClock();
  const collector: Collector = {
    name: 'test',
    async collect(_input, ctx) {
      const { fetch, sleep, waitFor, compute, account, sharedAccount, note, nowMs } = ctx;
      await sleep(10);
      const page = await fetch('http://site.example/');
      note('read');
      const text = await waitFor(Promise.resolve(page.text()));
      await assert.rejects(account(), { code: 'collector.threw' });
      await assert.rejects(sharedAccount('none'), { code: 'collector.threw' });
      await assert.rejects(compute(new URL('file:///none.js'), 'none', []));
      return { records: [{ text, nowMs: nowMs() }] };
    },
  };
  const fetcher = new ScriptedFetcher(clock, () => ({ body: 'whole' }));
  const { engine, store } = setUp(collector, 1, { fetcher }, clock);
  await engine.submit({ ...spec('j1', clock), retries: 0 });
  const job = await finished(engine, clock, 'j1');
  assert.deepEqual(await store.failureGroups('j1'), []);
  assert.equal(job.counters.completed, 1);
  const [record] = await store.records('j1', undefined, 10);
  assert.equal(JSON.parse(record?.json ?? '{}').text, 'whole');
  await engine.close();
});
