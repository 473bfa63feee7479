/** Pictures of known size and colours: scenes of shapes, the same again in other forms, words. */
import sharp from 'sharp';
import type { Random } from '../../src/base/random.ts';
import { strokesOf } from './strokes.ts';

export interface Colour {
  readonly name: string;
  readonly hex: string;
}

export const COLOURS: readonly Colour[] = [
  { name: 'red', hex: '#c81e1e' },
  { name: 'green', hex: '#1e8c32' },
  { name: 'blue', hex: '#1e3cc8' },
  { name: 'yellow', hex: '#f0d21e' },
  { name: 'grey', hex: '#808080' },
  { name: 'orange', hex: '#f08c14' },
];

export interface Scene {
  readonly svg: Buffer;
  readonly width: number;
  readonly height: number;
  readonly colour: Colour;
}

/** Some shapes on a ground that most of the picture shows. */
export function scene(random: Random, width: number, height: number): Scene {
  const colour = COLOURS[Math.floor(random.next() * COLOURS.length)] as Colour;
  const shades = ['#101010', '#f8f8f8', '#38b0b0', '#602080'];
  const shapes = Array.from({ length: 4 }, (_, at) => {
    const x = (0.1 + 0.7 * random.next()) * width;
    const y = (0.1 + 0.7 * random.next()) * height;
    const size = (0.08 + 0.14 * random.next()) * Math.min(width, height);
    return at % 2 === 0
      ? `<circle cx="${x}" cy="${y}" r="${size}" fill="${shades[at]}"/>`
      : `<rect x="${x}" y="${y}" width="${size * 1.6}" height="${size}" fill="${shades[at]}"/>`;
  });
  return { svg: svgOf(width, height, colour.hex, shapes.join('')), width, height, colour };
}

/** Black on white, a line each. */
export function wordsPicture(lines: readonly string[]): Scene {
  const unit = 8;
  const margin = 60;
  const drawn = lines.map((line) => strokesOf(line, unit));
  const width = Math.max(...drawn.map((line) => line.width)) + 2 * margin;
  const height = lines.length * 11 * unit + 2 * margin;
  const style = `fill="none" stroke="#000" stroke-width="${unit * 0.9}" stroke-linejoin="round" stroke-linecap="round"`;
  const paths = drawn.map(
    ({ path }, at) =>
      `<path transform="translate(${margin} ${margin + at * 11 * unit})" ${style} d="${path}"/>`,
  );
  const white = { name: 'white', hex: '#ffffff' };
  return { svg: svgOf(width, height, white.hex, paths.join('')), width, height, colour: white };
}

export function plainPicture(colour: Colour, width: number, height: number): Scene {
  return { svg: svgOf(width, height, colour.hex, ''), width, height, colour };
}

function svgOf(width: number, height: number, ground: string, content: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect width="100%" height="100%" fill="${ground}"/>${content}</svg>`,
  );
}

export const png = ({ svg }: Scene): Promise<Buffer> => sharp(svg).removeAlpha().png().toBuffer();
export const webp = ({ svg }: Scene): Promise<Buffer> => sharp(svg).webp().toBuffer();
export const jpeg = ({ svg }: Scene, quality = 90): Promise<Buffer> =>
  sharp(svg).jpeg({ quality }).toBuffer();

/** Two thirds as large, and pressed hard: what a messenger makes of it. */
export function forwarded({ svg, width, height }: Scene): Promise<Buffer> {
  const size = { width: Math.round((width * 2) / 3), height: Math.round((height * 2) / 3) };
  return sharp(svg).resize(size.width, size.height).jpeg({ quality: 45 }).toBuffer();
}

/** With what a camera writes, and lying on its side as cameras hand them over. */
export function photographed({ svg }: Scene): Promise<Buffer> {
  return sharp(svg)
    .rotate(-90)
    .withExif({
      IFD0: { Make: 'Standin', Model: 'Sandbox 1', Orientation: '6' },
      IFD2: { DateTimeOriginal: '2024:05:12 10:11:12' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '52/1 31/1 12/1',
        GPSLongitudeRef: 'W',
        GPSLongitude: '13/1 24/1 0/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** A PNG that says it is so large and holds next to nothing. */
export function hugePng(width: number, height: number, small: Buffer): Buffer {
  const bytes = Buffer.from(small);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
