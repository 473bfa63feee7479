/** Failures over all jobs: when they happened, muted ones, and the rows that failed as a file. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { Feed } from '../../src/engine/feed.ts';
import { FailureMutes, MUTES_MAX } from '../../src/server/failure-mutes.ts';
import { FailureTimes, SPANS } from '../../src/server/failure-times.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { FailureGroup } from '../../src/store/store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { CSV, PATH, startUploads, startWebsite } from './upload-rig.ts';

const MINUTE_MS = 60_000;

function openTimes(store = new MemoryStore(), clock = new VirtualClock()) {
  const feed = new Feed(clock, 1, () => {});
  const warned: string[] = [];
  const log = { warn: (text: string) => void warned.push(text) };
  const times = new FailureTimes({ engine: { feed }, store, clock, log });
  const group = (count: number, firstMs: number, lastMs = clock.wallMs()): FailureGroup => {
    const sample = { class: 'gone', code: 'http.404', message: 'gone' } as const;
    return { fingerprint: 'print', sample, sampleSeq: 0, count, refused: 0, firstMs, lastMs };
  };
  return { times, clock, store, group, warned };
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  await clock.run(() => false, clock.monoMs() + ms);
}

describe('times of failures', () => {
  it('are those of what was added between two looks', async () => {
    const { times, clock, group } = openTimes();
    const beganMs = clock.wallMs();
    await times.look('j', [group(3, beganMs)]);
    await pass(clock, 10 * MINUTE_MS);
    await times.look('j', [group(8, beganMs)]);
    // Some are tried anew: nothing happened less. What fails then is new.
    await times.look('j', [group(2, beganMs)]);
    await pass(clock, 5 * MINUTE_MS);
    await times.look('j', [group(3, beganMs)]);
    const hour = times.of('j', 'print', 'hour', clock.wallMs());
    assert.equal(hour.length, SPANS.hour.steps);
    assert.deepEqual([hour.at(-16), hour.at(-6), hour.at(-1)], [3, 5, 1]);
    assert.equal(sum(hour), 9);
    assert.equal(sum(times.of('j', 'print', 'week', clock.wallMs())), 9);
    assert.equal(sum(times.of('j', 'other', 'week', clock.wallMs())), 0);
    await times.close();
  });

  it('are spread evenly where nobody looked before', async () => {
    const { times, clock, group } = openTimes();
    const beganMs = clock.wallMs();
    await pass(clock, 9 * MINUTE_MS);
    await times.look('j', [group(1_000, beganMs)]);
    const hour = times.of('j', 'print', 'hour', clock.wallMs());
    assert.deepEqual(hour.slice(-10), new Array(10).fill(100));
    await times.close();
  });

  it('outlive a restart, and are forgotten after a week', async () => {
    const first = openTimes();
    await first.times.look('j', [first.group(5, first.clock.wallMs())]);
    await first.times.close();
    const { store, clock } = first;
    await pass(clock, 20 * MINUTE_MS);
    const second = openTimes(store, clock);
    await second.times.look('j', [second.group(7, 0)]);
    const hour = second.times.of('j', 'print', 'hour', clock.wallMs());
    assert.deepEqual([hour.at(-21), hour.at(-1), sum(hour)], [5, 2, 7]);
    await second.times.close();
    assert.deepEqual([...first.warned, ...second.warned], []);
    await pass(clock, 8 * 86_400_000);
    const third = openTimes(store, clock);
    await third.times.close();
    assert.deepEqual(await store.documents({ kind: 'failure-times', limit: 10 }), []);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

describe('mutes', () => {
  it('hold until their time, and no more than there may be', async () => {
    const clock = new VirtualClock();
    const mutes = new FailureMutes({ store: new MemoryStore(), clock });
    const untilMs = clock.wallMs() + MINUTE_MS;
    await mutes.mute('acme', { fingerprint: 'a', by: 'Ada', untilMs, why: 'known' });
    await mutes.mute('acme', { fingerprint: 'b', by: 'Ada' });
    assert.deepEqual([...(await mutes.list('acme')).keys()].sort(), ['a', 'b']);
    assert.equal((await mutes.list('')).size, 0);
    await pass(clock, MINUTE_MS);
    assert.deepEqual([...(await mutes.list('acme')).keys()], ['b']);
    await mutes.unmute('acme', 'b');
    assert.equal((await mutes.list('acme')).size, 0);
    for (let i = 0; i < MUTES_MAX; i += 1) {
      await mutes.mute('', { fingerprint: `of operators ${i}`, by: 'Ada' });
    }
    await assert.rejects(mutes.mute('', { fingerprint: 'one more', by: 'Ada' }), {
      code: 'failures.too_many_mutes',
    });
  });
});

test('failures over HTTP', async (context) => {
  const website = await startWebsite(context);
  const { call, ended } = await startUploads(context, { allowHosts: [website] });
  const lines = [
    'id,website',
    '1,no site',
    `2,${website}`,
    '3,http://127.0.0.1:1/,"=cmd()"',
    '4,"<b>""site"""',
    '5,no shop',
  ];
  const made = await call('POST', PATH, { key: 'run', headers: CSV, body: lines.join('\n') });
  const { id } = await ended(made.json.job.id);
  const failures = async (key: 'read' | 'other' | 'operator' = 'read', query = '') =>
    (await call('GET', `/v1/failures${query}`, { key })).json;
  const { groups } = await failures();
  const [largest] = groups;

  await context.test('tell when they happened', async () => {
    assert.equal(groups.length, 3);
    // All of them are of this hour.
    assert.equal((await failures()).span, 'hour');
    for (const span of ['hour', 'day', 'week'] as const) {
      const told = await failures('read', `?span=${span}`);
      for (const group of told.groups) {
        assert.equal(group.over.length, SPANS[span].steps);
        assert.equal(sum(group.over), group.count);
      }
      assert.equal(told.overStepMs, SPANS[span].stepMs);
      const endMs = told.overFromMs + told.overStepMs * SPANS[span].steps;
      assert.ok(endMs > Date.now() - MINUTE_MS && endMs <= Date.now() + told.overStepMs);
    }
  });

  await context.test('are muted for the tenant alone, by whom and until when', async () => {
    const { fingerprint } = largest;
    const json = { fingerprint, forMs: 3_600_000, why: 'The shop is closed.' };
    const refused = await call('POST', '/v1/failures/mute', { key: 'read', json });
    assert.equal(refused.status, 403);
    assert.equal((await call('POST', '/v1/failures/mute', { key: 'run', json })).status, 200);
    const muted = (await failures()).groups[0].muted;
    assert.deepEqual([muted.by, muted.why], ['run', 'The shop is closed.']);
    assert.equal(muted.untilMs - muted.sinceMs, 3_600_000);
    assert.equal((await failures('operator')).groups[0].muted, undefined);
    const undo = { fingerprint };
    await call('POST', '/v1/failures/unmute', { key: 'other', json: undo });
    assert.ok((await failures()).groups[0].muted);
    const undone = await call('POST', '/v1/failures/unmute', { key: 'run', json: undo });
    assert.equal(undone.status, 204);
    assert.equal((await failures()).groups[0].muted, undefined);
  });

  await context.test('are a file: row, code and sentence', async () => {
    const download = async (query = '') => {
      const path = `/v1/jobs/${id}/failures/download${query}`;
      const answer = await call('GET', path, { key: 'read' });
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers.get('content-disposition') ?? '', /failures\.csv"/);
      return parse(answer.text, { relax_column_count: true }) as string[][];
    };
    const [names, ...rows] = await download();
    assert.deepEqual(names, ['line', 'code', 'reason', 'id', 'website']);
    assert.deepEqual(
      rows.map(([line, , , ...cells]) => [line, ...cells]),
      [
        ['2', '1', 'no site'],
        ['4', '3', 'http://127.0.0.1:1/', '=cmd()'],
        ['5', '4', '<b>"site"'],
        ['6', '5', 'no shop'],
      ],
    );
    assert.ok(rows.every(([, code, reason]) => code !== '' && reason !== ''));
    const one = new URLSearchParams({ only: largest.fingerprint });
    assert.deepEqual(
      (await download(`?${one}`)).slice(1).map(([, , , number]) => number),
      ['1', '5'],
    );
    const byCode = (await download(`?only=${largest.sample.code}`)).slice(1);
    assert.ok(byCode.length >= 2 && byCode.every(([, code]) => code === largest.sample.code));
    const safe = await download('?safeFormulas=all');
    assert.equal(safe[2]?.[5], "'=cmd()");
    const path = `/v1/jobs/${id}/failures/download`;
    assert.equal((await call('GET', `${path}?only=nonsense`)).json.code, 'usage.unknown');
    assert.equal((await call('GET', path, { key: 'other' })).status, 404);
  });

  await context.test(
    'are a file with rows like an earlier one as well, where asked for',
    async () => {
      const bad = 'http://127.0.0.1:1/';
      const again = ['id,website', `1,${bad}`, `2,${website}`, '3,no site', `4,${bad}`];
      // The first of some of them is not on their page of results.
      const more = Array.from({ length: 600 }, (_, at) => `${at + 5},${at % 2 ? bad : website}`);
      const body = [...again, ...more].join('\n');
      const { job } = (await call('POST', PATH, { key: 'run', headers: CSV, body })).json;
      await ended(job.id);
      const rows = async (query: string) => {
        const path = `/v1/jobs/${job.id}/failures/download${query}`;
        const { text } = await call('GET', path, { key: 'read' });
        return (parse(text) as string[][]).slice(1);
      };
      const numbers = async (query: string) => (await rows(query)).map(([, , , number]) => number);
      const repeated = more.filter((_, at) => at % 2).map((line) => line.split(',')[0]);
      assert.deepEqual(await numbers(''), ['1', '3']);
      assert.deepEqual(await numbers('?duplicates=false'), ['1', '3']);
      const all = await rows('?duplicates=true');
      assert.deepEqual(
        all.map(([, , , number]) => number),
        ['1', '3', '4', ...repeated],
      );
      assert.deepEqual(all[2]?.slice(1, 3), all[0]?.slice(1, 3), 'with the reason of the first');
      assert.equal(all[2]?.[0], '5', 'with their own line');
      const code = all[0]?.[1];
      assert.deepEqual(await numbers(`?duplicates=true&only=${code}`), ['1', '4', ...repeated]);
      const answer = await call('GET', `/v1/jobs/${job.id}/failures`, { key: 'read' });
      const { fingerprint } = answer.json.groups.find(
        ({ sample }: { sample: { code: string } }) => sample.code === code,
      );
      const group = new URLSearchParams({ duplicates: 'true', only: fingerprint });
      assert.deepEqual(await numbers(`?${group}`), ['1', '4', ...repeated]);
    },
  );
});
