/**
 * Writes a file so that it is there whole or not at all: into a temporary file beside the target,
 * synced, then renamed over it. Until then whatever stood there before is untouched, also when the
 * process is killed. What is no ordinary file (a pipe, `/dev/null`) is written to directly, because
 * a rename would replace it. A link is followed.
 */
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SluiceError, systemCode } from '../base/errors.ts';
import { syncDirectory, writeFailure } from './durable-file.ts';
import type { Output } from './output.ts';

/** Temporary files of one target and process at most. */
const TEMPORARY_MAX = 1_000;

export class FileOutput implements Output {
  readonly #path: string;
  /** Where the bytes go first; undefined where they go to the target at once. */
  readonly #temporary: string | undefined;
  readonly #handle: FileHandle;

  private constructor(path: string, temporary: string | undefined, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Opens the target; rejects with `output.unwritable` where that cannot be. */
  static async open(path: string): Promise<FileOutput> {
    try {
      const target = await realpath(path).catch(() => path);
      const before = await stat(target).catch(() => undefined);
      if (before?.isDirectory()) {
        throw new SluiceError('output.unwritable', { path, detail: 'it is a directory' });
      }
      if (before !== undefined && !before.isFile()) {
        return new FileOutput(target, undefined, await open(target, 'w'));
      }
      // A target that may not be written is not replaced either.
      if (before !== undefined) await (await open(target, 'r+')).close();
      const mode = before === undefined ? 0o666 : before.mode & 0o777;
      const { temporary, handle } = await openBeside(target, mode);
      return new FileOutput(target, temporary, handle);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  async write(chunk: Buffer): Promise<void> {
    try {
      let at = 0;
      while (at < chunk.length) {
        at += (await this.#handle.write(chunk, at, chunk.length - at)).bytesWritten;
      }
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  async finish(): Promise<void> {
    try {
      if (this.#temporary === undefined) {
        await this.#handle.close();
        return;
      }
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.#path);
      await syncDirectory(dirname(this.#path));
    } catch (error) {
      await this.discard();
      throw writeError(this.#path, error);
    }
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true }).catch(() => {});
  }
}

/** A new file beside the target; other writers, and what a killed one left, keep theirs. */
async function openBeside(
  target: string,
  mode: number,
): Promise<{ readonly temporary: string; readonly handle: FileHandle }> {
  for (let number = 1; ; number += 1) {
    const name = `.${basename(target)}.${process.pid}-${number}.part`;
    const temporary = join(dirname(target), name);
    try {
      return { temporary, handle: await open(temporary, 'wx', mode) };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || number === TEMPORARY_MAX) throw error;
    }
  }
}

function writeError(path: string, error: unknown): unknown {
  const failure = writeFailure(error);
  if (failure === undefined) return error;
  const { detail, full } = failure;
  return full
    ? new SluiceError('output.full', { path }, { cause: error })
    : new SluiceError('output.unwritable', { path, detail }, { cause: error });
}

/** Writes a file by `write`: it is there whole, or not at all where that rejects. */
export async function writeWhole<T>(
  path: string,
  write: (output: Output) => Promise<T>,
): Promise<T> {
  const output = await FileOutput.open(path);
  try {
    const written = await write(output);
    await output.finish();
    return written;
  } catch (error) {
    await output.discard();
    throw error;
  }
}
