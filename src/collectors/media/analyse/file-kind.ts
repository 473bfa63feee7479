/** What a file is, by its first bytes: neither its name nor a server's word for it is believed. */

export type MediaKind = 'audio' | 'image' | 'text' | 'other';

export interface FileFormat {
  readonly kind: MediaKind;
  /** Such as `wav`, `jpeg`, `utf-8 text`. */
  readonly format: string;
  readonly type: string;
  /** The usual ends of names of such files, without a dot; the first is used for new ones. */
  readonly extensions: readonly string[];
}

/** Bytes that are enough to tell. */
export const HEAD_BYTES = 4_096;

interface Signature extends FileFormat {
  /** Text in Latin-1 at places; `?` stands for any byte. */
  readonly at: Readonly<Record<number, string>>;
}

const audio = (format: string, type: string, extensions: string[], at: Signature['at']) =>
  ({ kind: 'audio', format, type: `audio/${type}`, extensions, at }) as const;
const image = (format: string, extensions: string[], at: Signature['at']) =>
  ({ kind: 'image', format, type: `image/${format}`, extensions, at }) as const;
const other = (format: string, type: string, extensions: string[], at: Signature['at']) =>
  ({ kind: 'other', format, type, extensions, at }) as const;

const SIGNATURES: readonly Signature[] = [
  audio('wav', 'wav', ['wav', 'wave'], { 0: 'RIFF', 8: 'WAVE' }),
  audio('flac', 'flac', ['flac'], { 0: 'fLaC' }),
  audio('ogg', 'ogg', ['ogg', 'oga', 'opus'], { 0: 'OggS' }),
  audio('m4a', 'mp4', ['m4a', 'mp4', 'm4b'], { 4: 'ftypM4' }),
  audio('aiff', 'aiff', ['aiff', 'aif'], { 0: 'FORM', 8: 'AIFF' }),
  audio('mp3', 'mpeg', ['mp3'], { 0: 'ID3' }),
  image('jpeg', ['jpg', 'jpeg'], { 0: '\xff\xd8\xff' }),
  image('png', ['png'], { 0: '\x89PNG\r\n\x1a\n' }),
  image('gif', ['gif'], { 0: 'GIF8' }),
  image('webp', ['webp'], { 0: 'RIFF', 8: 'WEBP' }),
  image('tiff', ['tif', 'tiff'], { 0: 'II*\0' }),
  image('tiff', ['tif', 'tiff'], { 0: 'MM\0*' }),
  image('avif', ['avif'], { 4: 'ftypavif' }),
  other('mp4', 'video/mp4', ['mp4', 'mov', 'm4v'], { 4: 'ftyp' }),
  other('pdf', 'application/pdf', ['pdf'], { 0: '%PDF-' }),
  other('zip', 'application/zip', ['zip', 'docx', 'xlsx', 'pptx', 'epub'], { 0: 'PK\x03\x04' }),
  other('gzip', 'application/gzip', ['gz', 'tgz'], { 0: '\x1f\x8b' }),
];

const TEXT: FileFormat = {
  kind: 'text',
  format: 'text',
  type: 'text/plain',
  extensions: ['txt', 'text', 'md', 'markdown', 'csv', 'log', 'html', 'htm', 'xml', 'json'],
};
const UNKNOWN: FileFormat = {
  kind: 'other',
  format: 'unknown',
  type: 'application/octet-stream',
  extensions: [],
};

/** From the first bytes of a file. */
export function fileFormat(head: Uint8Array): FileFormat {
  const known = SIGNATURES.find(({ at }) =>
    Object.entries(at).every(([place, text]) => standsAt(head, Number(place), text)),
  );
  if (known) {
    const { kind, format, type, extensions } = known;
    return { kind, format, type, extensions };
  }
  if (isMpegFrame(head)) return fileFormat(Buffer.from('ID3'));
  return isText(head.subarray(0, HEAD_BYTES)) ? TEXT : UNKNOWN;
}

function standsAt(head: Uint8Array, place: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (head[place + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** A sync word, a known layer and a bit rate that exists. */
function isMpegFrame([first, second = 0, third = 0]: Uint8Array): boolean {
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  return version !== 1 && layer === 1 && third >> 4 !== 15 && ((third >> 2) & 3) !== 3;
}

/** Text has a byte order mark, or no control characters but those of lines. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0) return false;
  const [a, b] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
}

/** `jpg` of `a/b.JPG?size=2`; '' for none. */
export function extensionOf(name: string): string {
  const path = name.replace(/[?#].*$/, '');
  return /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** Whether the name says that it is something else. */
export function isMislabelled(name: string, format: FileFormat): boolean {
  const extension = extensionOf(name);
  if (extension === '' || format.extensions.includes(extension)) return false;
  return [...SIGNATURES, TEXT].some(({ extensions }) => extensions.includes(extension));
}
