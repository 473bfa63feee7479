/**
 * Tokens of pages: opaque, 26 characters, good for one endpoint and one target only.
 *
 * A token holds the place where its page starts, hidden under a check sum over the place and what
 * it belongs to: a token from elsewhere, or one that was altered, does not pass.
 */
import { seedOf } from '../sites/seed.ts';

export interface PagePlace {
  /** The key of the newest (of the oldest, when going back) member of the page. */
  readonly key: number;
  readonly back: boolean;
  /** The page before was empty though members were left: this one is not. */
  readonly afterEmpty: boolean;
}

const KEY_ZERO = 2 ** 39;
const DIGITS = '0123456789abcdefghijklmnopqrstuv';
const BYTES = 16;

/** The token of a place; `owner` says what it is good for. */
export function pageToken(seed: number, owner: string, place: PagePlace): string {
  const flags = (place.back ? 1 : 0) | (place.afterEmpty ? 2 : 0);
  const first = seedOf(seed, 'token', owner, place.key, flags);
  const second = seedOf(first, 'again', owner);
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(second, 4);
  bytes.writeUIntBE(place.key + KEY_ZERO, 8, 6);
  bytes.writeUInt16BE(flags, 14);
  return encode(hide(bytes));
}

/** The place of a token; undefined when it is none of this owner's. */
export function readPageToken(seed: number, owner: string, token: string): PagePlace | undefined {
  const bytes = decode(token);
  if (!bytes) return undefined;
  hide(bytes);
  const key = bytes.readUIntBE(8, 6) - KEY_ZERO;
  const flags = bytes.readUInt16BE(14);
  const place = { key, back: (flags & 1) === 1, afterEmpty: (flags & 2) === 2 };
  return pageToken(seed, owner, place) === token ? place : undefined;
}

/** Turns the second half by the first, to and fro. */
function hide(bytes: Buffer): Buffer {
  const first = bytes.readUInt32BE(0);
  const second = bytes.readUInt32BE(4);
  const mask = seedOf(first, 'mask', second);
  bytes.writeUInt32BE((bytes.readUInt32BE(8) ^ mask) >>> 0, 8);
  bytes.writeUInt32BE((bytes.readUInt32BE(12) ^ seedOf(mask, 'more')) >>> 0, 12);
  return bytes;
}

function encode(bytes: Buffer): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(held >> (bits - 5)) & 31];
  }
  return text + DIGITS[(held << (5 - bits)) & 31];
}

function decode(text: string): Buffer | undefined {
  if (text.length !== 26) return undefined;
  const bytes = Buffer.alloc(BYTES);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 0xff;
    at += 1;
  }
  return bytes;
}
