/**
 * A small JPEG encoder: baseline, every block of eight by eight one colour. Enough for pictures that
 * every decoder takes, at a millisecond each.
 */
import type { Random } from '../../../src/base/random.ts';

/** Code lengths of the ten shortest symbols of the usual table for DC values: sizes 0 to 9. */
const DC_LENGTHS = [2, 3, 3, 3, 3, 3, 4, 5, 6, 7];
/** The one AC symbol used: nothing but zeros until the end of the block. */
const END_OF_BLOCK = { code: 0, length: 1 };

type Colour = readonly [number, number, number];

/** Pixels are drawn by `colourOf(column, row)` of the blocks, as Y, Cb, Cr from 0 to 255. */
export function encodeJpeg(
  width: number,
  height: number,
  colourOf: (column: number, row: number) => Colour,
  comment: Buffer = Buffer.alloc(0),
): Buffer {
  const bits = new BitWriter();
  const codes = dcCodes();
  const before = [0, 0, 0];
  for (let row = 0; row * 8 < height; row += 1) {
    for (let column = 0; column * 8 < width; column += 1) {
      const colour = colourOf(column, row);
      for (let part = 0; part < 3; part += 1) {
        const value = Math.round(colour[part] as number) - 128;
        const difference = value - (before[part] as number);
        before[part] = value;
        const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
        const code = codes[size] as { code: number; length: number };
        bits.write(code.code, code.length);
        bits.write(difference < 0 ? difference + 2 ** size - 1 : difference, size);
        bits.write(END_OF_BLOCK.code, END_OF_BLOCK.length);
      }
    }
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    ...commentSegments(comment),
    // A step of 8 for the DC value makes it the mean of the block.
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 8)])),
    segment(0xc0, frame(width, height)),
    segment(0xc4, huffmanTable(0x00, DC_LENGTHS)),
    segment(0xc4, Buffer.concat([Buffer.from([0x10, 1]), Buffer.alloc(15), Buffer.from([0])])),
    segment(0xda, Buffer.from([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    bits.end(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** A drawing by chance: two colours that run into each other, with some noise. */
export function drawing(random: Random): (column: number, row: number) => Colour {
  const draw = () => 40 + random.next() * 170;
  const from: Colour = [draw(), draw(), draw()];
  const to: Colour = [draw(), draw(), draw()];
  const slope = 0.02 + random.next() * 0.05;
  return (column, row) => {
    const share = 0.5 + 0.5 * Math.sin((column + row * 1.7) * slope * 6);
    const noise = (random.next() - 0.5) * 24;
    const mix = (part: 0 | 1 | 2) => from[part] + (to[part] - from[part]) * share;
    return [mix(0) + noise, mix(1), mix(2)];
  };
}

function dcCodes(): { code: number; length: number }[] {
  let code = 0;
  let length = DC_LENGTHS[0] as number;
  return DC_LENGTHS.map((next) => {
    code <<= next - length;
    length = next;
    const found = { code, length };
    code += 1;
    return found;
  });
}

function huffmanTable(id: number, lengths: readonly number[]): Buffer {
  const counts = Buffer.alloc(16);
  for (const length of lengths) counts[length - 1] = (counts[length - 1] as number) + 1;
  return Buffer.concat([Buffer.from([id]), counts, Buffer.from(lengths.map((_, size) => size))]);
}

function frame(width: number, height: number): Buffer {
  const head = Buffer.from([8, height >> 8, height & 255, width >> 8, width & 255, 3]);
  return Buffer.concat([head, Buffer.from([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])]);
}

function segment(marker: number, body: Buffer): Buffer {
  const length = body.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 255]), body]);
}

function commentSegments(comment: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < comment.length; at += 65_000) {
    found.push(segment(0xfe, comment.subarray(at, at + 65_000)));
  }
  return found;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #held = 0;
  #count = 0;

  write(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit -= 1) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1);
      this.#count += 1;
      if (this.#count === 8) this.#flush();
    }
  }

  /** Fills the last byte with ones. */
  end(): Buffer {
    while (this.#count > 0) this.write(1, 1);
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#held);
    // A byte of ones would read as a marker.
    if (this.#held === 0xff) this.#bytes.push(0);
    this.#held = 0;
    this.#count = 0;
  }
}
