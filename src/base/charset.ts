import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/**
 * Bytes of a page to text. Byte order mark, then what HTTP says, then what the page says of itself,
 * then UTF-8 if it is valid UTF-8 and windows-1252 if not. Labels lie in one common way, so the
 * bytes are heard too: text that is valid UTF-8 beyond ASCII is UTF-8 whatever a one-byte label
 * says, and text labelled UTF-8 that is not is read by the next best word.
 */
export interface DecodedBody {
  readonly text: string;
  /** The name of the encoding that was used, by the Encoding Standard. */
  readonly charset: string;
}

/** How far into a page its own word is looked for. Standard browsers look at 1,024 bytes. */
const PRESCAN_BYTES = 4_096;

/** So many characters beyond ASCII that are UTF-8 by chance: never in Chinese, Japanese, Korean. */
const WEIGHED_CHARS = 8;
const WEIGHED_BYTES = 64 * 1024;

/** Encodings for which valid multi-byte UTF-8 is practically impossible as real text. */
const SINGLE_BYTE = /^(?:windows-|iso-8859-|koi8-|macintosh|ibm866|x-mac-)/;

export function decodeBody(bytes: Uint8Array, contentType: string | undefined): DecodedBody {
  const marked = markedEncoding(bytes);
  if (marked !== undefined) return decodeAs(bytes, marked);
  const byHeader = encodingOf(headerCharset(contentType));
  if (byHeader === 'utf-8') {
    // Most pages: what is decoded without a broken character needs no other look.
    const text = utf8Text(bytes);
    if (!text.includes('\uFFFD')) return { text, charset: 'utf-8' };
  }
  const validUtf8 = isUtf8(bytes);
  const declared = byHeader ?? declaredEncoding(bytes);
  if (validUtf8 && (declared === undefined || declared === 'utf-8')) {
    return { text: utf8Text(bytes), charset: 'utf-8' };
  }
  if (validUtf8 && declared !== undefined && outweighsLabel(bytes, declared)) {
    return { text: utf8Text(bytes), charset: 'utf-8' };
  }
  if (declared === undefined) return decodeAs(bytes, 'windows-1252');
  if (declared !== 'utf-8') return decodeAs(bytes, declared);
  return decodeInvalidUtf8(bytes, byHeader);
}

/** Labelled UTF-8 and not valid: a few broken characters, or another encoding altogether? */
function decodeInvalidUtf8(bytes: Uint8Array, byHeader: string | undefined): DecodedBody {
  const ownWord = byHeader === undefined ? undefined : declaredEncoding(bytes);
  if (ownWord !== undefined && ownWord !== 'utf-8') return decodeAs(bytes, ownWord);
  const text = utf8Text(bytes);
  const broken = count(text, '\uFFFD');
  const whole = count(text, /[\u0080-\uFFFC]/g);
  return broken > whole ? decodeAs(bytes, 'windows-1252') : { text, charset: 'utf-8' };
}

/** `charset` of a Content-Type, quotes and blanks taken off. */
export function headerCharset(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const match = /;\s*charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;,"']+))/i.exec(
    contentType.slice(0, 1_024),
  );
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/** What the page's first bytes say: XML declaration or a meta element outside comments. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PRESCAN_BYTES));
  const utf16 = declaredUtf16(head);
  if (utf16 !== undefined) return utf16;
  const text = withoutComments(head.toString('latin1'));
  const xml = /^\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(text)?.[1];
  for (const [meta] of text.matchAll(/<meta[\s/][^>]{0,500}/gi)) {
    const found = encodingOf(metaCharset(meta));
    // A page whose meta can be read as ASCII is not UTF-16, whatever it says.
    if (found !== undefined) return found.startsWith('utf-16') ? 'utf-8' : found;
  }
  const byXml = encodingOf(xml);
  return byXml?.startsWith('utf-16') ? 'utf-8' : byXml;
}

function metaCharset(meta: string): string | undefined {
  const direct = /[\s/]charset\s*=\s*["']?\s*([^\s"'>;/]{1,40})/i.exec(meta)?.[1];
  if (direct !== undefined) return direct;
  if (!/http-equiv\s*=\s*["']?\s*content-type/i.test(meta)) return undefined;
  return /charset\s*=\s*["']?\s*([^\s"'>;/]{1,40})/i.exec(meta)?.[1];
}

/** An XML declaration in UTF-16 without a byte order mark. */
function declaredUtf16(head: Uint8Array): string | undefined {
  if (head[0] === 0x3c && head[1] === 0 && head[2] === 0x3f && head[3] === 0) return 'utf-16le';
  if (head[0] === 0 && head[1] === 0x3c && head[2] === 0 && head[3] === 0x3f) return 'utf-16be';
  return undefined;
}

function withoutComments(text: string): string {
  let rest = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('<!--', at);
    if (open < 0) return rest + text.slice(at);
    rest += text.slice(at, open);
    const close = text.indexOf('-->', open + 2);
    if (close < 0) return rest;
    at = close + 3;
  }
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** The standard name for a label, or undefined for one that nobody knows. */
function encodingOf(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return decoder(label.trim().toLowerCase()).encoding;
  } catch {
    return undefined;
  }
}

const decoders = new Map<string, TextDecoder>();

/** Labels come from pages, so only those that exist are kept: a few hundred at most. */
function decoder(label: string): TextDecoder {
  let found = decoders.get(label);
  if (found === undefined) {
    found = new TextDecoder(label);
    decoders.set(label, found);
  }
  return found;
}

function decodeAs(bytes: Uint8Array, encoding: string): DecodedBody {
  return { text: decoder(encoding).decode(bytes), charset: encoding };
}

function utf8Text(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

/** Whether being valid UTF-8 says more than a label that names something else. */
function outweighsLabel(bytes: Uint8Array, declared: string): boolean {
  if (declared.startsWith('utf-16')) return bytes.indexOf(0) < 0;
  // Where all is ASCII both read alike, but for the encodings that switch by ASCII sequences.
  if (isAscii(bytes)) return declared !== 'iso-2022-jp';
  if (SINGLE_BYTE.test(declared)) return true;
  return count(utf8Text(bytes.subarray(0, WEIGHED_BYTES)), /[\u0080-\uFFFC]/g) >= WEIGHED_CHARS;
}

function count(text: string, what: string | RegExp): number {
  return typeof what === 'string' ? text.split(what).length - 1 : (text.match(what)?.length ?? 0);
}
