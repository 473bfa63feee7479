/** Files as they should not be: each with its code and its hint, or with every row accounted for. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { writeCollectors } from './collector-files.ts';
import { jsonLines, scratch, sluice } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;

interface Refused {
  readonly name: string;
  readonly file: string;
  readonly content?: string | Buffer;
  readonly args?: readonly string[];
  readonly code: string;
  readonly says: RegExp;
}

const REFUSED: readonly Refused[] = [
  {
    name: 'a missing file',
    file: 'none.csv',
    code: 'input.not_found',
    says: /There is no file .*none\.csv\./,
  },
  { name: 'a directory', file: 'own', code: 'input.is_directory', says: /is a directory/ },
  { name: 'an empty file', file: 'a.csv', content: '', code: 'input.empty', says: /is empty/ },
  {
    name: 'only blank lines',
    file: 'a.csv',
    content: '\n\n  \n',
    code: 'input.empty',
    says: /empty/,
  },
  {
    name: 'no header',
    file: 'sites.csv',
    content: '1,https://a.test/\n2,https://b.test/\n3,https://c.test/\n',
    code: 'input.no_header',
    says: /--no-header/,
  },
  {
    name: 'a column that is not there',
    file: 'a.csv',
    content: 'id,words\n1,one\n',
    args: ['--column', 'word'],
    code: 'input.column_missing',
    says: /It has: id, words\.\n {2}Did you mean words\?/,
  },
  {
    name: 'a picture',
    file: 'a.csv',
    content: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108', 'hex'),
    code: 'input.binary',
    says: /not text/,
  },
  {
    name: 'a spreadsheet',
    file: 'a.csv',
    content: Buffer.concat([Buffer.from('504b030414000600', 'hex'), Buffer.alloc(200, 7)]),
    code: 'input.binary',
    says: /Save it as CSV/,
  },
  {
    name: 'an unknown encoding',
    file: 'a.csv',
    content: 'word\none\n',
    args: ['--encoding', 'klingon'],
    code: 'input.encoding',
    says: /klingon/,
  },
  {
    name: 'a damaged gzip',
    file: 'a.csv.gz',
    content: gzipSync('word\none\n'.repeat(10_000)).subarray(0, 60),
    code: 'input.corrupt',
    says: /damaged/,
  },
  {
    name: 'a JSON array',
    file: 'a.jsonl',
    content: '[{"word":"one"}]',
    code: 'input.json_array',
    says: /jq -c/,
  },
];

interface Taken {
  readonly name: string;
  readonly content: string | Buffer;
  readonly file?: string;
  readonly args?: readonly string[];
  readonly code: number;
  /** Status of each row, and a sign of its error where it has one. */
  readonly rows: readonly (readonly [word: string, status: string, error?: string])[];
  readonly warns?: RegExp;
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

const TAKEN: readonly Taken[] = [
  {
    name: 'a cell of 10 MB',
    content: `word\none\n${'x'.repeat(10_000_000)}\nthree\n`,
    code: 3,
    rows: [
      ['one', 'completed'],
      ['x'.repeat(10_000_000), 'failed', 'input.cell_too_large'],
      ['three', 'completed'],
    ],
  },
  {
    name: 'ragged rows',
    content: 'word,more\none\ntwo,2,3\nthree,3\n',
    code: 0,
    rows: [
      ['one', 'completed'],
      ['two', 'completed'],
      ['three', 'completed'],
    ],
    warns: /warning: /,
  },
  {
    name: 'mixed line ends',
    content: 'word,n\r\none,1\ntwo,2\r\nthree,3\n',
    code: 0,
    rows: [
      ['one', 'completed'],
      ['two', 'completed'],
      ['three', 'completed'],
    ],
  },
  {
    name: 'UTF-16',
    content: utf16('word\r\nzwölf\r\nдва\r\n'),
    code: 0,
    rows: [
      ['zwölf', 'completed'],
      ['два', 'completed'],
    ],
    warns: /utf-16/i,
  },
  {
    name: 'Latin-1',
    content: Buffer.from('word\nzwölf\nfünf\n', 'latin1'),
    code: 0,
    rows: [
      ['zwölf', 'completed'],
      ['fünf', 'completed'],
    ],
    warns: /1252|8859/,
  },
  {
    name: 'NUL bytes',
    content: 'word,n\none,1\nt\0wo,2\nthree,3\n',
    code: 3,
    rows: [
      ['one', 'completed'],
      ['t\0wo', 'failed', 'input.nul_bytes'],
      ['three', 'completed'],
    ],
  },
  {
    name: 'duplicate headers',
    content: 'word,word,word\none,a,b\n',
    code: 0,
    rows: [['one', 'completed']],
    warns: /warning: /,
  },
  {
    name: 'no header where that is said',
    content: 'one\ntwo\n',
    args: ['--no-header'],
    code: 3,
    rows: [],
  },
  {
    name: 'lines that are no JSON',
    file: 'a.jsonl',
    content: '{"word":"one"}\nnonsense\n[1]\n{"word":"four"}\n',
    code: 3,
    rows: [],
  },
];

before(() => {
  writeCollectors(cwd);
  mkdirSync(join(cwd, 'inputs'));
});
after(() => directory[Symbol.dispose]());

function run(index: string, file: string, more: readonly string[] = []) {
  const args = ['run', './own/pace.ts', file, '--data', `data-${index}`, '--retries', '0'];
  return sluice([...args, ...more], { cwd });
}

describe('a file that cannot be used', { concurrency: 3 }, () => {
  REFUSED.forEach(({ name, file, content, args, code, says }, i) => {
    it(`${name}: ${code}`, async () => {
      const path = content === undefined ? file : join(`inputs`, `${i}-${file}`);
      if (content !== undefined) writeFileSync(join(cwd, path), content);
      const ended = await run(`r${i}`, path, args);
      assert.equal(ended.code, 2, ended.stderr);
      assert.match(ended.stderr, new RegExp(`\n {2}\\[${code.replace('.', '\\.')}\\]\n`));
      assert.match(ended.stderr, says);
      const jobs = await sluice(['jobs', 'ls', '--data', `data-r${i}`], { cwd });
      assert.equal(jobs.stdout, '', 'no job is left behind');
    });
  });
});

describe('a file with faults', { concurrency: 2 }, () => {
  TAKEN.forEach(({ name, content, file = 'a.csv', args, code, rows, warns }, i) => {
    it(`${name}: every row is accounted for`, async () => {
      const path = join('inputs', `t${i}-${file}`);
      writeFileSync(join(cwd, path), content);
      const ended = await run(`t${i}`, path, args);
      assert.equal(ended.code, code, ended.stderr);
      if (warns) assert.match(ended.stderr, warns);
      if (rows.length === 0) return;
      const got: string[][] = parse(ended.stdout, {
        from_line: 2,
        relax_column_count: true,
        record_delimiter: ['\r\n', '\n'],
        bom: true,
      });
      assert.equal(got.length, rows.length);
      rows.forEach(([word, status, error = ''], at) => {
        const cells = got[at] ?? [];
        assert.equal(cells[0] === word, true, `row ${at}: ${cells[0]?.slice(0, 80)}`);
        assert.equal(cells.at(-2), status);
        assert.equal(cells.at(-1)?.startsWith(error), true, cells.at(-1));
      });
    });
  });

  it('says that refused rows are not tried again, and where they are mended', async () => {
    const path = join('inputs', 'quote.jsonl');
    writeFileSync(join(cwd, path), '{"word":"one"}\n[]\n');
    const ended = await run('refused', path);
    assert.equal(ended.code, 3, ended.stderr);
    const at = ['--data', 'data-refused'];
    const { stdout } = await sluice(['jobs', 'ls', '--json', ...at], { cwd });
    const retry = ['jobs', 'retry', String(jsonLines(stdout)[0]?.id), ...at];
    const retried = await sluice(retry, { cwd });
    assert.equal(retried.code, 4, retried.stderr);
    assert.match(retried.stderr, /has no failed rows that can be tried again\./);
    assert.match(retried.stderr, /mend them in the input of a new job/);
  });

  it('a quote that is never closed costs its own row', async () => {
    const path = join('inputs', 'quote.csv');
    writeFileSync(join(cwd, path), `word,n\none,1\n"two,2\n${'three,3\n'.repeat(50)}`);
    const ended = await run('quote', path);
    assert.equal(ended.code, 3, ended.stderr);
    assert.match(ended.stdout, /input\.unclosed_quote/);
    assert.equal(ended.stdout.match(/THREE/g)?.length, 50);
  });

  it('standard input is as good as a file', async () => {
    const args = ['run', './own/pace.ts', '-', '--data', 'data-stdin'];
    const ended = await sluice(args, { cwd, stdin: 'word,n\none,1\n' });
    assert.equal(ended.stdout, 'word,n,sluice_word,page,status,error\none,1,ONE,1,completed,\n');
    const empty = await sluice(args, { cwd, stdin: '' });
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /standard input is empty/);
  });
});
