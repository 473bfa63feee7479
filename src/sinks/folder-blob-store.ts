/**
 * Files in a local folder. Bytes go to a temporary file in the same file system, are synced, and
 * take their name by a rename: a file is there whole or not at all, also after the power has gone.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { SluiceError, systemCode } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { makeDirectory } from '../base/make-directory.ts';
import type { Random } from '../base/random.ts';
import { type BlobStore, hasStem, type NewBlob, type StoredBlob } from './blob-store.ts';
import { syncDirectory, writeFailure } from './durable-file.ts';

/** Temporary files; a name that no tenant's folder can have. */
const ARRIVING = '%arriving';
/** Temporary files that are older were left behind by a process that was killed, ms. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

export class FolderBlobStore implements BlobStore {
  readonly place: string;
  readonly #arriving: string;
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #random: Random;

  private constructor(folder: string, clock: Pick<Clock, 'wallMs'>, random: Random) {
    this.place = folder;
    this.#clock = clock;
    this.#random = random;
    this.#arriving = join(folder, ARRIVING);
  }

  /** Makes the folder where it is not there yet; rejects with `files.unwritable`. */
  static async open(
    folder: string,
    clock: Pick<Clock, 'wallMs'>,
    random: Random,
  ): Promise<FolderBlobStore> {
    const store = new FolderBlobStore(folder, clock, random);
    await told(folder, async () => {
      makeDirectory(store.#arriving);
      await store.#clear(clock.wallMs() - LEFT_BEHIND_MS);
    });
    return store;
  }

  async find(stem: string): Promise<StoredBlob | undefined> {
    const parent = dirname(stem);
    return told(this.place, async () => {
      const names = await readdir(join(this.place, parent)).catch(noneWhereMissing);
      for (const name of names ?? []) {
        const path = `${parent}/${name}`;
        if (!hasStem(path, stem)) continue;
        const found = await stat(join(this.place, path)).catch(noneWhereMissing);
        if (found?.isFile()) return { path, size: found.size };
      }
      return undefined;
    });
  }

  async write({ path, bytes }: NewBlob): Promise<void> {
    const target = join(this.place, path);
    // Several processes and machines may share the folder.
    const temporary = join(this.#arriving, newId('f', this.#clock.wallMs(), this.#random));
    await told(this.place, async () => {
      try {
        await writeSynced(temporary, bytes);
        await this.#makeFolders(dirname(target));
        await rename(temporary, target);
        await syncDirectory(dirname(target));
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw error;
      }
    });
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = join(this.place, path);
    const found = await told(this.place, () => stat(file).catch(noneWhereMissing));
    return found?.isFile() ? createReadStream(file) : undefined;
  }

  /** New folders are made durable from the outside in, as their names are in their parents. */
  async #makeFolders(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    await syncDirectory(dirname(first));
    let made = first;
    for (const part of folder.slice(first.length).split(sep).filter(Boolean)) {
      await syncDirectory(made);
      made = join(made, part);
    }
  }

  async #clear(beforeMs: number): Promise<void> {
    for (const name of await readdir(this.#arriving)) {
      const path = join(this.#arriving, name);
      const found = await stat(path).catch(noneWhereMissing);
      if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true });
    }
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function noneWhereMissing(error: unknown): undefined {
  const code = systemCode(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}

async function told<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = writeFailure(error);
    if (failure === undefined) throw error;
    const { detail, full } = failure;
    throw full
      ? new SluiceError('files.full', { place }, { cause: error })
      : new SluiceError('files.unwritable', { place, detail }, { cause: error });
  }
}
