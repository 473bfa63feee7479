import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import { sendToPostgres, tableTarget } from '../../src/engine/send-to-postgres.ts';
import type { TableColumn } from '../../src/model/table.ts';
import { type Known, storeOf } from '../fakes/download-fixture.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'text' },
  { name: 'n', type: 'integer' },
  { name: 'part', type: 'number' },
  { name: 'yes', type: 'boolean' },
  { name: 'at', type: 'time' },
  { name: 'Nested "x"', type: 'json' },
];

function row(id: string, n: number | null, more: object = {}): Known {
  const at = '2026-01-02T04:04:05+01:00';
  return {
    state: 'completed',
    records: [{ id, n, part: 0.5, yes: true, at, 'Nested "x"': { n }, ...more }],
  };
}

describe('records in a Postgres', () => {
  let url: string;
  before(async () => {
    url = await postgres.databaseUrl();
  });

  function send(known: readonly Known[], query: string, columns = COLUMNS, pool = 20) {
    const source = { job: { id: 'j_1' }, store: storeOf(known), columns };
    return sendToPostgres(source, tableTarget(`${url}?${query}`), pool);
  }
  const rows = (sql: string) => postgres.query(url, sql);

  it('are in a table that is made for them, with types', async () => {
    const odd = 'tab\t line\n back\\slash \\N "quote" ünï𝄞 \0 \ud800';
    await send([row('a', 1), row(odd, null, { 'Nested "x"': { text: odd } })], 'table=made');
    assert.deepEqual(await rows('SELECT * FROM made ORDER BY sluice_row'), [
      {
        sluice_job: 'j_1',
        sluice_row: '0',
        sluice_index: '0',
        id: 'a',
        n: '1',
        part: 0.5,
        yes: true,
        at: new Date('2026-01-02T03:04:05Z'),
        'Nested "x"': { n: 1 },
      },
      {
        sluice_job: 'j_1',
        sluice_row: '1',
        sluice_index: '0',
        id: odd.replace('\0', '\ufffd').replace('\ud800', '\ufffd'),
        n: null,
        part: 0.5,
        yes: true,
        at: new Date('2026-01-02T03:04:05Z'),
        'Nested "x"': { text: odd.replace('\0', '\ufffd').replace('\ud800', '\ufffd') },
      },
    ]);
  });

  it('are there once, however often they are sent', async () => {
    const many = Array.from({ length: 12_000 }, (_, n) => row(`r${n}`, n));
    const first = await send(many, 'table=once');
    assert.equal(first.records, 12_000);
    await send(many, 'table=once', COLUMNS, 1);
    assert.deepEqual(await rows('SELECT count(*), sum(n) FROM once'), [
      { count: '12000', sum: String((12_000 * 11_999) / 2) },
    ]);
  });

  it('take the place of what has their key, the last of several', async () => {
    const query = 'table=keyed&key=id';
    await send([row('a', 1), row('b', 2), row('a', 3)], query);
    await send([row('b', 4), row('c', 5)], query);
    assert.deepEqual(await rows('SELECT id, n FROM keyed ORDER BY id'), [
      { id: 'a', n: '3' },
      { id: 'b', n: '4' },
      { id: 'c', n: '5' },
    ]);
  });

  it('fit into a table of somebody else, whose types and other columns stay', async () => {
    await rows(
      'CREATE SCHEMA other; CREATE TABLE other.t (n numeric, id varchar(9) UNIQUE, extra int DEFAULT 7)',
    );
    await send([row('a', 1)], 'table=other.t&key=id', COLUMNS.slice(0, 2));
    await rows('UPDATE other.t SET extra = 8');
    await send([row('a', 2), row('b', 3)], 'table=other.t&key=id', COLUMNS.slice(0, 2));
    assert.deepEqual(await rows('SELECT id, n, extra FROM other.t ORDER BY id'), [
      { id: 'a', n: '2', extra: 8 },
      { id: 'b', n: '3', extra: 7 },
    ]);
  });

  it('are told what the table lacks', async () => {
    await rows('CREATE TABLE small (id text, n bigint)');
    const cases: [string, RegExp][] = [
      ['table=small', /it has no column sluice_job/],
      ['table=small&key=id', /it has no column part, yes, at, Nested "x"/],
      ['table=new&key=nothing', /no column nothing for the key/],
      ['table=nowhere.t', /schema "nowhere" does not exist/],
    ];
    for (const [query, message] of cases) {
      await assert.rejects(send([row('a', 1)], query), { code: 'export.refused', message });
    }
    await assert.rejects(send([row('a', 1)], 'table=small&key=id', COLUMNS.slice(0, 2)), {
      code: 'export.refused',
      message: /no unique or exclusion constraint/,
    });
  });

  it('need a key in each record', async () => {
    await assert.rejects(send([{ state: 'completed', records: [{ n: 1 }] }], 'table=k&key=id'), {
      code: 'export.refused',
      message: /null value in column "id"/,
    });
  });

  it('go over no more connections than are given', async () => {
    const many = Array.from({ length: 60_000 }, (_, n) => row(`r${n}`, n));
    let most = 0;
    let over = false;
    const sending = send(many, 'table=bounded', COLUMNS, 2).finally(() => {
      over = true;
    });
    while (!over) {
      const [seen] = (await rows(
        "SELECT count(*)::int AS c FROM pg_stat_activity WHERE application_name = 'sluice export'",
      )) as { c: number }[];
      most = Math.max(most, seen?.c ?? 0);
    }
    assert.equal((await sending).records, 60_000);
    assert.ok(most >= 1 && most <= 2, `${most} connections`);
  });

  it('say who does not answer, or does not let them in, without the password', async () => {
    const nobody = tableTarget('postgres://u:secret@127.0.0.1:1/db?table=t');
    const source = { job: { id: 'j' }, store: storeOf([]), columns: COLUMNS };
    await assert.rejects(sendToPostgres(source, nobody, 1), (error: SluiceError) => {
      assert.equal(error.code, 'export.unavailable');
      assert.doesNotMatch(error.message, /secret/);
      assert.match(error.hint, /`sluice jobs download j` and the same --to/);
      return true;
    });
    const wrong = postgres.urlOf('postgres', { password: 'wrong-one' });
    await assert.rejects(sendToPostgres(source, tableTarget(`${wrong}?table=t`), 1), {
      code: 'export.refused',
      message: /password authentication failed/,
    });
  });
});

describe('the address of a table', () => {
  it('is taken apart', () => {
    const target = tableTarget(
      'postgres://me:pw@host:5433/db?sslmode=disable&table=a.b&key=x,%20y',
    );
    assert.deepEqual(target, {
      url: 'postgres://me:pw@host:5433/db?sslmode=disable',
      table: ['a', 'b'],
      key: ['x', 'y'],
      name: 'host:5433/db table a.b',
    });
  });

  it('is refused where it names none, without the password', () => {
    for (const text of ['postgres://me:pw@host/db', 'mysql://me:pw@host/db?table=t', 'x', '']) {
      assert.throws(
        () => tableTarget(text),
        (error: Error) => {
          assert.ok(error instanceof SluiceError && error.code === 'export.target_invalid');
          assert.doesNotMatch(error.message, /pw/);
          return true;
        },
      );
    }
  });
});
