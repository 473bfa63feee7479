/** Bodies that bring a job and its file: in one piece (`multipart`), or in several (`resumable`). */
import { randomUUID } from 'node:crypto';
import { invalid } from './problems.ts';

export interface Upload {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

/** A JSON part and the file behind it. Throws a Problem. */
export function readMultipart(body: Buffer, contentType: string): Upload {
  const [, quotedOne, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quotedOne ?? plain;
  if (boundary === undefined) throw invalid('Missing boundary of the multipart body');
  const parts = partsOf(body, `--${boundary}`);
  const [json, file] = parts;
  if (json === undefined || file === undefined)
    throw invalid('Multipart must have exactly two parts.');
  return { metadata: JSON.parse(json.toString('utf8')), bytes: file };
}

function partsOf(body: Buffer, marker: string): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = body.indexOf(marker); at >= 0; ) {
    const next = body.indexOf(marker, at + marker.length);
    if (next < 0) break;
    const start = body.indexOf('\r\n\r\n', at);
    // The line end before a marker belongs to the marker.
    if (start >= 0 && start < next) parts.push(body.subarray(start + 4, next - 2));
    at = next;
  }
  return parts;
}

interface Session {
  readonly metadata: Readonly<Record<string, unknown>>;
  bytes: Buffer;
}

export type Received =
  /** More is awaited: so many bytes are there. */
  { readonly length: number } | { readonly upload: Upload };

export class UploadSessions {
  readonly #sessions = new Map<string, Session>();

  /** The id by which the pieces come. */
  begin(metadata: Readonly<Record<string, unknown>>): string {
    const id = randomUUID();
    this.#sessions.set(id, { metadata, bytes: Buffer.alloc(0) });
    return id;
  }

  /** Throws a Problem for a piece that does not fit. */
  receive(id: string, range: string | undefined, piece: Buffer): Received {
    const session = this.#sessions.get(id);
    if (!session) throw invalid('Upload session not found');
    const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(range ?? '') ?? [];
    if (range !== undefined && total === undefined)
      throw invalid(`Invalid Content-Range: ${range}`);
    const start =
      first === undefined ? (range === undefined ? 0 : session.bytes.length) : Number(first);
    if (start > session.bytes.length) throw invalid('A piece before this one is missing');
    // What came before and comes again is taken once.
    session.bytes = Buffer.concat([session.bytes.subarray(0, start), piece]);
    const isWhole =
      total === undefined ||
      (total !== '*' && session.bytes.length >= Number(total) && last !== undefined) ||
      (total !== '*' && first === undefined && session.bytes.length === Number(total));
    if (!isWhole) return { length: session.bytes.length };
    this.#sessions.delete(id);
    return { upload: { metadata: session.metadata, bytes: session.bytes } };
  }
}
