import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { cellsOf, linesIn, recordText } from '../../model/record-line.ts';
import { CallLines } from './call-lines.ts';
import { callsIn, parseRows, type RowContext } from './parse-rows.ts';

const EXTENDED =
  'call_date phone_number_dialed status user full_name lead_id comments length_in_sec alt_dial ' +
  'called_count uniqueid did_custom_one term_reason custom_fields';
const STANDARD = 'call_date phone_number_dialed status lead_id comments length_in_sec';
const CONTEXT: RowContext = {
  campaign: 'solar',
  client: 'Müller & Söhne',
  direction: 'outbound',
  zone: 'America/New_York',
};

/** What both ways make of an export, of which lines are cut into pieces of any size. */
function bothWays(columns: string, rows: readonly Buffer[], context = CONTEXT, each = 7) {
  const header = columns.split(' ');
  const lines = new CallLines(header, context);
  const texts: string[] = [];
  let damaged = 0;
  let no = 0;
  for (let at = 0; at < rows.length; at += each) {
    const piece = Buffer.concat(
      rows.slice(at, at + each).flatMap((row) => [row, Buffer.from('\r\n')]),
    );
    const added = lines.add(piece);
    damaged += added.damaged;
    const made = linesIn(Buffer.from(added.bytes).toString('utf8'));
    assert.equal(made.length, added.rows);
    for (const line of made) {
      assert.equal(line.slice(0, line.indexOf('\t')), String(no));
      no += 1;
      const cells = cellsOf(line);
      assert.equal(cells.length, lines.shape.cells);
      texts.push(recordText(lines.shape.fields, cells));
    }
  }
  const bytes = Buffer.concat(rows.flatMap((row) => [row, Buffer.from('\r\n')]));
  const parsed = parseRows({ context, columns: header, bytes });
  return { texts, damaged, parsed, wanted: callsIn(parsed), lines };
}

function check(columns: string, rows: readonly (string | Buffer)[], context = CONTEXT): CallLines {
  const all = rows.map((row) => (typeof row === 'string' ? Buffer.from(row) : row));
  const { texts, damaged, parsed, wanted, lines } = bothWays(columns, all, context);
  assert.equal(damaged, parsed.damaged);
  assert.equal(texts.length, wanted.texts.length);
  for (const [i, text] of texts.entries()) {
    assert.deepEqual(JSON.parse(text), JSON.parse(wanted.texts[i] as string));
    assert.equal((JSON.parse(text) as { id: string }).id, wanted.keys[i]);
  }
  return lines;
}

const row = (over: Readonly<Record<string, string>> = {}, more = '') =>
  EXTENDED.split(' ')
    .slice(0, -1)
    .map((column) => over[column] ?? PLAIN[column] ?? '')
    .join('\t') + more;
const PLAIN: Readonly<Record<string, string>> = {
  call_date: '2026-07-01 10:00:00',
  phone_number_dialed: '12125550100',
  status: 'SALE',
  user: '6666',
  full_name: 'Ann Ör',
  lead_id: '17',
  length_in_sec: '042',
  called_count: '3',
  uniqueid: '1795.12',
};

test('says of plain rows what parsing says', () => {
  const lines = check(EXTENDED, [
    row(),
    row({ call_date: '2026-07-01 10:00:01', comments: 'one!Ntwo' }),
    row({ call_date: '2026-07-01 10:01:01', full_name: '', length_in_sec: '' }),
    row({ call_date: '2026-11-01T01:30:00' }),
    row({}, '\tblue\t\t3 rooms'),
    row({}, '\t\t'),
    row({}, '\t'),
    row({ term_reason: 'ü' }, '\tgrün'),
  ]);
  assert.equal(lines.breaks, false);
});

test('says of odd rows what parsing says', () => {
  const lines = check(EXTENDED, [
    row({ full_name: 'the "boss"', comments: '"' }),
    row({ full_name: 'two\nlines', comments: 'and a \r return' }),
    row({ full_name: 'bell \u0007, nul \u0000, del \u007f' }),
    row({ length_in_sec: '-1.5', called_count: '0x10' }),
    row({ length_in_sec: 'long', called_count: '12345678901234567890' }),
    row({ uniqueid: '' }),
    row({ uniqueid: '', phone_number_dialed: '' }),
    row({ uniqueid: 'a\u0085b' }),
    row({ uniqueid: 'x'.repeat(500) }),
    row({ uniqueid: 'é'.repeat(300) }),
    row({ did_custom_one: 'a "b" \\ c' }),
    row({}, '\ta!Nb\t"q"\t\\\tü'),
    Buffer.from(row({ full_name: 'Jörg' }, '\tgr\u00fcn'), 'latin1'),
    Buffer.from(row({ full_name: 'caf\u00e9 "x"' }), 'latin1'),
    Buffer.from(row({ full_name: '"\u00e9""', comments: '\u0080 5 "\u0093a\u0094"' }), 'latin1'),
    Buffer.from(row({ comments: '\u0080 5 \u0085' }, '\t"\u0081'), 'latin1'),
    row({ call_date: '' }),
    row({ call_date: '2026-13-01 10:00:00' }),
    row({ call_date: '2026-07-01 10:00' }),
    'a b c',
    '',
    'PHP Warning: something\tin the middle',
    row({ call_date: '2026-07-01 10:00:61' }),
    row(),
  ]);
  assert.equal(lines.breaks, true);
  assert.ok(lines.lineBytes > 500);
});

test('tells calls without a number apart as parsing does', () => {
  const plain = ['2026-07-01 10:00:00', '12125550100', 'NA', '4', 'hm', '5'];
  const rows = [plain, plain.with(1, ''), plain.with(3, ''), plain.with(1, 'x"y')];
  check(
    STANDARD,
    rows.map((cells) => cells.join('\t')),
  );
  check('call_date status', ['2026-07-01 10:00:00\tNA']);
});

test('takes a name for an id that no id can have', () => {
  check(EXTENDED, [row(), row({ full_name: '"' })], { ...CONTEXT, client: 'a\tb\u0001' });
  check(EXTENDED, [row(), row()], { ...CONTEXT, client: 'c'.repeat(395) });
  check(EXTENDED, [row({ alt_dial: '12' }), row({ alt_dial: 'MAIN' })], {
    ...CONTEXT,
    direction: 'inbound',
    zone: 5.5,
  });
});

test('says the same of any bytes', () => {
  const random = seededRandom(7);
  const choose = (texts: readonly string[]) =>
    texts[Math.floor(random.next() * texts.length)] ?? '';
  const odd = ['', '', 'x', '"', '\n', '\r', '!N', '\\', '\u0000', '\u0085', 'é', '7', '-', ' '];
  const rows: Buffer[] = [];
  for (let i = 0; i < 2_000; i += 1) {
    const over: Record<string, string> = {};
    for (const column of EXTENDED.split(' ')) {
      if (random.next() < 0.15) over[column] = choose(odd) + choose(odd) + choose(odd);
    }
    const more = random.next() < 0.4 ? `\t${choose(odd)}\t${choose(odd)}` : '';
    const second = String(i % 60).padStart(2, '0');
    over.call_date ??= `2026-0${1 + (i % 9)}-05 10:00:${second}`;
    const text = row(over, more).replaceAll('\r\n', ' ');
    rows.push(Buffer.from(text, random.next() < 0.1 ? 'latin1' : 'utf8'));
  }
  // A row that ends in CR would take the end of its line for itself.
  check(
    EXTENDED,
    rows.filter((bytes) => bytes.at(-1) !== 13),
  );
});
