import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { SluiceError } from '../../src/base/errors.ts';
import type { SourceRow } from '../../src/model/source.ts';
import { type InputWishes, inspectInput } from '../../src/sources/inspect-input.ts';
import { type OpenOptions, openSource } from '../../src/sources/open-source.ts';

let dir = '';
let files = 0;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-sources-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function file(content: string | Buffer, name = 'list.csv'): Promise<string> {
  const path = join(dir, `${files++}-${name}`);
  await writeFile(path, content);
  return path;
}

async function rejection(work: Promise<unknown>): Promise<SluiceError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof SluiceError, String(error));
    assert.ok(!/[{}]/.test(error.message + error.hint), `${error.message} ${error.hint}`);
    return error;
  }
  assert.fail('nothing was refused');
}

async function readAll(content: string | Buffer, name = 'list.csv', options: OpenOptions = {}) {
  const path = await file(content, name);
  const inspection = await inspectInput(path, options.wishes);
  const input = { path, name, format: inspection.format, dialect: { ...inspection.dialect } };
  const source = await openSource(input, options);
  const rows: SourceRow[] = [];
  for await (const row of source.rows()) rows.push(row);
  return { source, rows, input };
}

const utf16 = (text: string, big: boolean, bom: boolean) => {
  const bytes = Buffer.from((bom ? '\ufeff' : '') + text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
const LIST = 'name,website\nZürich Café,zuerich.example\nB,b.example\n';

describe('what cannot be used is refused by name', () => {
  const random = Buffer.from(
    Array.from({ length: 4_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255),
  );
  const cases: readonly (readonly [string, string, string | Buffer, string?, InputWishes?])[] = [
    ['an empty file', 'input.empty', ''],
    ['blank lines only', 'input.empty', '\n  \n\r\n'],
    ['a sign and nothing else', 'input.empty', '\ufeff'],
    ['a workbook', 'input.binary', Buffer.concat([Buffer.from('PK\x03\x04'), random])],
    ['an image', 'input.binary', Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), random])],
    ['noise', 'input.binary', Buffer.from(random.map((byte) => byte & 31))],
    ['UTF-32', 'input.encoding', Buffer.from([0xff, 0xfe, 0, 0, 97, 0, 0, 0])],
    ['an unknown encoding', 'input.encoding', LIST, 'list.csv', { encoding: 'utf-9' }],
    ['a row in place of names', 'input.no_header', 'https://a.example,x\nhttps://b.example,y\n'],
    ['hosts in place of names', 'input.no_header', 'a.example,x\nb.example,y\n'],
    ['an address in place of names', 'input.no_header', 'Ann,ann@a.example\nBob,bob@b.example\n'],
    ['a broken line of names', 'input.bad_header', 'name,"website\na,b\nc,d\n'],
    ['one JSON array', 'input.json_array', '[\n {"website":"a.example"}\n]\n', 'list.json'],
    ['one JSON array in one line', 'input.json_array', '[{"website":"a.example"}]', 'list.json'],
  ];
  for (const [name, code, content, fileName, wishes] of cases) {
    it(name, async () => {
      const error = await rejection(inspectInput(await file(content, fileName), wishes));
      assert.equal(error.code, code);
    });
  }

  it('a missing file, a directory, a file in a file', async () => {
    assert.equal((await rejection(inspectInput(join(dir, 'none.csv')))).code, 'input.not_found');
    assert.equal((await rejection(inspectInput(dir))).code, 'input.is_directory');
    const inside = join(await file(LIST), 'x.csv');
    assert.equal((await rejection(inspectInput(inside))).code, 'input.not_found');
  });

  it('a gzip that ends early', async () => {
    const whole = gzipSync(Buffer.from(LIST.repeat(5_000)));
    const path = await file(whole.subarray(0, whole.length - 200), 'list.csv.gz');
    const error = await rejection(
      (async () => {
        const { format, dialect } = await inspectInput(path);
        const input = { path, name: path, format, dialect: { ...dialect } };
        for await (const _ of (await openSource(input)).rows());
      })(),
    );
    assert.equal(error.code, 'input.corrupt');
  });

  it('a missing column, with the nearest and the list', async () => {
    const error = await rejection(readAll(LIST, 'list.csv', { column: 'websit' }));
    assert.equal(error.code, 'input.column_missing');
    assert.match(error.message, /name, website/);
    assert.match(error.hint, /Did you mean website\?/);
  });

  it('a column that is needed and not clear, with the likely ones', async () => {
    const two = 'url,site\na.example,b.example\n';
    const error = await rejection(readAll(two, 'list.csv', { columnFor: 'websites' }));
    assert.equal(error.code, 'input.column_needed');
    assert.match(error.hint, /url, site/);
    const none = await rejection(readAll('a,b\n1,2\n', 'list.csv', { columnFor: 'websites' }));
    assert.equal(none.code, 'input.column_needed');
  });
});

describe('every encoding gives the same rows', () => {
  const latin1 = Buffer.from(LIST, 'latin1');
  const cases: readonly (readonly [string, Buffer, string])[] = [
    ['UTF-8', Buffer.from(LIST), 'utf-8'],
    ['UTF-8 with a sign', Buffer.from(`\ufeff${LIST}`), 'utf-8'],
    ['UTF-16 LE with a sign', utf16(LIST, false, true), 'utf-16le'],
    ['UTF-16 BE with a sign', utf16(LIST, true, true), 'utf-16be'],
    ['UTF-16 LE', utf16(LIST, false, false), 'utf-16le'],
    ['UTF-16 BE', utf16(LIST, true, false), 'utf-16be'],
    ['Latin-1', latin1, 'windows-1252'],
    ['gzip', gzipSync(Buffer.from(LIST)), 'utf-8'],
  ];
  for (const [name, bytes, encoding] of cases) {
    it(name, async () => {
      const { source, rows } = await readAll(bytes);
      assert.equal(source.dialect.encoding, encoding);
      assert.deepEqual(source.columns, ['name', 'website']);
      assert.deepEqual(rows[0]?.fields, { name: 'Zürich Café', website: 'zuerich.example' });
      assert.equal(rows.length, 2);
    });
  }

  it('and one that is named', async () => {
    const bytes = Buffer.concat([
      Buffer.from('name,website\n'),
      Buffer.from([0x93, 0xfa, 0x2c, 0x61]),
    ]);
    const { rows } = await readAll(bytes, 'list.csv', { wishes: { encoding: 'shift-jis' } });
    assert.deepEqual(rows[0]?.cells, ['日', 'a']);
  });

  it('a Latin-1 row far down in a UTF-8 file is read and told', async () => {
    const rows = 'x,a.example\n'.repeat(10_000);
    const bytes = Buffer.concat([
      Buffer.from(`name,website\n${rows}`),
      Buffer.from('Café,c\n', 'latin1'),
    ]);
    const result = await readAll(bytes);
    assert.equal(result.rows.at(-1)?.fields.name, 'Café');
    assert.deepEqual(
      result.source.warnings.map(({ code }) => code),
      ['foreign_bytes'],
    );
  });
});

describe('delimiters and quotes', () => {
  const cases: readonly (readonly [string, string, string, string, number])[] = [
    ['commas', 'a,b,c\n1,2,3\n', ',', '"', 3],
    ['semicolons with decimal commas', 'a;b;c\n1,5;2,5;3,5\n1,5;x;y\n', ';', '"', 3],
    ['tabs', 'a\tb\n1,2\t3\n', '\t', '"', 2],
    ['pipes', 'a|b|c\n1|2;5|3\n', '|', '"', 3],
    ['one column', 'website\na.example\nb.example\n', ',', '"', 1],
    ['one column with commas in it', 'website\na.example\nb.example/?x=1,2\n', ';', '"', 1],
    ['delimiters within quotes', 'a,b\n"x;y;z;w",2\n"p;q",3\n', ',', '"', 2],
    ['single quotes', "a,b\n'x,y',2\n'z',3\n", ',', "'", 2],
    ['apostrophes', "a,b\n'tis,2\nO'Neill,3\n", ',', '"', 2],
    ['quotes that are text between tabs', 'a\tb\n"x\t1\n"y\t2\n', '\t', '', 2],
    ['the line that Excel reads', 'sep=;\na;b\n1,2;3\n', ';', '"', 2],
  ];
  for (const [name, text, delimiter, quote, width] of cases) {
    it(name, async () => {
      const { source } = await readAll(text);
      assert.equal(source.dialect.delimiter, delimiter);
      assert.equal(source.dialect.quote, quote);
      assert.equal(source.columns.length, width);
    });
  }

  it('spaces before quotes', async () => {
    const { rows } = await readAll('a, b, c\n1, "x, y", 3\n2, "z, w", 4\n');
    assert.deepEqual(
      rows.map(({ cells }) => cells[1]),
      ['x, y', 'z, w'],
    );
  });

  it('the wishes of the user go before', async () => {
    const wishes = { delimiter: ';', quote: '', header: false } as const;
    const { source, rows } = await readAll('"a,b;c\n1,2;3\n', 'list.csv', { wishes });
    assert.deepEqual(source.columns, ['column_1', 'column_2']);
    assert.deepEqual(
      rows.map(({ cells }) => cells),
      [
        ['"a,b', 'c'],
        ['1,2', '3'],
      ],
    );
  });
});

describe('rows', () => {
  it('ragged rows are kept and told, blank lines are no rows', async () => {
    const { source, rows } = await readAll('a,b\n1\n\n1,2,3\n   \n4,5\n');
    assert.deepEqual(
      rows.map(({ cells }) => cells.length),
      [1, 3, 2],
    );
    assert.deepEqual(
      rows.map(({ line }) => line),
      [2, 4, 6],
    );
    assert.deepEqual(rows[1]?.fields, { a: '1', b: '2', column_3: '3' });
    assert.deepEqual(
      source.warnings.map(({ code }) => code),
      ['ragged'],
    );
  });

  it('doubled and missing names: the first counts', async () => {
    const { source, rows } = await readAll('site,,site,site_2,__proto__\na,b,c,d,e\n');
    assert.deepEqual(source.columns, ['site', 'column_2', 'site_3', 'site_2', '__proto__']);
    assert.equal(rows[0]?.fields.site, 'a');
    assert.equal(Object.getOwnPropertyDescriptor(rows[0]?.fields, '__proto__')?.value, 'e');
    const codes = source.warnings.map(({ code }) => code);
    assert.deepEqual(codes, ['duplicate_columns', 'unnamed_columns']);
  });

  it('the column by name, case, number or guess', async () => {
    const text = 'Company,Web-Site,Town\nA,a.example,X\n';
    for (const column of ['Web-Site', 'website', 'WEB SITE', '2']) {
      assert.equal((await readAll(text, 'list.csv', { column })).source.column, 'Web-Site');
    }
    const guessed = (await readAll(text, 'list.csv', { columnFor: 'websites' })).source;
    assert.equal(guessed.column, 'Web-Site');
    assert.deepEqual(
      guessed.warnings.map(({ code }) => code),
      ['column_guessed'],
    );
    const byContent = 'firma,kontakt\nA,https://a.example\nB,https://b.example\n';
    const source = (await readAll(byContent, 'list.csv', { columnFor: 'websites' })).source;
    assert.equal(source.column, 'kontakt');
  });

  it('a cell of ten megabytes is one refused row', async () => {
    const big = 'x'.repeat(10 * 2 ** 20);
    const { rows } = await readAll(`a,b\n1,2\n"${big}",3\n${big},4\n5,6\n`);
    const codes = rows.map(({ damage }) => damage?.code);
    const code = 'input.cell_too_large';
    assert.deepEqual(codes, [undefined, code, code, undefined]);
  });

  it('a header longer than the sample', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `name${i}`);
    const { source, rows } = await readAll(`${names.join(',')}\n${names.join(',')}\n`);
    assert.equal(source.columns.length, 20_000);
    assert.equal(rows[0]?.cells.length, 20_000);
  });

  it('JSON lines: objects are rows, everything else is damage at its place', async () => {
    const text =
      '\ufeff{"website":"a","n":1,"x":{"y":[1]}}\n\n[1]\n{"website":\n"text"\nnull\n{"n":2}';
    const { source, rows } = await readAll(text, 'list.jsonl');
    assert.deepEqual(source.columns, ['website', 'n', 'x']);
    assert.deepEqual(rows[0]?.cells, ['a', '1', '{"y":[1]}']);
    assert.deepEqual(rows[5]?.fields, { n: 2 });
    const codes = rows.map(({ damage }) => damage?.code);
    const bad = 'input.not_object';
    assert.deepEqual(codes, [undefined, bad, 'input.invalid_json', bad, bad, undefined]);
  });

  it('JSON that is nested too deeply to be written again is damage', async () => {
    const deep = `{"x":${'['.repeat(200_000)}"[\\["${']'.repeat(200_000)}}`;
    const text = `{"x":"${'[{'.repeat(2_000)}"}\n${deep}\n{"x":1}\n`;
    const { rows } = await readAll(text, 'a.jsonl');
    const codes = rows.map(({ damage }) => damage?.code);
    assert.deepEqual(codes, [undefined, 'input.invalid_json', undefined]);
  });

  it('a great many columns, all named alike, do not take long', async () => {
    const count = 60_000;
    const names = 'a,'.repeat(count - 1);
    const { source } = await readAll(`${names}a\n${names}a\n${',,'.repeat(count)}\n`);
    assert.equal(new Set(source.columns).size, count);
  });

  it('a plain list: one value a line', async () => {
    const { source, rows } = await readAll('a.example\r\n\r\n b.example \r\n"c', 'list.txt');
    assert.equal(source.format, 'text');
    assert.deepEqual(
      rows.map(({ cells }) => cells),
      [['a.example'], [' b.example '], ['"c']],
    );
    assert.deepEqual(rows[0]?.fields, { value: 'a.example' });
  });

  it('skips rows that were planned before, and numbers the rest the same', async () => {
    const text = `a,b\n${Array.from({ length: 5_000 }, (_, i) => `${i},"x\n${i}"\n`).join('\n')}`;
    const { source, rows } = await readAll(text);
    const rest: SourceRow[] = [];
    for await (const row of source.rows({ skip: 4_990 })) rest.push(row);
    assert.deepEqual(rest, rows.slice(4_990));
  });

  it('without a format, name and content decide', async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['{"website":"a.example"}\n', 'standard input', 'jsonl'],
      ['a.example\nb.example\n', 'standard input', 'text'],
      ['website\na.example\n', 'standard input', 'csv'],
      ['id\tname\n1\tx\n', 'export.txt', 'csv'],
      ['a.example\nb.example\n', 'list.txt', 'text'],
      ['{"website":"a.example"}\n', 'list.ndjson.gz', 'jsonl'],
      ['name\nx\n', 'list.csv', 'csv'],
    ];
    for (const [text, name, format] of cases) {
      const path = await file(text);
      const source = await openSource({ path, name, format: undefined, dialect: {} });
      assert.equal(source.format, format, name);
    }
  });

  it('a dialect of which only a part is known counts as a wish', async () => {
    const path = await file('a,b;c\n1,2;3\n');
    const source = await openSource({
      path,
      name: path,
      format: 'csv',
      dialect: { delimiter: ';' },
    });
    assert.deepEqual(source.columns, ['a,b', 'c']);
    assert.equal(source.dialect.encoding, 'utf-8');
  });

  it('reads the same with the stored dialect as when it was found out', async () => {
    const { input, rows } = await readAll(utf16('a;b\n1;"x\ny"\n', false, true));
    const stored = { ...input, dialect: JSON.parse(JSON.stringify(input.dialect)) };
    const again: SourceRow[] = [];
    for await (const row of (await openSource(stored)).rows()) again.push(row);
    assert.deepEqual(again, rows);
  });
});

describe('anything at all', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'a',
      ',',
      ';',
      '\t',
      '"',
      "'",
      '\n',
      '\r\n',
      '\r',
      ' ',
      '{',
      '[',
      '}',
      ']',
      ':',
    ),
    fc.constantFrom('\ufeff', '\0', 'é', '日', 'https://a.example', 'website', 'sep=;\n'),
  );
  const texts = fc.array(piece, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')));
  const bytes = fc.oneof(texts, fc.uint8Array({ maxLength: 200 }).map(Buffer.from));
  const names = fc.constantFrom('a.csv', 'a.txt', 'a.jsonl', 'a', 'a.csv.gz');

  it('is read to the end or refused by name, the same way twice', async () => {
    const read = async (content: Buffer, name: string) => {
      try {
        const { rows, source } = await readAll(content, name);
        return { rows, columns: source.columns };
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
        return error.code;
      }
    };
    const property = fc.asyncProperty(bytes, names, async (content, name) => {
      assert.deepEqual(await read(content, name), await read(content, name));
    });
    await fc.assert(property, { numRuns: 150, seed: 23 });
  });
});
