/** A language model that does not answer costs notes: it fails no row and keeps none waiting. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { ContactRecord } from '../../src/collectors/contacts/contact-record.ts';
import { createContactsCollector } from '../../src/collectors/contacts/contacts.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { type ScriptedAnswer, ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const ROWS = 200;
const HTML: ScriptedAnswer = {
  delayMs: 900,
  body: '<html><body>Write to info@mill-brook.de</body></html>',
  headers: { 'content-type': 'text/html' },
};
const FETCH = {
  userAgent: 'test',
  timeoutMs: 1_000,
  deadlineMs: 30_000,
  bodyBytesMax: 10_000,
  redirectsMax: 5,
  robots: false,
  crawlDelayMaxMs: 1_000,
};

async function collect(model: ScriptedAnswer) {
  const clock = new VirtualClock();
  const fetcher = new ScriptedFetcher(clock, ({ url }) =>
    url.host === 'model.test' ? model : HTML,
  );
  const collector = createContactsCollector({
    model: {
      baseUrl: 'http://model.test/v1',
      model: 'm',
      apiKey: '',
      concurrency: 4,
      timeoutMs: 120_000,
    },
  }) as Collector;
  const source = {
    columns: ['website'],
    column: 'website',
    async *rows() {
      for (let n = 0; n < ROWS; n += 1) {
        const website = `http://s${n}.test/`;
        yield { line: n + 2, cells: [website], fields: { website } };
      }
    },
  };
  const openSource = async () => source;
  const limits = { ...LIMITS, attemptTimeoutMs: 120_000 };
  const { engine, store } = setUp(
    collector,
    0,
    { fetcher, fetch: FETCH, limits, openSource },
    clock,
  );
  await engine.submit({ ...spec('j1', clock), options: { model: true, pages: 1 } });
  const job = await finished(engine, clock, 'j1', 600_000);
  const records = await store.records('j1', undefined, ROWS);
  await engine.close();
  return { job, records: records.map(({ json }) => JSON.parse(json) as ContactRecord) };
}

describe('a language model that', () => {
  const table: [string, ScriptedAnswer][] = [
    ['cannot be reached', { fails: 'fetch.refused' }],
    ['never answers', { delayMs: Number.POSITIVE_INFINITY }],
    ['has used up its quota', { status: 429, headers: { 'retry-after': '3600' } }],
    ['answers with an error', { status: 500, delayMs: 100 }],
    ['answers with anything', { body: 'oops', delayMs: 100 }],
  ];
  for (const [what, answer] of table) {
    it(`${what} leaves every row with what its pages gave, and soon`, async () => {
      const { job, records } = await collect(answer);
      assert.equal(job.counters.completed, ROWS);
      assert.equal(job.counters.failedAttempts, 0);
      for (const record of records) {
        assert.deepEqual(
          record.emails.map(({ value }) => value),
          ['info@mill-brook.de'],
        );
        assert.match(record.notes.join(), /language model/);
      }
    });
  }
});
