/**
 * Which bytes are which characters. Everything behind this file sees UTF-8: a file that is UTF-8
 * (or ASCII) passes unchanged, byte for byte; others are turned into UTF-8 as they stream in.
 *
 * UTF-8 is believed where most of what is not ASCII is valid UTF-8: single records that are not are
 * read as windows-1252 later on. Otherwise the file is windows-1252, of which Latin-1 is a part.
 */
import { isUtf8 } from 'node:buffer';

export interface EncodingGuess {
  /** A label that TextDecoder knows. */
  readonly encoding: string;
  readonly bom: boolean;
}

/** Bytes that the sign at the start of a file takes, by encoding. */
export function bomBytes({ encoding, bom }: EncodingGuess): number {
  return bom ? (encoding === 'utf-8' ? 3 : 2) : 0;
}

/** Share of broken sequences among what is not ASCII, above which a file is not UTF-8. */
const BROKEN_SHARE_MAX = 0.1;

/** Guesses from the first bytes of a file; undefined for UTF-32, which nothing here reads. */
export function guessEncoding(sample: Buffer): EncodingGuess | undefined {
  const [a, b, c, d] = sample;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', bom: true };
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return undefined;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return undefined;
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', bom: true };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', bom: true };
  const wide = guessWide(sample);
  if (wide !== undefined) return { encoding: wide, bom: false };
  return { encoding: isMostlyUtf8(sample) ? 'utf-8' : 'windows-1252', bom: false };
}

/** UTF-16 without a sign: Western text has a NUL in every other byte, and nowhere else. */
function guessWide(sample: Buffer): string | undefined {
  const pairs = Math.floor(sample.length / 2);
  if (pairs < 2 || !sample.includes(0)) return undefined;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < pairs * 2; at += 2) {
    if (sample[at] === 0) even += 1;
    if (sample[at + 1] === 0) odd += 1;
  }
  if (odd > pairs * 0.4 && even < pairs * 0.02) return 'utf-16le';
  if (even > pairs * 0.4 && odd < pairs * 0.02) return 'utf-16be';
  return undefined;
}

function isMostlyUtf8(sample: Buffer): boolean {
  if (isUtf8(sample)) return true;
  let foreign = 0;
  let broken = 0;
  // The sample may end in the middle of a character: the last three are left out of account.
  const text = sample.toString('utf8');
  for (let at = 0; at < text.length - 3; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    foreign += 1;
    if (unit === 0xfffd) broken += 1;
  }
  return broken <= foreign * BROKEN_SHARE_MAX;
}

/** Whether text in this encoding can be read; `label` as the user wrote it. */
export function knownEncoding(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** Turns chunks in `encoding` into chunks of UTF-8; UTF-8 itself is handed on untouched. */
export async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') {
    yield* chunks;
    return;
  }
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text.length > 0) yield Buffer.from(text, 'utf8');
  }
  const rest = decoder.decode();
  if (rest.length > 0) yield Buffer.from(rest, 'utf8');
}
