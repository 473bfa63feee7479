/**
 * The ends of consecutive tasks as one value: those that got through at once, with one page. As
 * rows they cost Postgres several times what the texts of their records do.
 *
 * The value is compressed as a whole: numbers of attempts (4 bytes each), times of the ends and
 * durations (8 each), then the texts of the records as in a row of `ends`, U+001F between tasks.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { joinRecords, splitRecords } from './values.ts';

/** What looks for packs near a row relies on it. */
export const PACK_ROWS_MAX = 512;
/** Who reads one task unpacks all of them. */
export const PACK_CHARS_MAX = 2 ** 20;

export interface PackedEnd {
  readonly attemptNo: number;
  readonly finishedMs: number;
  readonly durationMs: number;
  /** JSON texts. */
  readonly records: readonly string[];
}

const TASK_END = '\u001f';
const NUMBERS_BYTES = 4 + 8 + 8;
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export function packEnds(ends: readonly PackedEnd[]): Buffer {
  const count = ends.length;
  const text = ends.map(({ records }) => joinRecords(records)).join(TASK_END);
  const textBytes = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(count * NUMBERS_BYTES + textBytes);
  for (let i = 0; i < count; i += 1) {
    const { attemptNo, finishedMs, durationMs } = ends[i] as PackedEnd;
    bytes.writeInt32LE(attemptNo, i * 4);
    bytes.writeDoubleLE(finishedMs, count * 4 + i * 8);
    bytes.writeDoubleLE(durationMs, count * 12 + i * 8);
  }
  bytes.write(text, count * NUMBERS_BYTES);
  return zstdCompressSync(bytes, OPTIONS);
}

export function unpackEnds(packed: Uint8Array, count: number): readonly PackedEnd[] {
  const bytes = zstdDecompressSync(packed);
  const texts = bytes.toString('utf8', count * NUMBERS_BYTES).split(TASK_END);
  return texts.map((text, i) => ({
    attemptNo: bytes.readInt32LE(i * 4),
    finishedMs: bytes.readDoubleLE(count * 4 + i * 8),
    durationMs: bytes.readDoubleLE(count * 12 + i * 8),
    records: text === '' ? [] : splitRecords(text),
  }));
}
