/** The bytes behind names of files: the same name, the same bytes, made when they are asked for. */
import { createHash } from 'node:crypto';
import { type Random, randomInt } from '../../../src/base/random.ts';
import { randomOf } from '../../sites/seed.ts';
import { drawing, encodeJpeg } from './jpeg.ts';
import type { WorldFile } from './message.ts';
import { encodePng } from './png.ts';

export interface FileBytes {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Without the point. */
  readonly extension: string;
  /** Hex. */
  readonly sha256: string;
}

export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly format: 'jpeg' | 'png';
}

/** As many bytes as large pictures have at least: more than one part of a download. */
export const LARGE_PICTURE_BYTES = 300_000;
/** Pictures with such numbers are tiny: fewer bytes than any other. */
export const TINY_PICTURES_FROM = 2_000_000_000;
const CACHE_BYTES_MAX = 64 * 2 ** 20;

/** Width, height and format of a picture: every fourth is a PNG. */
export function pictureShape(seed: number, number: number): PictureShape {
  if (number >= TINY_PICTURES_FROM) return { width: 16, height: 16, format: 'jpeg' };
  const random = randomOf(seed, 'picture-shape', number);
  const width = randomInt(random, 8, 40) * 8;
  const height = Math.round((width * (0.5 + random.next())) / 8) * 8;
  return { width, height, format: number % 4 === 3 ? 'png' : 'jpeg' };
}

/** Files of one seed. */
export class WorldFiles {
  readonly #seed: number;
  readonly #cache = new Map<string, FileBytes>();
  readonly #digests = new Map<string, string>();
  #cachedBytes = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  read(file: WorldFile): FileBytes {
    const cached = this.#cache.get(file.name);
    if (cached) return cached;
    const made = this.#make(file);
    const sha256 = createHash('sha256').update(made.bytes).digest('hex');
    this.#digests.set(file.name, sha256);
    const found = { ...made, sha256 };
    if (this.#cachedBytes > CACHE_BYTES_MAX) {
      this.#cache.clear();
      this.#cachedBytes = 0;
    }
    this.#cache.set(file.name, found);
    this.#cachedBytes += made.bytes.length;
    return found;
  }

  sha256(file: WorldFile): string {
    return this.#digests.get(file.name) ?? this.read(file).sha256;
  }

  #make(file: WorldFile): Omit<FileBytes, 'sha256'> {
    const number = Number(/\d+$/.exec(file.name)?.[0] ?? 0);
    const random = randomOf(this.#seed, 'file', file.name);
    switch (file.kind) {
      case 'picture':
        return picture(pictureShape(this.#seed, number), random, number);
      case 'sticker':
        return { bytes: webp(random), contentType: 'image/webp', extension: 'webp' };
      case 'video':
        return { bytes: mp4(random), contentType: 'video/mp4', extension: 'mp4' };
      case 'voice':
        return { bytes: ogg(random), contentType: 'audio/ogg', extension: 'ogg' };
      case 'document':
        return {
          bytes: Buffer.concat([Buffer.from('%PDF-1.4\n', 'latin1'), noise(random, 2_000)]),
          contentType: 'application/octet-stream',
          extension: 'bin',
        };
    }
  }
}

function picture(shape: PictureShape, random: Random, number: number): Omit<FileBytes, 'sha256'> {
  const { width, height, format } = shape;
  if (format === 'png') {
    const pixels = Buffer.alloc(width * height * 3);
    const colourOf = drawing(random);
    for (let at = 0; at < width * height; at += 1) {
      pixels.set(colourOf((at % width) >> 2, Math.floor(at / width) >> 4), at * 3);
    }
    return { bytes: encodePng(width, height, pixels), contentType: 'image/png', extension: 'png' };
  }
  // Pictures of a camera are large: some carry a comment that makes them so.
  const large = number % 16 === 1;
  const padding = large ? LARGE_PICTURE_BYTES : randomInt(random, 200, 12_000);
  const comment = noise(random, number >= TINY_PICTURES_FROM ? 0 : padding);
  const bytes = encodeJpeg(width, height, drawing(random), comment);
  return { bytes, contentType: 'image/jpeg', extension: 'jpg' };
}

function noise(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) {
    bytes.writeUInt32LE(Math.floor(random.next() * 4_294_967_296), at);
  }
  return bytes;
}

/** One white pixel, and a chunk that no decoder knows, to be different from others. */
function webp(random: Random): Buffer {
  const pixel = Buffer.from('VlA4TAcAAAAvAAAAAA8AAA==', 'base64');
  const extra = Buffer.concat([Buffer.from('SEED\x10\0\0\0', 'latin1'), noise(random, 16)]);
  const body = Buffer.concat([Buffer.from('WEBP', 'latin1'), evened(pixel), extra]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function evened(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}

/** The boxes that tell an MP4, with nothing to play. */
function mp4(random: Random): Buffer {
  const body = noise(random, randomInt(random, 3_000, 20_000) & ~3);
  const free = Buffer.from('\0\0\0\0free', 'latin1');
  free.writeUInt32BE(body.length + 8, 0);
  return Buffer.concat([Buffer.from('\0\0\0\x14ftypisom\0\0\x02\0isom', 'latin1'), free, body]);
}

function ogg(random: Random): Buffer {
  return Buffer.concat([Buffer.from('OggS\0\x02', 'latin1'), noise(random, 1_600)]);
}
