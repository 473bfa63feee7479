/** Deliveries into BigQuery: every row there once, whatever goes wrong on the way. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { FaultMode } from '../../sandbox/bigquery/bigquery-faults.ts';
import { type BigQueryStandIn, startBigQuery } from '../../sandbox/bigquery/start-bigquery.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { TableColumn } from '../../src/model/table.ts';
import { bigQueryKind } from '../../src/sinks/bigquery-kind.ts';
import {
  type DeliveryBatch,
  type DeliverySink,
  isPassing,
  VERSION_COLUMN,
  versionOf,
} from '../../src/sinks/delivery-sink.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'name', type: 'text' },
  { name: 'length in s', type: 'integer' },
  { name: 'score', type: 'number' },
  { name: 'sold', type: 'boolean' },
  { name: 'calledAt', type: 'time' },
  { name: 'more', type: 'json' },
];
const NEVER = new AbortController().signal;
/** Waits are as short as the stand-in is quick. */
const clock: Clock = {
  wallMs: () => systemClock.wallMs(),
  monoMs: () => systemClock.monoMs(),
  after: (ms, call) => systemClock.after(ms, call),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 10), signal),
};

let sandbox: BigQueryStandIn;
let folder: string;
let number = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bigquery-'));
  sandbox = await startBigQuery({ rows: 0, jobMs: 0, directory: folder, auth: true });
  const sink = await open('bigquery://sandbox/missing');
  // No dataset is made by itself.
  await rejects(sink.write(batch(0, 1), NEVER), 'sink.refused', /missing/);
  await fetchControl('POST', '/bigquery/v2/projects/sandbox/datasets', {
    datasetReference: { datasetId: 'd' },
  });
});
beforeEach(() => sandbox.reset());
after(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(address: string, keyFile = sandbox.files?.keyFile as string): Promise<DeliverySink> {
  const parts = { clock, random: seededRandom(1) };
  return bigQueryKind({ url: sandbox.url, keyFile }, parts).open(address);
}

/** With a token of the stand-in's account. */
async function fetchControl(method: string, path: string, body: unknown): Promise<void> {
  const { KeyFileTokens } = await import('../../src/bigquery/google-token.ts');
  const { sender } = await import('../../src/bigquery/send.ts');
  const keyFile = sandbox.files?.keyFile as string;
  const token = await new KeyFileTokens(keyFile, { clock, send: sender(clock) }).token();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(sandbox.url + path, { method, headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
}

function batch(from: number, count: number, more: Partial<DeliveryBatch> = {}): DeliveryBatch {
  number += 1;
  return {
    id: `job_1-t-${number}`,
    jobId: 'job_1',
    table: 'calls',
    columns: COLUMNS,
    rows: Array.from({ length: count }, (_, i) => ({
      id: `job_1.${from + i}.0`,
      values: [
        `Zoë "${from + i}"\n`,
        from + i,
        (from + i) / 8,
        i % 2 === 0,
        '2026-11-20T10:20:30.456+02:00',
        i % 3 === 0 ? undefined : JSON.stringify({ list: [1, null, 'a'] }, undefined, 1),
      ],
    })),
    ...more,
  };
}

async function rejects(promise: Promise<unknown>, code: string, words: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof SluiceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

const idsIn = async (table: string) =>
  (await sandbox.rows(table)).map(({ sluice_id }) => String(sluice_id)).sort();
const idsOf = (...batches: readonly DeliveryBatch[]) =>
  batches.flatMap(({ rows }) => rows.map(({ id }) => id)).sort();
/** Tables of batches go when they are merged. */
const left = () => sandbox.tables().filter((name) => name.includes('batch'));

describe('a delivery to BigQuery', () => {
  it('makes the table, and every value is what it was', async () => {
    const sink = await open('bigquery://sandbox/d');
    const one = batch(0, 3);
    await sink.write(one, NEVER);
    const rows = await sandbox.rows('d.calls');
    assert.deepEqual(rows[1], {
      sluice_id: 'job_1.1.0',
      name: 'Zoë "1"\n',
      length_in_s: 1,
      score: 0.125,
      sold: false,
      calledAt: '2026-11-20 08:20:30.456+00',
      more: { list: [1, null, 'a'] },
    });
    assert.equal(rows[0]?.more, null);
    await sink.write(one, NEVER);
    assert.deepEqual(await idsIn('d.calls'), idsOf(one));
    assert.deepEqual(left(), []);
  });

  for (const at of ['load', 'query', 'job', 'table', 'token'] as const) {
    for (const mode of [
      'rate-limit',
      'unavailable',
      'error500',
      'reset',
      'lost',
      'job-error',
      'job-rate',
      'partial',
    ] as const) {
      if (mode === 'partial' && at !== 'load') continue;
      if (mode.startsWith('job-') && at !== 'load' && at !== 'query') continue;
      it(`is there once with ${mode} at ${at}`, async () => {
        const sink = await open(`bigquery://sandbox/d/${mode.replace('-', '_')}_${at}`);
        const [one, two] = [batch(0, 10), batch(5, 10)];
        sandbox.control({ do: 'fail', at, mode, times: 2 });
        await sink.write(one, NEVER);
        await sink.write(two, NEVER);
        await sink.write(two, NEVER);
        const ids = await idsIn(`d.${mode.replace('-', '_')}_${at}`);
        assert.deepEqual(ids, [...new Set(idsOf(one, two))].sort());
        assert.deepEqual(left(), []);
        assert.equal(sandbox.stats().faults[mode as FaultMode], 2);
      });
    }
  }

  it('that comes again after others changes nothing', async () => {
    const sink = await open('bigquery://sandbox/d/again?key=name');
    const key = ['name'];
    const columns = COLUMNS.slice(0, 2);
    const row = (id: string, n: number) => ({ id, values: ['x', n] });
    const one = batch(0, 0, { key, columns, rows: [row('a', 1), row('b', 2)] });
    const two = batch(0, 0, { key, columns, rows: [row('c', 3)] });
    await sink.write(one, NEVER);
    assert.deepEqual(await sandbox.rows('d.again'), [
      { sluice_id: 'b', name: 'x', length_in_s: 2 },
    ]);
    await sink.write(two, NEVER);
    // As after a restart: a sink that knows nothing.
    await (await open('bigquery://sandbox/d/again?key=name')).write(one, NEVER);
    assert.deepEqual(await sandbox.rows('d.again'), [
      { sluice_id: 'c', name: 'x', length_in_s: 3 },
    ]);
    // Without a value in the key, a row is one of its own.
    const none = (id: string, n: number) => ({ id, values: [undefined, n] });
    const mixed = batch(0, 0, { key, columns, rows: [none('d', 4), row('e', 5), none('f', 6)] });
    await sink.write(mixed, NEVER);
    await sink.write(mixed, NEVER);
    await sink.write(batch(0, 0, { key, columns, rows: [none('d', 4)] }), NEVER);
    assert.deepEqual(await idsIn('d.again'), ['d', 'e', 'f']);
  });

  it('goes on where a kill left it, between load and merge and behind', async () => {
    for (const [i, mode] of (['denied', 'lost'] as const).entries()) {
      const address = `bigquery://sandbox/d/killed_${i}`;
      const one = batch(0, 20);
      // The merge is not allowed, or done without an answer: this sink never learns of it.
      sandbox.control({ do: 'fail', at: 'query', mode, times: 100 });
      const gone = await open(address);
      await assert.rejects(gone.write(one, NEVER));
      sandbox.reset();
      await (await open(address)).write(one, NEVER);
      assert.deepEqual(await idsIn(`d.killed_${i}`), idsOf(one));
      assert.deepEqual(left(), []);
    }
  });

  it('that comes again with more columns has them', async () => {
    const address = 'bigquery://sandbox/d/later';
    const one = batch(0, 5);
    sandbox.control({ do: 'fail', at: 'query', mode: 'denied' });
    await rejects((await open(address)).write(one, NEVER), 'sink.refused', /Access Denied/);
    const columns = [...COLUMNS, { name: 'later', type: 'text' as const }];
    const rows = one.rows.map(({ id, values }) => ({ id, values: [...values, undefined] }));
    const wider = { ...one, columns, rows };
    await (await open(address)).write(wider, NEVER);
    assert.deepEqual(await idsIn('d.later'), idsOf(one));
    assert.deepEqual(left(), []);
    await (await open(address)).write(one, NEVER);
    assert.deepEqual(await idsIn('d.later'), idsOf(one));
    assert.deepEqual(left(), []);
  });

  it('loads again what has gone before it was merged', async () => {
    const other = await startBigQuery({ rows: 0, jobMs: 0 });
    try {
      const kind = bigQueryKind(
        { url: other.url, keyFile: '' },
        { clock, random: seededRandom(1) },
      );
      const write = async () =>
        (await kind.open('bigquery://sandbox/samples/expired')).write(one, NEVER);
      const one = batch(0, 20);
      other.control({ do: 'fail', at: 'query', mode: 'denied' });
      await rejects(write(), 'sink.refused', /Access Denied/);
      assert.equal(other.tables().filter((name) => name.includes('batch')).length, 1);
      // A day later, by the clock of the service.
      other.control({ do: 'advance', minutes: 25 * 60 });
      assert.deepEqual(other.tables(), ['samples.people', 'samples.expired']);
      other.control({ do: 'advance', minutes: -25 * 60 });
      await write();
      const ids = (await other.rows('samples.expired')).map(({ sluice_id }) => sluice_id);
      assert.deepEqual(ids.sort(), idsOf(one));
    } finally {
      await other.close();
    }
  });

  it('says which errors last and which do not', async () => {
    const sink = await open('bigquery://sandbox/d/errors');
    for (const [mode, code, words, passing] of [
      ['rate-limit', 'sink.busy', /Exceeded rate limits/, true],
      ['quota', 'sink.busy', /Quota exceeded/, true],
      ['unavailable', 'sink.failed', /Retrying may solve/, true],
      ['reset', 'sink.unavailable', /127\.0\.0\.1:\d+: /, true],
      ['denied', 'sink.refused', /Access Denied/, false],
    ] as const) {
      sandbox.control({ do: 'fail', at: 'load', mode, times: 50 });
      const failed = sink.write(batch(0, 2), NEVER);
      await rejects(failed, code, words);
      assert.equal(isPassing(await failed.catch((error) => error)), passing);
      sandbox.reset();
    }
  });

  it('keeps the later of two rows with the same key, whichever is sent last', async () => {
    const sink = await open('bigquery://sandbox/d/versions');
    const columns = [VERSION_COLUMN, 'email', 'n'].map((name) => {
      return { name, type: name === 'n' ? ('integer' as const) : ('text' as const) };
    });
    const send = async (jobId: string, ...rows: (readonly [atMs: number, email?: string])[]) => {
      const values = rows.map(([atMs, email]) => [versionOf(atMs, jobId), email, atMs]);
      const made = values.map((cells, i) => ({ id: `${jobId}.${number}.${i}`, values: cells }));
      const sent = batch(0, 0, { jobId, columns, key: ['email'], rows: made });
      await sink.write(sent, NEVER);
      await sink.write(sent, NEVER);
    };
    await send('j_2', [2_000, 'a'], [2_000, 'b'], [2_000]);
    await send('j_1', [1_000, 'a'], [3_000, 'b'], [1_500, 'c'], [1_400, 'c'], [1_000]);
    await send('j_2', [3_000, 'b'], [4_000, 'd']);
    await send('j_1', [4_000, 'd']);
    const rows = (await sandbox.rows('d.versions')).map(({ sluice_version, email, n }) => {
      return `${email ?? ''}${n} ${String(sluice_version).split(' ')[1]}`;
    });
    const keyed = ['a2000 j_2', 'b3000 j_2', 'c1500 j_1', 'd4000 j_2'];
    assert.deepEqual(rows.sort(), ['1000 j_1', '2000 j_2', ...keyed]);
    assert.deepEqual(left(), []);
  });

  it('names the rows that are not taken, and takes none of their batch', async () => {
    const sink = await open('bigquery://sandbox/d/refused');
    await sink.write(batch(0, 1), NEVER);
    const bad = batch(10, 4);
    const values = [...(bad.rows[2]?.values ?? [])];
    values[4] = 'no time at all';
    const rows = bad.rows.map((row, i) => (i === 2 ? { ...row, values } : row));
    await rejects(
      sink.write({ ...bad, rows }, NEVER),
      'sink.refused',
      /row job_1\.12\.0: .*position \d+.*bad value\): no time at all/,
    );
    assert.equal((await sandbox.rows('d.refused')).length, 1);
  });

  it('adds columns, widens what can be widened, and refuses the rest', async () => {
    const sink = await open('bigquery://sandbox/d/wider');
    const columns: TableColumn[] = [{ name: 'n', type: 'integer' }];
    const write = (types: TableColumn[], values: (string | number)[], id: string) =>
      sink.write(batch(0, 0, { columns: types, rows: [{ id, values }] }), NEVER);
    await write(columns, [1], 'a');
    await write(
      [
        { name: 'n', type: 'number' },
        { name: 'N', type: 'text' },
      ],
      [1.5, 'two'],
      'b',
    );
    assert.deepEqual(await sandbox.rows('d.wider'), [
      { sluice_id: 'a', n: 1, N_2: null },
      { sluice_id: 'b', n: 1.5, N_2: 'two' },
    ]);
    await rejects(
      write([{ name: 'n', type: 'json' }], ['{}'], 'c'),
      'sink.misfit',
      /Column n .* FLOAT and cannot hold json/,
    );
  });

  it('uses a token to its end, another where it is refused, and tells no secret', async () => {
    const sink = await open('bigquery://sandbox/d/tokens');
    await sink.write(batch(0, 1), NEVER);
    assert.equal(sandbox.stats().tokens, 1);
    sandbox.control({ do: 'expire-tokens' });
    await sink.write(batch(1, 1), NEVER);
    assert.equal(sandbox.stats().tokens, 2);
    const key = JSON.parse(JSON.stringify(sandbox.key)) as Record<string, string>;
    const file = (name: string, value: unknown) => {
      const path = join(folder, name);
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
      return path;
    };
    const cases = [
      ['', /no key file is named|invalid authentication/],
      [join(folder, 'none.json'), /cannot be read \(ENOENT\)/],
      [file('text.json', 'hello'), /is no JSON/],
      [file('other.json', { type: 'external_account' }), /but external_account/],
      [
        file('broken.json', { ...key, private_key: 'xyz-secret' }),
        /private_key of the key file is none/,
      ],
      [
        file('foreign.json', { ...key, client_email: 'a@b.example' }),
        /not accepted \(invalid_grant: /,
      ],
      [file('open.json', { ...key, token_uri: 'http://example.com/token' }), /no https: address/],
    ] as const;
    for (const [path, words] of cases) {
      const failed = (await open('bigquery://sandbox/d/tokens', path)).write(batch(2, 1), NEVER);
      await rejects(failed, 'sink.credentials', words);
      const { message, stack } = await failed.catch((error) => error);
      for (const secret of [sandbox.key.private_key.slice(40, 90), 'xyz-secret']) {
        assert.ok(!`${message}${stack}`.includes(secret));
      }
    }
  });

  it('ends with its signal', async () => {
    const sink = await open('bigquery://sandbox/d/ended');
    const leaving = new AbortController();
    sandbox.control({ do: 'fail', at: 'load', mode: 'slow', ms: 60_000 });
    const written = sink.write(batch(0, 1), leaving.signal);
    const until = async () => {
      while (sandbox.stats().faults.slow === undefined) await clock.sleep(5);
    };
    await Promise.race([until(), written]);
    leaving.abort(new Error('to leave'));
    await assert.rejects(written, /to leave/);
  });
});

describe('addresses of BigQuery', () => {
  it('are read, or refused with a word about why', () => {
    const { check } = bigQueryKind({ url: '', keyFile: '' }, { clock, random: seededRandom(1) });
    assert.deepEqual(check('bigquery://my-project/d/t?key=a,b'), {
      place: 'bigquery://my-project/d/t',
      key: ['a', 'b'],
    });
    assert.deepEqual(check('bigquery://my-project/d/'), { place: 'bigquery://my-project/d' });
    for (const wrong of [
      'bigquery://',
      'bigquery://P',
      'bigquery://project',
      'bigquery://project/d/t/u',
      'bigquery://project/d?table=x',
      'bigquery://project/d-e/t',
    ]) {
      assert.throws(() => check(wrong), { code: 'sink.invalid' }, wrong);
    }
  });
});
