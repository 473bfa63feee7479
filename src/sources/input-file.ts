/**
 * The bytes of an input file: opened with an error that names what is wrong, decompressed where it
 * is gzip'd, without the sign at its start, as UTF-8. One chunk is in memory at a time.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { type ArrivingFile, arrivingBytes, firstArrived } from './arriving-file.ts';
import { bomBytes, type EncodingGuess, toUtf8 } from './encoding.ts';

const CHUNK_BYTES = 16 * 1_024;
/** How much is looked at to find out what a file is. */
export const SAMPLE_BYTES = 64 * 1_024;

export type Compression = 'none' | 'gzip';

/** A small file whose bytes are in memory; `name` is what errors call it. */
export interface HeldFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A path, a file of which only a part is there, or one in memory. */
export type InputFile = string | ArrivingFile | HeldFile;

export interface FileCoding extends EncodingGuess {
  readonly compression: Compression;
}

/** A file's size and compression, or the error that says why it cannot be read. */
export async function checkFile(
  file: InputFile,
): Promise<{ readonly bytes: number; readonly compression: Compression }> {
  if (isHeld(file)) {
    return { bytes: file.bytes.length, compression: compressionOf(file.bytes) };
  }
  if (typeof file !== 'string') {
    const start = await firstArrived(file, 2).catch((error) => {
      throw readError(nameOf(file), error);
    });
    return { bytes: await file.arrived(0), compression: compressionOf(start) };
  }
  const path = file;
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
      return { bytes: stats.size, compression: compressionOf(buffer.subarray(0, bytesRead)) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

function compressionOf(start: Buffer): Compression {
  return start.length >= 2 && start[0] === 0x1f && start[1] === 0x8b ? 'gzip' : 'none';
}

/** A compressed file may grow by this factor, once it is beyond a size that does no harm. */
const INFLATION_MAX = 300;
const INFLATED_FREE_BYTES = 16 * 2 ** 20;

/** What errors call the file. */
export function nameOf(file: InputFile): string {
  if (isHeld(file)) return file.name;
  return typeof file === 'string' ? file : (file.paths[0] ?? '');
}

function isHeld(file: InputFile): file is HeldFile {
  return typeof file !== 'string' && 'bytes' in file;
}

/** The file's own bytes, decompressed. */
export async function* readBytes(
  file: InputFile,
  compression: Compression,
): AsyncGenerator<Buffer> {
  if (isHeld(file) && compression === 'none') {
    yield file.bytes;
    return;
  }
  const source = isHeld(file)
    ? Readable.from([file.bytes])
    : typeof file === 'string'
      ? createReadStream(file, { highWaterMark: CHUNK_BYTES })
      : Readable.from(arrivingBytes(file, CHUNK_BYTES), { highWaterMark: 1 });
  const unzip = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  const bytes = unzip === undefined ? source : pipeline(source, unzip, () => {});
  let out = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      out += chunk.length;
      if (unzip !== undefined && isBomb(unzip.bytesWritten, out)) {
        throw new SluiceError('input.bomb', { name: nameOf(file), times: INFLATION_MAX });
      }
      yield chunk;
    }
  } catch (error) {
    // What is cut off ends where it ends.
    if (systemCode(error) === 'Z_BUF_ERROR' && isCut(file)) return;
    throw readError(nameOf(file), error);
  } finally {
    source.destroy();
  }
}

/** Lists shrink to a tenth or a fiftieth; what shrinks to nothing was made to grow. */
function isBomb(inBytes: number, outBytes: number): boolean {
  return outBytes > INFLATED_FREE_BYTES && outBytes > inBytes * INFLATION_MAX;
}

/** Whether the file may end in the middle of a row. */
export function isCut(file: InputFile): boolean {
  return typeof file !== 'string' && 'cut' in file && file.cut;
}

/** The first bytes of a file, decompressed, and whether they are all there is. */
export async function readSample(
  file: InputFile,
  compression: Compression,
): Promise<{ readonly sample: Buffer; readonly whole: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readBytes(file, compression)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > SAMPLE_BYTES) break;
  }
  const all = Buffer.concat(chunks);
  return { sample: all.subarray(0, SAMPLE_BYTES), whole: all.length <= SAMPLE_BYTES };
}

/** The file as UTF-8, without the sign at its start. */
export function readText(file: InputFile, coding: FileCoding): AsyncGenerator<Buffer> {
  return toUtf8(
    withoutFirst(readBytes(file, coding.compression), bomBytes(coding)),
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
