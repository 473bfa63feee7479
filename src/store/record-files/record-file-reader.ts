/**
 * Records of a file as the texts that they would be in the store, from any place on. A file has no
 * index: where reading has come to is remembered, so that who reads on does not begin anew.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { RecentMap } from '../../base/recent-map.ts';
import type { RecordFile, RecordFilePart } from '../../model/record-file.ts';
import { cellsOf, recordText } from '../../model/record-line.ts';
import { checkPart } from './record-file-folder.ts';

const CHUNK_BYTES = 256 * 1024;
/** Places that are remembered, of all files. */
const PLACES_MAX = 1_000;
/** Of records in one answer, in UTF-16 units. */
const CHARS_MAX = 4 * 2 ** 20;
const LF = 10;
const QUOTE = 34;

export class RecordFileReader {
  readonly #root: string;
  /** Byte at which a line of a part begins, by `NAME LINE`. */
  readonly #places = new RecentMap<string, number>(PLACES_MAX);

  constructor(root: string) {
    this.#root = root;
  }

  /** From record `from` on, at most `limit` and at least one of what is there. */
  async read(file: RecordFile, from: number, limit: number): Promise<readonly string[]> {
    let before = 0;
    for (const part of file.parts) {
      if (from < before + part.rows) {
        return this.#readPart(file, part, from - before, Math.min(limit, CHUNK_BYTES));
      }
      before += part.rows;
    }
    return [];
  }

  async #readPart(
    file: RecordFile,
    part: RecordFilePart,
    from: number,
    limit: number,
  ): Promise<readonly string[]> {
    const path = await checkPart(this.#root, part);
    const known = this.#places.get(`${part.name} ${from}`);
    const texts: string[] = [];
    let line = known === undefined ? 0 : from;
    let at = known ?? 0;
    let chars = 0;
    const handle = await open(path, 'r');
    try {
      for await (const { bytes, length } of linesFrom(handle, at)) {
        if (line >= from) {
          const text = recordText(file.fields, cellsOf(bytes.toString('utf8')));
          texts.push(text);
          chars += text.length;
        }
        line += 1;
        at += length;
        if (texts.length >= limit || chars >= CHARS_MAX) break;
      }
    } finally {
      await handle.close();
    }
    this.#places.set(`${part.name} ${line}`, at);
    return texts;
  }
}

interface Line {
  /** Without its end. */
  readonly bytes: Buffer;
  readonly length: number;
}

/** Lines from a byte on at which one begins. */
async function* linesFrom(handle: FileHandle, position: number): AsyncGenerator<Line> {
  let held = Buffer.alloc(0);
  for (let at = position; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    const bytes = held.length === 0 ? read : Buffer.concat([held, read]);
    let start = 0;
    for (let end = lineEnd(bytes, 0); end >= 0; end = lineEnd(bytes, start)) {
      yield { bytes: bytes.subarray(start, end), length: end + 1 - start };
      start = end + 1;
    }
    held = bytes.subarray(start);
  }
}

/** The line end behind `start` that is in no quotes; -1 = there is none. */
function lineEnd(bytes: Buffer, start: number): number {
  let open = false;
  let quote = bytes.indexOf(QUOTE, start);
  for (let end = bytes.indexOf(LF, start); end >= 0; end = bytes.indexOf(LF, end + 1)) {
    for (; quote >= 0 && quote < end; quote = bytes.indexOf(QUOTE, quote + 1)) open = !open;
    if (!open) return end;
  }
  return -1;
}
