import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { formatBytes } from '../../../base/duration.ts';
import { messageOf, SluiceError, systemCode } from '../../../base/errors.ts';

/** A file's bytes. Rejects with `media.file`. */
export async function readWhole(path: string, bytesMax: number): Promise<Uint8Array> {
  const refuse = (detail: string) => new SluiceError('media.file', { path, detail });
  try {
    // Without it a pipe that nobody writes to is waited for.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size, isFile } = await facts(file);
    if (!isFile) throw refuse('it is no file');
    if (size > bytesMax) throw refuse(`it has ${formatBytes(size)}, more than mediaBytesMax`);
    const bytes = new Uint8Array(size);
    let read = 0;
    while (read < size) {
      const { bytesRead } = await file.read(bytes, read, size - read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return bytes.subarray(0, read);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const words: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'it may not be read',
      EISDIR: 'it is a folder',
    };
    throw refuse(words[systemCode(error) ?? ''] ?? messageOf(error));
  }
}

async function facts(file: { stat(): Promise<{ size: number; isFile(): boolean }> }) {
  const stat = await file.stat();
  return { size: stat.size, isFile: stat.isFile() };
}
