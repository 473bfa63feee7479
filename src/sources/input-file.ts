/**
 * The bytes of an input file: opened with an error that names what is wrong, decompressed where it
 * is gzip'd, without the sign at its start, as UTF-8. One chunk is in memory at a time.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { bomBytes, type EncodingGuess, toUtf8 } from './encoding.ts';

const CHUNK_BYTES = 32 * 1_024;
/** How much is looked at to find out what a file is. */
export const SAMPLE_BYTES = 64 * 1_024;

export type Compression = 'none' | 'gzip';

export interface FileCoding extends EncodingGuess {
  readonly compression: Compression;
}

/** A file's size and compression, or the error that says why it cannot be read. */
export async function checkFile(
  path: string,
): Promise<{ readonly bytes: number; readonly compression: Compression }> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw new SluiceError('input.is_directory', { path });
    if (!stats.isFile()) {
      const detail = 'it is a pipe or a device; give - to read from standard input';
      throw new SluiceError('input.not_readable', { path, detail });
    }
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      const gzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
      return { bytes: stats.size, compression: gzip ? 'gzip' : 'none' };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** The file's own bytes, decompressed. */
export async function* readBytes(path: string, compression: Compression): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const bytes =
    compression === 'gzip'
      ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
      : file;
  try {
    for await (const chunk of bytes) yield chunk as Buffer;
  } catch (error) {
    throw readError(path, error);
  } finally {
    file.destroy();
  }
}

/** The first bytes of a file, decompressed, and whether they are all there is. */
export async function readSample(
  path: string,
  compression: Compression,
): Promise<{ readonly sample: Buffer; readonly whole: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readBytes(path, compression)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > SAMPLE_BYTES) break;
  }
  const all = Buffer.concat(chunks);
  return { sample: all.subarray(0, SAMPLE_BYTES), whole: all.length <= SAMPLE_BYTES };
}

/** The file as UTF-8, without the sign at its start. */
export function readText(path: string, coding: FileCoding): AsyncGenerator<Buffer> {
  return toUtf8(
    withoutFirst(readBytes(path, coding.compression), bomBytes(coding)),
    coding.encoding,
  );
}

async function* withoutFirst(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    const cut = Math.min(left, chunk.length);
    left -= cut;
    if (cut < chunk.length) yield cut === 0 ? chunk : chunk.subarray(cut);
  }
}

function readError(path: string, error: unknown): unknown {
  if (error instanceof SluiceError) return error;
  const code = systemCode(error);
  if (code === undefined) return error;
  const options = { cause: error };
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SluiceError('input.not_found', { path }, options);
  if (code === 'EISDIR') return new SluiceError('input.is_directory', { path }, options);
  const detail = messageOf(error)
    .replace(/^[A-Z]+: /, '')
    .replace(/,.*$/, '');
  return code.startsWith('Z_')
    ? new SluiceError('input.corrupt', { path, detail }, options)
    : new SluiceError('input.not_readable', { path, detail }, options);
}
