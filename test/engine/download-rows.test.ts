import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { writeDownload } from '../../src/engine/download.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import {
  done,
  download,
  FAILED,
  FAILURE,
  inputOf,
  type Known,
  NONE,
  recordsOf,
  rowCount,
  storeOf,
} from '../fakes/download-fixture.ts';

describe('rows beside their results', () => {
  it('each with its status and error, in order, before and after planning', async () => {
    const input = await inputOf('id,site\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f');
    const known = [
      done('x@a', 'y@a'),
      FAILED,
      done(),
      { state: 'waiting' },
      { state: 'cancelled' },
    ] as const;
    assert.equal(
      await download(input, known),
      [
        'id,site,email,status,error',
        '1,a,x@a; y@a,completed,',
        '2,b,,failed,"http.404: Not there, ""at all""."',
        '3,c,,completed,',
        '4,d,,waiting,',
        '5,e,,cancelled,',
        '6,f,,pending,',
      ].join('\n'),
    );
  });

  it('keeps delimiter, quotes, line ends, blank lines and the sign of the input', async () => {
    const input = await inputOf('\ufeffid;"site"\r\n1;"a;""b"""\r\n\r\n"2" ;b\r\n');
    assert.equal(
      await download(input, [done('x;y'), done('z')]),
      '\ufeffid;"site";email;status;error\r\n' +
        '1;"a;""b""";"x;y";completed;\r\n\r\n"2" ;b;z;completed;\r\n',
    );
  });

  it('lines the result columns up behind ragged rows, within reason', async () => {
    const wide = Array.from({ length: 40 }, (_, at) => at).join(',');
    const input = await inputOf(`a,b\n1\n1,2,3\n${wide}\n`);
    assert.equal(
      await download(input, [done('x'), done('y'), done('z')]),
      `a,b,column_3,email,status,error\n` +
        `1,,,x,completed,\n1,2,3,y,completed,\n${wide},z,completed,\n`,
    );
  });

  it('gives its columns other names where the input has those already', async () => {
    const input = await inputOf('status,email,sluice_status\n1,2,3\n');
    const [header] = (await download(input, [])).split('\n');
    assert.equal(header, 'status,email,sluice_status,sluice_email,sluice_status_2,error');
    const capital = await inputOf('Status,E-Mail,ERROR\n1,2,3\n');
    const [other] = (await download(capital, [])).split('\n');
    assert.equal(other, 'Status,E-Mail,ERROR,email,sluice_status,sluice_error');
  });

  it('repeats damaged rows as they are', async () => {
    const big = 'x'.repeat(2 ** 20 + 1);
    const endless = 'y'.repeat(2 ** 24 + 10);
    const text = `a,b\n1,"abc\n2,\0\n3,${big}\n4,${endless}\n5,z`;
    const known = [FAILED, FAILED, FAILED, FAILED, done('e')];
    const lines = (await download(await inputOf(text), known)).split('\n');
    const rows = text.split('\n');
    assert.equal(lines.length, rows.length);
    for (const [at, line] of lines.entries()) assert.ok(line.startsWith(rows[at] ?? '?'));
    assert.equal(lines.at(-1), '5,z,e,completed,');
  });

  it('writes UTF-8 for other encodings, with a sign', async () => {
    const input = await inputOf(Buffer.from('stadt;site\nKöln;a\n', 'latin1'));
    assert.equal(
      await download(input, [done('ж')]),
      '\ufeffstadt;site;email;status;error\nKöln;a;ж;completed;\n',
    );
  });

  it('without column names where the input has none', async () => {
    const input = await inputOf('1,a\n2,b\n', 'list.csv', { header: false });
    assert.equal(await download(input, [done('x')]), '1,a,x,completed,\n2,b,,pending,\n');
  });

  it('keeps the line that Excel reads', async () => {
    const input = await inputOf('sep=;\na;b\n1;2\n');
    assert.equal(
      await download(input, [done('x')]),
      'sep=;\na;b;email;status;error\n1;2;x;completed;\n',
    );
  });

  it('adds results that no row stands for', async () => {
    const input = await inputOf('a,b\n1,2');
    assert.equal(
      await download(input, [done('x'), done('y')]),
      'a,b,email,status,error\n1,2,x,completed,\n,,y,completed,\n',
    );
    assert.equal(await download(NONE, [done('x')]), 'email,status,error\nx,completed,\n');
  });

  it('takes the columns of the collector’s table', async () => {
    const table = {
      columns: () => ['first', 'count'],
      cells: (records: readonly unknown[]) => [
        (records[0] as { email: string }).email,
        `${records.length}`,
      ],
    };
    const input = await inputOf('a,b\n1,2\n3,4\n');
    assert.equal(
      await download(input, [done('x', 'y'), done()], { table }),
      'a,b,first,count,status,error\n1,2,x,2,completed,\n3,4,,,completed,\n',
    );
    const cells = () => [7, { deep: true }] as unknown as string[];
    assert.equal(
      await download(input, [done('x'), done()], { table: { ...table, cells } }),
      'a,b,first,count,status,error\n1,2,7,"{""deep"":true}",completed,\n3,4,,,completed,\n',
    );
    const broken = { columns: () => ['x'], cells: () => assert.fail('no') };
    await assert.rejects(download(input, [done('x')], { table: broken }), {
      code: 'collector.threw',
    });
  });

  it('finds the keys of records out where no schema names them', async () => {
    const input = await inputOf('a,b\n1,2\n3,4\n');
    const known: Known[] = [
      { state: 'completed', records: [{ x: 1, y: null }] },
      { state: 'completed', records: [{ z: ['q'], x: true }, { x: 'w' }] },
    ];
    const output = new MemoryOutput();
    const job = { id: 'j', input, options: {} };
    const request = { job, store: storeOf(known), shape: 'row', format: 'csv' } as const;
    await writeDownload({ ...request, safeFormulas: 'off' }, output);
    assert.equal(
      output.text(),
      'a,b,x,y,z,status,error\n1,2,1,,,completed,\n3,4,true; w,,"[""q""]",completed,\n',
    );
  });

  it('writes tabs, JSON lines and JSON from the same rows', async () => {
    const input = await inputOf('id,site,id\n1,"a\tb",2\n3\n');
    const known = [done('x'), FAILED];
    assert.equal(
      await download(input, known, { format: 'tsv' }),
      'id\tsite\tid\temail\tstatus\terror\n' +
        '1\t"a\tb"\t2\tx\tcompleted\t\n3\t\t\t\tfailed\t"http.404: Not there, ""at all""."\n',
    );
    const expected = [
      {
        row: { id: '1', site: 'a\tb', id_2: '2' },
        status: 'completed',
        error: null,
        records: [{ email: 'x' }],
      },
      {
        row: { id: '3' },
        status: 'failed',
        error: { code: FAILURE.code, message: FAILURE.message },
        records: [],
      },
    ];
    const lines = (await download(input, known, { format: 'jsonl' })).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      expected,
    );
    assert.deepEqual(JSON.parse(await download(input, known, { format: 'json' })), expected);
    assert.deepEqual(JSON.parse(await download(NONE, [], { format: 'json' })), []);
  });

  it('from JSON lines: the line itself as JSON, all keys as CSV', async () => {
    const input = await inputOf(
      '{"n": 12345678901234567890}\n\nbroken\n{"m":"a,b"}\n',
      'list.jsonl',
    );
    const known = [done('x'), FAILED, done()];
    const lines = (await download(input, known, { format: 'jsonl' })).split('\n');
    assert.ok(lines[0]?.startsWith('{"row":{"n": 12345678901234567890},"status":"completed"'));
    assert.ok(lines[1]?.startsWith('{"row":null,"raw":"broken","status":"failed"'));
    const table = parse(await download(input, known));
    assert.deepEqual(table[0], ['n', 'm', 'email', 'status', 'error']);
    assert.deepEqual(table[3], ['', 'a,b', '', 'completed', '']);
  });

  it('from a plain list: the value and its results', async () => {
    const input = await inputOf('a,b\r\n\r\nc\r\n', 'list.jsonl.txt', { format: 'text' });
    assert.equal(
      await download(input, [done('x'), done()]),
      'value,email,status,error\n"a,b",x,completed,\nc,,completed,\n',
    );
  });

  it('fetches small pages of rows that have many records', async () => {
    const many = Array.from({ length: 4_000 }, (_, at) => ({ email: 'x'.repeat(500) + at }));
    const known: Known[] = Array.from({ length: 200 }, (_, at) => ({
      state: 'completed',
      records: at < 10 ? many : [],
    }));
    const pages: number[] = [];
    await download(NONE, [], { store: storeOf(known, pages), format: 'jsonl' });
    assert.equal(pages[0], 32);
    assert.ok((pages[1] as number) <= 8, `${pages.slice(0, 4)}`);
    assert.ok(Math.max(...pages) <= 500);
  });
});

describe('properties', () => {
  const cellText = fc.string({
    unit: fc.constantFrom('a', '=', ',', ';', '"', '\n', '\r', ' ', 'é', '日', '-'),
    maxLength: 6,
  });

  it('without what was added, the output is the input, byte for byte', async () => {
    const line = fc.array(cellText, { minLength: 1, maxLength: 4 }).map((cells) => cells.join(','));
    const property = fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (rows) => {
      const text = `id,site\n${rows.join('\n')}`;
      const dialect = { delimiter: ',', quote: '"', header: true };
      const input = await inputOf(text, 'list.csv', { format: 'csv', ...dialect });
      const table = { columns: () => ['\u0001'], cells: () => ['\u0001'] };
      const known = Array.from({ length: 60 }, () => done('x'));
      const output = await download(input, known.slice(0, rowCount(text)), { table });
      const added = /,*,\u0001,(?:completed,|status,error)|(?:,column_\d+)+,\u0001,status,error/y;
      let at = 0;
      for (const { bytes, lineEnd, role } of recordsOf(text)) {
        const record = bytes.toString();
        assert.equal(output.slice(at, at + record.length), record);
        at += record.length;
        added.lastIndex = at;
        if (role === 'row') at += (added.exec(output) ?? assert.fail(output.slice(at)))[0].length;
        assert.equal(output.slice(at, at + lineEnd.length), lineEnd);
        at += lineEnd.length;
      }
      assert.equal(at, output.length);
    });
    await fc.assert(property, { numRuns: 150, seed: 7 });
  });

  it('rows read back with all their cells and the results behind them', async () => {
    const table = fc.array(fc.tuple(cellText, cellText, cellText), { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(table, fc.constantFrom(',', ';'), async (rows, delimiter) => {
      const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
      const lines = rows.map((cells) => cells.map(quoted).join(delimiter));
      const input = await inputOf(`a${delimiter}b${delimiter}c\n${lines.join('\n')}\n`);
      const output = await download(
        input,
        rows.map(([cell]) => done(cell)),
      );
      const read = parse(output, { delimiter, from: 2, record_delimiter: '\n' });
      assert.deepEqual(
        read,
        rows.map((cells) => [...cells, cells[0], 'completed', '']),
      );
    });
    await fc.assert(property, { numRuns: 60, seed: 11 });
  });
});
