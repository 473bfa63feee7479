/**
 * Pages as bytes in the charset that the site's behaviour asks for, with what head and meta say of
 * it: the truth, a lie, or nothing.
 */
import type { Behaviour } from './behaviours.ts';
import type { PageKey } from './locales/locale.ts';
import { renderPage } from './render-page.ts';
import type { Site } from './site.ts';

export interface PageBytes {
  readonly body: Buffer;
  /** The Content-Type header. */
  readonly contentType: string;
}

interface Charset {
  /** What the bytes are in. */
  readonly encoding: string;
  /** What the header says, or ''. */
  readonly header: string;
  /** What the meta element says, or ''. */
  readonly meta: string;
  readonly mark?: Buffer;
}

const UTF8: Charset = { encoding: 'utf-8', header: 'utf-8', meta: 'utf-8' };

const CHARSETS: Partial<Record<Behaviour, Charset>> = {
  'charset-header-lies': { encoding: 'windows-1252', header: 'utf-8', meta: 'utf-8' },
  'charset-meta-only': { encoding: 'windows-1252', header: '', meta: 'windows-1252' },
  'charset-none': { encoding: 'windows-1252', header: '', meta: '' },
  'charset-header-only': { encoding: 'iso-8859-15', header: 'ISO-8859-15', meta: '' },
  'charset-utf8-bom': {
    encoding: 'utf-8',
    header: '',
    meta: '',
    mark: Buffer.from([0xef, 0xbb, 0xbf]),
  },
  'charset-utf16-bom': {
    encoding: 'utf-16le',
    header: '',
    meta: '',
    mark: Buffer.from([0xff, 0xfe]),
  },
  'charset-shift-jis': { encoding: 'shift_jis', header: '', meta: 'Shift_JIS' },
  'charset-windows-1251': { encoding: 'windows-1251', header: 'windows-1251', meta: '' },
};

/** A page of a site as it goes over the wire, before any content coding. */
export function pageBytes(site: Site, page: PageKey): PageBytes {
  const charset = CHARSETS[site.behaviour] ?? UTF8;
  const text = renderPage(site, page, { metaCharset: charset.meta });
  const body = encodeText(text, charset.encoding);
  return {
    body: charset.mark ? Buffer.concat([charset.mark, body]) : body,
    contentType: charset.header === '' ? 'text/html' : `text/html; charset=${charset.header}`,
  };
}

/** Text in a charset; a character without a place in it becomes a numeric entity, as editors do. */
export function encodeText(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  const table = tableOf(encoding);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const known = code < 0x80 ? code : table.get(character);
    if (known === undefined) bytes.push(...Buffer.from(`&#${code};`, 'latin1'));
    else if (known > 0xff) bytes.push(known >> 8, known & 0xff);
    else bytes.push(known);
  }
  return Buffer.from(bytes);
}

const tables = new Map<string, ReadonlyMap<string, number>>();

/** What the platform can decode, turned round: it has no encoder but for UTF-8. */
function tableOf(encoding: string): ReadonlyMap<string, number> {
  const known = tables.get(encoding);
  if (known) return known;
  const decoder = new TextDecoder(encoding);
  const table = new Map<string, number>();
  const learn = (bytes: Uint8Array, value: number) => {
    const text = decoder.decode(bytes);
    if (text.length === 1 && text !== '\ufffd' && !table.has(text)) table.set(text, value);
  };
  for (let byte = 0x80; byte < 0x100; byte += 1) learn(Uint8Array.of(byte), byte);
  if (encoding === 'shift_jis') {
    for (let lead = 0x81; lead < 0xfd; lead += 1) {
      if (lead >= 0xa0 && lead < 0xe0) continue;
      for (let trail = 0x40; trail < 0xfd; trail += 1) {
        learn(Uint8Array.of(lead, trail), (lead << 8) | trail);
      }
    }
  }
  tables.set(encoding, table);
  return table;
}
