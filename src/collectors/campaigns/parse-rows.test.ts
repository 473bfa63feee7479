import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CallRecord } from './call-record.ts';
import { TruncatedExport, wholeLines } from './export-rows.ts';
import { callsIn, parseRows as parseTexts, type RowContext, type RowPiece } from './parse-rows.ts';

const CONTEXT: RowContext = { campaign: 'solar', client: 'Nord', direction: 'outbound', zone: -5 };
const COLUMNS = [
  'call_date',
  'status',
  'comments',
  'length_in_sec',
  'alt_dial',
  'lead_id',
  'uniqueid',
];
const bytesOf = (lines: readonly string[], encoding: BufferEncoding = 'utf8') =>
  Buffer.from(lines.map((line) => `${line}\r\n`).join(''), encoding);
const parseRows = (piece: RowPiece) => {
  const parsed = parseTexts(piece);
  const { keys, texts } = callsIn(parsed);
  const { columns, damaged } = parsed;
  const calls = texts.map((text) => JSON.parse(text) as CallRecord);
  assert.deepEqual(
    calls.map(({ id }) => id),
    keys,
  );
  return { columns, damaged, calls };
};
const parse = (line: string, more: Partial<Parameters<typeof parseRows>[0]> = {}) =>
  parseRows({ context: CONTEXT, columns: COLUMNS, bytes: bytesOf([line]), ...more });

describe('rows of an export', () => {
  it('become calls, with their instant and what they are known by', () => {
    const line = '2026-11-20 12:05:00\tSALE\tnaïve!Nsecond\t61\tMAIN\t77\t1763.5';
    const { calls, columns } = parseRows({
      context: CONTEXT,
      columns: undefined,
      bytes: bytesOf([COLUMNS.join('\t'), line]),
    });
    assert.deepEqual(columns, COLUMNS);
    assert.deepEqual(calls, [
      {
        id: 'solar/Nord/1763.5/77/2026-11-20 12:05:00',
        campaign: 'solar',
        client: 'Nord',
        direction: 'outbound',
        calledAt: '2026-11-20T17:05:00.000Z',
        callDate: '2026-11-20 12:05:00',
        status: 'SALE',
        comments: 'naïve\nsecond',
        lengthInSec: 61,
        altDial: 'MAIN',
        leadId: '77',
        uniqueId: '1763.5',
      },
    ]);
  });

  it('are UTF-8 or latin1, each for itself', () => {
    const row = (text: string) => `2026-11-20 12:05:00\t${text}\t\t\t\t1\t2`;
    const bytes = Buffer.concat([
      bytesOf([row('Müller')], 'latin1'),
      bytesOf([row('Ångström Ω')]),
      bytesOf([row('plain')]),
    ]);
    const { calls } = parseRows({ context: CONTEXT, columns: COLUMNS, bytes });
    assert.deepEqual(
      calls.map(({ status }) => status),
      ['Müller', 'Ångström Ω', 'plain'],
    );
  });

  it('may be wider than the header, hold lone line feeds and columns nobody knows', () => {
    const columns = [...COLUMNS, 'new_thing', 'custom_fields'];
    const line = '2026-11-20 12:05:00\tA\nB\t\t\t\t1\t2\tx\tgold!N\tlast';
    const [call] = parse(line, { columns }).calls;
    assert.equal(call?.status, 'A\nB');
    assert.deepEqual(call?.custom, ['gold\n', 'last']);
    assert.deepEqual(call?.more, { new_thing: 'x' });
  });

  it('of calls that came in have their wait where others have a kind of phone', () => {
    const context = { ...CONTEXT, direction: 'inbound' } as const;
    const [call] = parse('2026-11-20 12:05:00\tA\t\t\t42\t1\t2', { context }).calls;
    assert.equal(call?.queueSeconds, 42);
    assert.equal(call?.altDial, undefined);
  });

  it('are counted where they are none', () => {
    for (const line of ['too\tshort', 'no time\tA\t\t\t\t1\t2', '']) {
      assert.deepEqual(parse(line), { columns: COLUMNS, calls: [], damaged: 1 });
    }
  });

  it('have keys that may be kept, also where values are hostile', () => {
    const long = 'x'.repeat(2_000);
    for (const id of [long, 'a\u0000b\u0007', `${long}y`]) {
      const [call] = parse(`2026-11-20 12:05:00\tA\t\t\t\t1\t${id}`).calls;
      assert.ok((call?.id.length ?? 999) <= 512);
      assert.doesNotMatch(String(call?.id), /\p{Cc}/u);
    }
    const [a] = parse(`2026-11-20 12:05:00\tA\t\t\t\t1\t${long}`).calls;
    const [b] = parse(`2026-11-20 12:05:00\tA\t\t\t\t1\t${long}y`).calls;
    assert.notEqual(a?.id, b?.id);
  });
});

describe('whole lines', () => {
  const collect = async (pieces: readonly Uint8Array[], pieceBytes: number) => {
    const out: Uint8Array[] = [];
    const tally = { bytes: 0 };
    const body = (async function* () {
      yield* pieces;
    })();
    for await (const bytes of wholeLines(body, tally, { nowMs: () => 0, bytes: pieceBytes })) {
      assert.ok(Buffer.from(bytes).toString('latin1').endsWith('\r\n'));
      // The next one stands where it stood.
      out.push(Buffer.from(bytes));
    }
    return { bytes: Buffer.concat(out), tally };
  };
  const cell = fc.stringMatching(/^[ -~éü\n]{0,12}$/);

  it('are the file again, however it was cut, and parse to the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, fc.boolean()), { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 300 }),
        async (rows, cuts, pieceBytes) => {
          const file = Buffer.concat(
            rows.map(([text, latin1], i) => {
              const line = `2026-11-20 12:05:00\t${text}x\t\t${i}\t\t${i}\t2`;
              return bytesOf([line], latin1 ? 'latin1' : 'utf8');
            }),
          );
          const pieces: Uint8Array[] = [];
          for (let at = 0, i = 0; at < file.length; i += 1) {
            const end = at + (cuts[i % cuts.length] as number);
            pieces.push(file.subarray(at, end));
            at = end;
          }
          const { bytes, tally } = await collect(pieces, pieceBytes);
          assert.deepEqual(bytes, file);
          assert.equal(tally.bytes, file.length);
          const { calls, damaged } = parseRows({ context: CONTEXT, columns: COLUMNS, bytes });
          assert.equal(damaged, 0);
          assert.deepEqual(
            calls.map(({ status }) => status),
            rows.map(([text]) => `${text}x`),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('end in a line end, or the file was cut off', async () => {
    await assert.rejects(collect([Buffer.from('a\tb\r\nc\td')], 1), TruncatedExport);
    await assert.rejects(collect([Buffer.from('a\tb\r\nc\td\r')], 1_000), TruncatedExport);
    assert.equal((await collect([], 1)).bytes.length, 0);
  });
});
