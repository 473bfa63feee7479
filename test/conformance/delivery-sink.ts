/**
 * What every destination does with batches: whole or not at all, each once, with columns that grow.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import type { Cell, ColumnType, TableColumn } from '../../src/model/table.ts';
import {
  type DeliveryBatch,
  type DeliverySink,
  isPassing,
  VERSION_COLUMN,
  versionOf,
} from '../../src/sinks/delivery-sink.ts';

export interface SinkHome {
  open(): Promise<DeliverySink>;
  /** All rows there, of any order: by name; what is NULL may be missing. */
  read(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Takes the destination away, and brings it back. Undefined: it cannot go. */
  readonly outage?: { down(): Promise<void>; up(): Promise<void> };
  /** Rows are put in the place of those with the same key. */
  readonly keyed: boolean;
  /** A column's type can become any wider one. */
  readonly widens: boolean;
  remove(): Promise<void>;
}

export const SINK_TABLE = 'people';

export function batchOf(
  no: number,
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  more: Partial<DeliveryBatch> = {},
): DeliveryBatch {
  return {
    id: `j_1-abc-${String(no).padStart(6, '0')}`,
    jobId: 'j_1',
    table: SINK_TABLE,
    columns,
    rows: rows.map((values, at) => ({ id: `${more.jobId ?? 'j_1'}.${no}.${at}`, values })),
    ...more,
  };
}

const column = (name: string, type: ColumnType): TableColumn => ({ name, type });
const NEVER = new AbortController().signal;

export function exerciseSink(name: string, make: (t: TestContext) => Promise<SinkHome>): void {
  describe(`destination: ${name}`, () => {
    let home: SinkHome;
    let sink: DeliverySink;
    beforeEach(async (t) => {
      home = await make(t as TestContext);
      sink = await home.open();
    });
    afterEach(async () => {
      await sink.close();
      await home.remove();
    });

    const write = (batch: DeliveryBatch) => sink.write(batch, NEVER);

    /** Rows by id, as texts that compare alike whatever the destination makes of a type. */
    async function found(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
      await sink.close();
      sink = await home.open();
      const rows = await home.read();
      const named = rows.map(({ sluice_id: id, ...cells }) => {
        const known = Object.entries(cells).filter(([, cell]) => (cell ?? undefined) !== undefined);
        return [String(id), Object.fromEntries(known.map(([key, cell]) => [key, shown(cell)]))];
      });
      assert.equal(new Set(named.map(([id]) => id)).size, rows.length, 'each row once');
      return Object.fromEntries(named);
    }

    it('holds values as they were', async () => {
      const columns = [
        column('name', 'text'),
        column('nested', 'json'),
        column('whole', 'integer'),
        column('part', 'number'),
        column('yes', 'boolean'),
        column('at', 'time'),
      ];
      const big = Number.MAX_SAFE_INTEGER;
      await write(
        batchOf(1, columns, [
          ['Ünï ✓ 𝄞 "q" \\ \t,\n\'x', '{"a":[1,null]}', big, 0.1, true, '2026-01-02T03:04:05.678Z'],
          ['', '[]', -big, -1.5e300, false, '2026-01-02T04:04:05+01:00'],
          [undefined, undefined, undefined, undefined, undefined, undefined],
          ['null', '"text"', 0, 0, false, '1969-12-31T23:59:59Z'],
        ]),
      );
      const rows = await found();
      assert.deepEqual(rows['j_1.1.0'], {
        name: 'Ünï ✓ 𝄞 "q" \\ \t,\n\'x',
        nested: '{"a":[1,null]}',
        whole: String(big),
        part: '0.1',
        yes: 'true',
        at: '2026-01-02T03:04:05.678Z',
      });
      assert.deepEqual(rows['j_1.1.1'], {
        name: '',
        nested: '[]',
        whole: String(-big),
        part: String(-1.5e300),
        yes: 'false',
        at: '2026-01-02T03:04:05.000Z',
      });
      assert.deepEqual(rows['j_1.1.2'], {});
      assert.equal(rows['j_1.1.3']?.at, '1969-12-31T23:59:59.000Z');
    });

    it('is changed by a batch once, however often it comes', async () => {
      const columns = [column('n', 'integer')];
      const first = batchOf(1, columns, [[1], [2]]);
      const second = batchOf(2, columns, [[3]]);
      await write(first);
      await write(first);
      const before = await found();
      await write(first);
      await write(second);
      await write(second);
      assert.deepEqual(await found(), { ...before, 'j_1.2.0': { n: '3' } });
      // Another process, which does not know how the last batch ended.
      await write(second);
      assert.equal(Object.keys(await found()).length, 3);
    });

    it('gets columns that come later', async () => {
      await write(batchOf(1, [column('a', 'text')], [['x']]));
      const more = [column('a', 'text'), column('b "quoted"', 'integer')];
      await write(batchOf(2, more, [['y', 7]]));
      const rows = await found();
      assert.equal(rows['j_1.1.0']?.a, 'x');
      const { a, ...rest } = rows['j_1.2.0'] ?? {};
      assert.deepEqual([a, Object.values(rest)], ['y', ['7']]);
    });

    it('widens columns, or says that it cannot', async () => {
      const names = ['number', 'text', 'json', 'late'];
      const as = (...types: ColumnType[]) => types.map((type, i) => column(names[i] ?? '', type));
      await write(batchOf(1, as('integer', 'integer', 'text', 'boolean'), [[1, 2, 'a"b', true]]));
      const wider = batchOf(2, as('number', 'text', 'json', 'text'), [[1.5, 'x', '{"k":1}', 'y']]);
      if (!home.widens) {
        return assert.rejects(write(wider), (error: { code?: string }) => {
          return error.code === 'sink.misfit' && !isPassing(error);
        });
      }
      await write(wider);
      // Of a job that has seen less.
      await write(batchOf(1, as('integer'), [[9]], { jobId: 'j_2', id: 'j_2-abc-000001' }));
      const rows = await home.read();
      assert.equal(rows.length, 3);
      const all = rows.map((row) => [row.number, row.text, row.late].map((cell) => String(cell)));
      assert.ok(
        all.some((cells) => cells.join() === '1,2,true'),
        String(all),
      );
      assert.ok(
        all.some((cells) => cells.join() === '1.5,x,y'),
        String(all),
      );
      return undefined;
    });

    it('takes 10,000 rows at once', async () => {
      const columns = [column('n', 'integer'), column('text', 'text')];
      const rows = Array.from({ length: 10_000 }, (_, n) => [n, `row ${n} ünï`]);
      await write(batchOf(1, columns, rows));
      const all = await found();
      assert.equal(Object.keys(all).length, 10_000);
      assert.deepEqual(all['j_1.1.9999'], { n: '9999', text: 'row 9999 ünï' });
    });

    it('puts a row in the place of the one with its key', async (t) => {
      if (!home.keyed) return t.skip('it has no keys');
      const columns = [column('email', 'text'), column('n', 'integer')];
      const key = ['email'];
      const send = (no: number, rows: Cell[][]) => write(batchOf(no, columns, rows, { key }));
      await send(1, [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ]);
      await send(2, [
        ['b', 4],
        ['c', 5],
      ]);
      await send(2, [
        ['b', 4],
        ['c', 5],
      ]);
      const rows = Object.values(await found()).map(({ email, n }) => `${email}${n}`);
      assert.deepEqual(rows.sort(), ['a3', 'b4', 'c5']);
      return undefined;
    });

    it('keeps the later of two rows with the same key, whichever job is delivered last', async (t) => {
      if (!home.keyed) return t.skip('it has no keys');
      const columns = [
        column(VERSION_COLUMN, 'text'),
        column('email', 'text'),
        column('n', 'integer'),
      ];
      let no = 0;
      const send = (jobId: string, ...rows: (readonly [atMs: number, email?: string])[]) => {
        no += 1;
        const id = `${jobId}-abc-${String(no).padStart(6, '0')}`;
        const cells = rows.map(([atMs, email]) => [versionOf(atMs, jobId), email, atMs]);
        return write(batchOf(no, columns, cells, { jobId, id, key: ['email'] }));
      };
      await send('j_2', [2_000, 'a'], [2_000, 'b'], [2_000], [2_000]);
      await send('j_1', [1_000, 'a'], [3_000, 'b'], [1_000, 'c'], [1_000]);
      await send('j_1', [1_500, 'c'], [1_400, 'c'], [1_400, 'a']);
      // Of the same moment: of one job the later batch, of two jobs always the same one.
      await send('j_2', [3_000, 'b'], [4_000, 'd']);
      await send('j_1', [4_000, 'd']);
      const rows = Object.values(await found()).map(({ sluice_version, email, n }) => {
        return `${email ?? ''}${n} ${sluice_version?.split(' ')[1]}`;
      });
      const keyless = ['1000 j_1', '2000 j_2', '2000 j_2'];
      assert.deepEqual(rows.sort(), [
        ...keyless,
        ...['a2000 j_2', 'b3000 j_2', 'c1500 j_1', 'd4000 j_2'],
      ]);
      return undefined;
    });

    it('tells of an outage as passing, and takes the batch after it', async (t) => {
      const { outage } = home;
      if (outage === undefined) return t.skip('it cannot be away');
      const columns = [column('n', 'integer')];
      await write(batchOf(1, columns, [[1]]));
      await sink.close();
      await outage.down();
      sink = await home.open();
      const away = batchOf(2, columns, [[2], [3]]);
      await assert.rejects(write(away), (error: Error & { code?: string }) => {
        assert.ok(isPassing(error), error.message);
        return /^sink\./.test(error.code ?? '');
      });
      await outage.up();
      await write(away);
      assert.equal(Object.keys(await found()).length, 3);
      return undefined;
    });

    it('takes no batch once it is told to stop', async () => {
      const stop = new AbortController();
      stop.abort(new Error('over'));
      const batch = batchOf(1, [column('n', 'integer')], [[1]]);
      await assert.rejects(sink.write(batch, stop.signal), /over/);
      await write(batch);
      assert.equal(Object.keys(await found()).length, 1);
    });
  });
}

function shown(cell: unknown): string {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object') return JSON.stringify(cell);
  return String(cell);
}
