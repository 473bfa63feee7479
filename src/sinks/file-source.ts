/** A local file as a source of an upload, read piece by piece. */
import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { UploadSource } from './s3-upload.ts';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
};

export interface FileSource extends UploadSource {
  close(): Promise<void>;
}

/** Rejects with `files.unreadable`, as its reads do where the file has changed meanwhile. */
export async function openFileSource(path: string): Promise<FileSource> {
  const unreadable = (error: unknown) => {
    const detail = WORDS[systemCode(error) ?? ''] ?? messageOf(error);
    return new SluiceError('files.unreadable', { path, detail }, { cause: error });
  };
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const file = handle;
    const { size, mtimeMs, isFile, isDirectory } = await look(file);
    if (isDirectory) throw new Error('it is a directory; name the files in it');
    if (!isFile) throw new Error('it is no file');
    return {
      size,
      async read(from, to) {
        try {
          const bytes = Buffer.allocUnsafeSlow(to - from);
          for (let at = 0; at < bytes.length; ) {
            const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
            if (bytesRead === 0) throw new Error('it has become shorter meanwhile');
            at += bytesRead;
          }
          const now = await look(file);
          if (now.size !== size || now.mtimeMs !== mtimeMs) {
            throw new Error('it has changed meanwhile');
          }
          return bytes;
        } catch (error) {
          throw unreadable(error);
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await handle?.close();
    throw unreadable(error);
  }
}

async function look(file: FileHandle) {
  const found = await file.stat();
  return {
    size: found.size,
    mtimeMs: found.mtimeMs,
    isFile: found.isFile(),
    isDirectory: found.isDirectory(),
  };
}
