/** A small PNG encoder: eight bits, red green blue, no filters. */
import { crc32, deflateSync } from 'node:zlib';

/** Encodes rows of red, green and blue bytes. */
export function encodePng(width: number, height: number, pixels: Buffer): Buffer {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let row = 0; row < height; row += 1) {
    pixels.copy(rows, row * (width * 3 + 1) + 1, row * width * 3, (row + 1) * width * 3);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const found = Buffer.alloc(named.length + 8);
  found.writeUInt32BE(body.length, 0);
  named.copy(found, 4);
  found.writeUInt32BE(crc32(named), named.length + 4);
  return found;
}
