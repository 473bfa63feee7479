/**
 * Where record files are: a folder a job, below the data directory of the process that owns the
 * store. A part is called after its row, the number of the file's first record and its bytes: an
 * attempt that begins anew and gets the same again has the same file again. Until it is whole it
 * has a name of its own, over which the next attempt writes.
 */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import type { RecordFilePart, RecordFileWriter } from '../../model/record-file.ts';

export const RECORD_FILES = 'record-files';
/** A destination takes a part at once: it has to fit into its memory. */
const PART_BYTES = 64 * 2 ** 20;
const PART = '.part';

export class RecordFileFolder {
  readonly path: string;
  readonly #partBytes: number;
  /** By what a file will be called. */
  readonly #open = new Map<string, Writer>();

  constructor(dataDir: string, partBytes = PART_BYTES) {
    this.path = join(dataDir, RECORD_FILES);
    this.#partBytes = partBytes;
  }

  /** Whoever still writes the same file writes no more. */
  async write(jobId: string, seq: number, first: number): Promise<RecordFileWriter> {
    const stem = `${jobId}/${seq}-${first}`;
    await this.#open.get(stem)?.discard();
    const writer = new Writer(this.path, stem, this.#partBytes, () => {
      if (this.#open.get(stem) === writer) this.#open.delete(stem);
    });
    this.#open.set(stem, writer);
    return writer;
  }

  async removeJob(jobId: string): Promise<void> {
    await rm(join(this.path, jobId), { recursive: true, force: true });
  }

  /** Folders of jobs that are gone, and files that were never finished. By the owner alone. */
  async sweep(isThere: (jobId: string) => Promise<boolean>): Promise<void> {
    for (const jobId of await readdir(this.path).catch(() => [])) {
      if (!(await isThere(jobId))) {
        await this.removeJob(jobId);
        continue;
      }
      const folder = join(this.path, jobId);
      const left = (await readdir(folder)).filter((name) => name.endsWith(PART));
      await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
    }
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

class Writer implements RecordFileWriter {
  readonly #root: string;
  readonly #stem: string;
  readonly #partBytes: number;
  readonly #onEnd: () => void;
  readonly #parts: RecordFilePart[] = [];
  #handle: Handle | undefined;
  #bytes = 0;
  #rows = 0;
  #sum = 0;
  #ended = false;
  /** What is under way: the file is closed behind it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(root: string, stem: string, partBytes: number, onEnd: () => void) {
    this.#root = root;
    this.#stem = stem;
    this.#partBytes = partBytes;
    this.#onEnd = onEnd;
  }

  write(bytes: Uint8Array, rows: number): Promise<void> {
    return this.#do(async () => {
      if (this.#handle === undefined) {
        await mkdir(join(this.#root, this.#stem, '..'), { recursive: true });
        this.#handle = await open(this.#path, 'w');
      }
      for (let at = 0; at < bytes.length; ) {
        at += (await this.#handle.write(bytes, at)).bytesWritten;
      }
      this.#bytes += bytes.length;
      this.#rows += rows;
      this.#sum = crc32(bytes, this.#sum);
      if (this.#bytes >= this.#partBytes) await this.#endPart();
    });
  }

  finish(): Promise<readonly RecordFilePart[]> {
    return this.#do(async () => {
      await this.#endPart();
      await syncFolder(join(this.#root, this.#stem, '..'));
      await syncFolder(this.#root);
      this.#ended = true;
      this.#onEnd();
      return this.#parts;
    });
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    await this.#last.catch(() => {});
    await this.#handle?.close();
    this.#handle = undefined;
    await rm(this.#path, { force: true });
    for (const { name } of this.#parts) await rm(join(this.#root, name), { force: true });
  }

  /** Of the part that is being written. */
  get #path(): string {
    return join(this.#root, `${this.#stem}${PART}`);
  }

  async #endPart(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    await handle.sync();
    this.#handle = undefined;
    await handle.close();
    const sum = this.#sum.toString(16).padStart(8, '0');
    const name = `${this.#stem}-${this.#parts.length}-${sum}.tsv`;
    await rename(this.#path, join(this.#root, name));
    this.#parts.push({ name, rows: this.#rows, bytes: this.#bytes });
    this.#bytes = 0;
    this.#rows = 0;
    this.#sum = 0;
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      if (this.#ended) throw new Error('the file of records is written by another attempt');
      try {
        return await work();
      } catch (error) {
        throw writeError(error, this.#root);
      }
    });
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Makes new names durable; some file systems do not offer it. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function writeError(error: unknown, place: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof SluiceError) return error;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SluiceError('files.full', { place }, options);
  }
  const detail = messageOf(error)
    .replace(/^[A-Z]+: /, '')
    .replace(/,.*$/, '');
  return new SluiceError('files.unwritable', { place, detail }, options);
}

/** Rejects with `files.lost` where the part is not there as it was written. */
export async function checkPart(root: string, { name, bytes }: RecordFilePart): Promise<string> {
  const path = join(root, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.size === bytes) return path;
  const detail = found === undefined ? 'it is gone' : `it has ${found.size} of ${bytes} bytes`;
  throw new SluiceError('files.lost', { path, detail });
}
