import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { CsvLimits, CsvRecord, CsvSyntax } from './csv-record.ts';
import { CsvScanner } from './csv-scanner.ts';

const COMMA: CsvSyntax = { delimiter: ',', quote: '"', spaceBeforeQuote: false };
const SMALL: CsvLimits = { cellBytesMax: 16, recordBytesMax: 64, cellsMax: 12 };
const RUNS = { numRuns: 300, seed: 20_251 };

function scan(
  input: Buffer | string,
  syntax: CsvSyntax = COMMA,
  limits?: CsvLimits,
  cuts: readonly number[] = [],
): CsvRecord[] {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const options = { decode: true };
  const scanner = new CsvScanner(syntax, limits ? { ...options, limits } : options);
  const records: CsvRecord[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.min(bytes.length, Math.max(at, cut));
    records.push(...scanner.push(bytes.subarray(at, end)));
    at = end;
  }
  records.push(...scanner.push(bytes.subarray(at)), ...scanner.end());
  return records;
}

function rejoined(records: readonly CsvRecord[]): Buffer {
  return Buffer.concat(records.flatMap(({ bytes, lineEnd }) => [bytes, Buffer.from(lineEnd)]));
}

/** Parts of a record may be cut anywhere: joined, as they count. */
function joinParts(records: readonly CsvRecord[]): unknown[] {
  const joined: unknown[] = [];
  let before = '';
  for (const { bytes, role, line, lineEnd, cells, cellCount, damage } of records) {
    const text = before + bytes.toString('latin1');
    before = role === 'part' ? text : '';
    if (role !== 'part') joined.push({ text, role, line, lineEnd, cells, cellCount, damage });
  }
  return joined;
}

const quotedCell = (cell: string, { delimiter, quote }: CsvSyntax) =>
  quote !== '' && (cell.includes(delimiter) || cell.includes(quote) || /[\r\n]/.test(cell))
    ? quote + cell.replaceAll(quote, quote + quote) + quote
    : cell;

const syntaxes = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'"),
  spaceBeforeQuote: fc.constant(false),
});
const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', ',', ';', '\t', '|', '"', "'", '\n', '\r', ' ', 'é'),
    maxLength: 8,
  }),
);
const tables = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { maxLength: 8 });
const hostile = fc
  .array(fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\0', 'é', '""', '",'), { maxLength: 60 })
  .map((parts) => parts.join(''));
const cutsIn = fc.array(fc.nat(80), { maxLength: 6 });

describe('CsvScanner', () => {
  it('reads back any table written in any dialect', () => {
    fc.assert(
      fc.property(
        tables,
        syntaxes,
        fc.constantFrom('\n', '\r\n', '\r'),
        cutsIn,
        (table, syntax, end, cuts) => {
          const text = table
            .map(
              (row) => row.map((value) => quotedCell(value, syntax)).join(syntax.delimiter) + end,
            )
            .join('');
          const records = scan(text, syntax, undefined, cuts);
          assert.deepEqual(
            records.map((record) => record.cells),
            table.map((row) => row.map(wellFormed)),
          );
          assert.ok(records.every(({ damage, role }) => damage === undefined && role === 'row'));
        },
      ),
      RUNS,
    );
  });

  it('agrees with csv-parse on well-formed files', () => {
    fc.assert(
      fc.property(tables, syntaxes, (table, syntax) => {
        const text = table
          .map((row) => `${row.map((value) => quotedCell(value, syntax)).join(syntax.delimiter)}\n`)
          .join('');
        const expected = parse(text, {
          delimiter: syntax.delimiter,
          quote: syntax.quote,
          escape: syntax.quote,
          record_delimiter: ['\r\n', '\n', '\r'],
          relax_column_count: true,
        });
        assert.deepEqual(
          scan(text, syntax).map((record) => record.cells),
          expected,
        );
      }),
      RUNS,
    );
  });

  it('joined, the records are the file, whatever is in it and however it is cut', () => {
    fc.assert(
      fc.property(hostile, cutsIn, (text, cuts) => {
        const bytes = Buffer.from(text);
        const records = scan(bytes, COMMA, SMALL, cuts);
        assert.deepEqual(rejoined(records), bytes);
        assert.deepEqual(joinParts(records), joinParts(scan(bytes, COMMA, SMALL)));
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });

  it('numbers the lines as an editor does', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const bytes = Buffer.from(text);
        let before = '';
        for (const record of scan(bytes)) {
          const lines = before.split(/\r\n|\r|\n/).length;
          assert.equal(record.line, lines);
          before += record.bytes.toString() + record.lineEnd;
        }
      }),
      RUNS,
    );
  });

  const cases: readonly (readonly [string, string, readonly (readonly string[])[]])[] = [
    [
      'mixed line ends',
      'a,b\r\nc,d\ne,f\rg,h',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['g', 'h'],
      ],
    ],
    [
      'empty cells at the ends',
      ',\n,x,\n',
      [
        ['', ''],
        ['', 'x', ''],
      ],
    ],
    ['a trailing delimiter at the end of the file', 'a,', [['a', '']]],
    ['text after a closing quote, as it stands', '"Acme" Ltd,b\n', [['"Acme" Ltd', 'b']]],
    ['spaces after a closing quote', '"a"  ,b\n', [['a', 'b']]],
    ['a quote within text', '5" pipe,b\n', [['5" pipe', 'b']]],
    ['doubled quotes', '"a ""b"" c",""\n', [['a "b" c', '']]],
    ['line ends within quotes', '"a\nb",c\r\n', [['a\nb', 'c']]],
  ];
  for (const [name, text, expected] of cases) {
    it(`takes ${name}`, () => {
      const records = scan(text);
      assert.deepEqual(
        records.map((record) => record.cells),
        expected,
      );
      assert.ok(records.every(({ damage }) => damage === undefined));
    });
  }

  it('goes on with the next line after a quote that another one gives away', () => {
    const records = scan('1,"abc\n2,"def"\n3,ghi\n');
    assert.deepEqual(
      records.map(({ damage }) => damage?.code),
      ['input.unclosed_quote', undefined, undefined],
    );
    assert.match(records[0]?.damage?.message ?? '', /line 1 /);
    assert.deepEqual(records[1]?.cells, ['2', 'def']);
  });

  it('goes on with the next line after a quote that is open at the end of the file', () => {
    const records = scan('a,"x\ny"\n1,"abc\n2,def\n3,ghi');
    assert.deepEqual(
      records.map(({ line }) => line),
      [1, 3, 4, 5],
    );
    assert.deepEqual(
      records.map(({ damage }) => damage?.code),
      [undefined, 'input.unclosed_quote', undefined, undefined],
    );
    assert.match(records[1]?.damage?.message ?? '', /line 3 /);
  });

  it('goes on with the next line after a quote that is open at the bound', () => {
    const text = `1,"abc\n${'2,def\n'.repeat(40)}`;
    const records = scan(text, COMMA, SMALL);
    assert.equal(records.length, 41);
    assert.equal(records.filter(({ damage }) => damage !== undefined).length, 1);
  });

  it('refuses a row with a cell that is too large and reads the others', () => {
    const records = scan(`a,b\n1,${'x'.repeat(17)}\n2,y\n`, COMMA, SMALL);
    assert.deepEqual(
      records.map(({ damage }) => damage?.code),
      [undefined, 'input.cell_too_large', undefined],
    );
  });

  it('hands on a record that is too long in parts, of which the last is the row', () => {
    const text = `a,b\n1,${'x'.repeat(500)}\n2,y\n`;
    const records = scan(
      text,
      COMMA,
      SMALL,
      Array.from({ length: 20 }, (_, i) => i * 25),
    );
    const rows = records.filter(({ role }) => role === 'row');
    assert.deepEqual(
      rows.map(({ damage }) => damage?.code),
      [undefined, 'input.row_too_large', undefined],
    );
    assert.deepEqual(
      rows.map(({ line }) => line),
      [1, 2, 3],
    );
    assert.equal(rejoined(records).toString(), text);
  });

  it('takes a row with too many cells for one that is too long', () => {
    const records = scan(`a,b\n${','.repeat(12)}\n2,y\n`, COMMA, SMALL);
    const rows = records.filter(({ role }) => role === 'row');
    assert.deepEqual(
      rows.map(({ damage }) => damage?.code),
      [undefined, 'input.row_too_large', undefined],
    );
  });

  it('refuses a row with NUL bytes', () => {
    const records = scan('a,b\n1,\0\n2,y\n');
    assert.deepEqual(
      records.map(({ damage }) => damage?.code),
      [undefined, 'input.nul_bytes', undefined],
    );
  });

  it('reads a record that is not UTF-8 as windows-1252', () => {
    const bytes = Buffer.concat([Buffer.from('é,b\n'), Buffer.from([0xe9, 0x2c, 0x80, 0x0a])]);
    assert.deepEqual(
      scan(bytes).map(({ cells }) => cells),
      [
        ['é', 'b'],
        ['é', '€'],
      ],
    );
  });

  it('stays linear on quotes that never close', () => {
    for (const line of ['"a\n', '"""\n', '"a"\n"b\n', 'x,"\n', '"" \n', '" \n']) {
      const small = cpuMicros(line.repeat(2_000));
      const large = cpuMicros(line.repeat(16_000));
      assert.ok(large < small * 8 * 3, `${JSON.stringify(line)}: ${small} -> ${large}`);
    }
  });
});

/** Processor time, microseconds; at least 20 ms, so that small figures are not compared. */
function cpuMicros(text: string): number {
  const bytes = Buffer.from(text);
  const started = process.cpuUsage().user;
  scan(bytes);
  return Math.max(process.cpuUsage().user - started, 20_000);
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}
