import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';
import type { Cell, TableColumn } from '../../src/model/table.ts';
import { MemoryOutput, type Output } from '../../src/sinks/output.ts';
import { XlsxTable } from '../../src/sinks/xlsx-table.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'a & b', type: 'text' },
  { name: 'n', type: 'number' },
  { name: 'yes', type: 'boolean' },
];

async function fill(table: XlsxTable, rows: readonly (readonly Cell[])[]): Promise<void> {
  for (const row of rows) {
    table.add(row);
    if (table.full) await table.flush();
  }
  await table.finish();
}

/** The entries of an archive by its list at the end, checked. */
function unzip(zip: Buffer): Map<string, string> {
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50);
  const files = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(zip.readUInt32LE(at), 0x02014b50);
    const packed = zip.readUInt32LE(at + 20);
    const length = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + length);
    const local = zip.readUInt32LE(at + 42);
    assert.equal(zip.readUInt32LE(local), 0x04034b50);
    const begin = local + 30 + zip.readUInt16LE(local + 26);
    const bytes = inflateRawSync(zip.subarray(begin, begin + packed));
    assert.equal(bytes.length, zip.readUInt32LE(at + 24));
    assert.equal(crc32(bytes), zip.readUInt32LE(at + 16));
    files.set(name, bytes.toString());
    at += 46 + length;
  }
  assert.equal(at, end);
  return files;
}

/** Cells of a sheet as they are written, line by line. */
function lines(sheet: string | undefined): string[][] {
  return [...(sheet ?? '').matchAll(/<row r="\d+">(.*?)<\/row>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<c[^>]*?(?:\/>|>(.*?)<\/c>)/gs)].map(([, cell = '']) =>
      cell.replace(/<[^>]*>/g, ''),
    ),
  );
}

async function sheets(rows: readonly (readonly Cell[])[], linesMax?: number) {
  const output = new MemoryOutput();
  const table = new XlsxTable(COLUMNS, output, linesMax);
  await fill(table, rows);
  assert.equal(table.bytes, output.bytes().length);
  return unzip(output.bytes());
}

describe('a spreadsheet', () => {
  it('has text as text, numbers, and what XML cannot hold in its own form', async () => {
    const files = await sheets([
      ['=1+1 <b> "x"', 1.5, true],
      [' ünï 𝄞\r\n\0 _x0041_ ', -2, false],
      [undefined, undefined, undefined],
    ]);
    const sheet = files.get('xl/worksheets/sheet1.xml');
    assert.deepEqual(lines(sheet), [
      ['a &amp; b', 'n', 'yes'],
      ['=1+1 &lt;b&gt; "x"', '1.5', '1'],
      [' ünï 𝄞&#13;\n_x0000_ _x005F_x0041_ ', '-2', '0'],
      ['', '', ''],
    ]);
    assert.doesNotMatch(sheet ?? '', /<f>/);
    assert.match(sheet ?? '', /<row r="3"><c r="A3" t="inlineStr">.*<c r="B3"><v>-2<\/v>/s);
    assert.deepEqual([...files.keys()].toSorted(), [
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ]);
  });

  it('goes on in a next sheet where one is full, with the names of the columns', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => [`row ${n}`, n, true] as const);
    const files = await sheets(rows, 11);
    const found = [1, 2, 3].map((n) => lines(files.get(`xl/worksheets/sheet${n}.xml`)));
    assert.deepEqual(
      found.map((all) => all.length),
      [11, 11, 6],
    );
    assert.ok(found.every(([head]) => head?.[1] === 'n'));
    const numbers = found.flatMap((all) => all.slice(1).map(([, n]) => Number(n)));
    assert.deepEqual(
      numbers,
      rows.map(([, n]) => n),
    );
    assert.match(files.get('xl/workbook.xml') ?? '', /name="Results 3" sheetId="3" r:id="rId3"/);
    // Full to the last line: there is no empty sheet behind it.
    assert.equal((await sheets(rows.slice(0, 20), 11)).has('xl/worksheets/sheet3.xml'), false);
  });

  it('names its columns as spreadsheets do', async () => {
    const columns = Array.from(
      { length: 730 },
      (_, n): TableColumn => ({ name: `${n}`, type: 'text' }),
    );
    const output = new MemoryOutput();
    await fill(new XlsxTable(columns, output), []);
    const sheet = unzip(output.bytes()).get('xl/worksheets/sheet1.xml') ?? '';
    const names = [...sheet.matchAll(/r="([A-Z]+)1"/g)].map(([, name]) => name);
    assert.deepEqual(
      [0, 25, 26, 51, 52, 701, 702, 729].map((n) => names[n]),
      ['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA', 'ABB'],
    );
  });

  it('cuts a text that no cell takes, and may have no rows', async () => {
    const files = await sheets([['x'.repeat(40_000), 1, true]]);
    const [, [text = ''] = []] = lines(files.get('xl/worksheets/sheet1.xml'));
    assert.equal(text, `${'x'.repeat(32_766)}…`);
    assert.equal(lines((await sheets([])).get('xl/worksheets/sheet1.xml')).length, 1);
  });

  it('ends with its reader', async () => {
    let left = 3;
    const gone: Output = {
      async write() {
        left -= 1;
        if (left === 0) throw new Error('the reader is gone');
      },
      finish: async () => {},
      discard: async () => {},
    };
    const table = new XlsxTable(COLUMNS, gone);
    const rows = Array.from({ length: 30_000 }, (_, n) => [`${n * 7_919}`, n, true] as const);
    await assert.rejects(fill(table, rows), /the reader is gone/);
    await table.discard();
  });
});
