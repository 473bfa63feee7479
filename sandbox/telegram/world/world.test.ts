/** Numbers as they are shown, and pictures that decoders take. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, inflateSync } from 'node:zlib';
import { isoSeconds, shownCount, shownDuration, shownSize } from './counter.ts';
import { LARGE_PICTURE_BYTES, pictureShape, WorldFiles } from './files.ts';

describe('numbers', () => {
  it('are shown as the service shows them', () => {
    const counts = [873, 1_000, 4_029, 12_345, 28_600, 436_650, 999_999, 1_440_000, 23_450_000];
    assert.deepEqual(counts.map(shownCount), [
      '873',
      '1K',
      '4.02K',
      '12.3K',
      '28.6K',
      '436.6K',
      '999.9K',
      '1.44M',
      '23.4M',
    ]);
    assert.deepEqual([5, 65, 752, 3_723].map(shownDuration), ['0:05', '1:05', '12:32', '1:02:03']);
    assert.deepEqual([500, 116_634, 50_541_363].map(shownSize), ['500 B', '113.9 KB', '48.2 MB']);
    assert.equal(isoSeconds(1_789_585_936), '2026-09-16T19:12:16+00:00');
  });
});

describe('pictures', () => {
  const files = new WorldFiles(3);
  const read = (number: number) => files.read({ name: `picture-${number}`, kind: 'picture' });

  it('are JPEG with the size they claim, and end where they should', () => {
    for (const number of [0, 1, 2]) {
      const { bytes, contentType } = read(number);
      const { width, height } = pictureShape(3, number);
      assert.equal(contentType, 'image/jpeg');
      assert.equal(bytes.readUInt16BE(0), 0xffd8);
      assert.equal(bytes.readUInt16BE(bytes.length - 2), 0xffd9);
      const frame = frameOf(bytes);
      assert.deepEqual([frame.readUInt16BE(3), frame.readUInt16BE(1)], [width, height]);
    }
    assert.ok(read(1).bytes.length > LARGE_PICTURE_BYTES);
  });

  it('are PNG with right sums and whole rows', () => {
    const { bytes, contentType } = read(3);
    const { width, height } = pictureShape(3, 3);
    assert.equal(contentType, 'image/png');
    const length = bytes.readUInt32BE(33);
    const chunk = bytes.subarray(37, 41 + length);
    assert.equal(chunk.subarray(0, 4).toString(), 'IDAT');
    assert.equal(crc32(chunk), bytes.readUInt32BE(41 + length));
    assert.equal(inflateSync(chunk.subarray(4)).length, height * (width * 3 + 1));
  });

  it('are the same bytes for the same name', () => {
    const again = new WorldFiles(3).read({ name: 'picture-2', kind: 'picture' });
    assert.equal(again.sha256, read(2).sha256);
    assert.notEqual(read(0).sha256, read(2).sha256);
  });
});

/** The body of the segment that tells the size. */
function frameOf(bytes: Buffer): Buffer {
  let at = 2;
  while (bytes[at + 1] !== 0xc0) at += 2 + bytes.readUInt16BE(at + 2);
  return bytes.subarray(at + 4);
}
