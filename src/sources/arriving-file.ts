/**
 * A file of which only a part is there: an upload that goes on, or what is left of one that broke
 * off. Bytes are handed out up to what has arrived, and the reader waits for more instead of
 * taking what is there for the whole.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../base/errors.ts';

export interface ArrivingFile {
  /** Where it may be, tried in order: it is renamed once it is whole. */
  readonly paths: readonly string[];
  /** The end may fall into the middle of a row, which is then left out. */
  readonly cut: boolean;
  /**
   * How many bytes are there, as soon as they are more than `known`; `known` itself where no more
   * will come. Rejects where the file cannot become whole any more.
   */
  arrived(known: number): Promise<number>;
}

/** The file from its beginning, in pieces of at most `chunkBytes`. */
export async function* arrivingBytes(
  file: ArrivingFile,
  chunkBytes: number,
): AsyncGenerator<Buffer> {
  const handle = await openOne(file);
  try {
    let at = 0;
    for (;;) {
      const end = await file.arrived(at);
      if (end <= at) return;
      while (at < end) {
        // A buffer of its own each time: rows keep pieces of it.
        const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    }
  } finally {
    await handle.close();
  }
}

/** The first `count` bytes, or fewer where there are no more. */
export async function firstArrived(file: ArrivingFile, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of arrivingBytes(file, count)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= count) break;
  }
  return Buffer.concat(chunks).subarray(0, count);
}

async function openOne(file: ArrivingFile): Promise<FileHandle> {
  const [first = '', ...others] = file.paths;
  try {
    return await open(first, 'r').catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT' || others.length === 0) throw error;
      return open(others[0] as string, 'r');
    });
  } catch (error) {
    // What cannot become whole is removed: then that is what there is to tell.
    await file.arrived(0);
    throw error;
  }
}
