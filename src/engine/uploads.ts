/**
 * The uploads that run in this process, by the place of their file: who reads such a file learns
 * here where its end is. Nothing of it is durable, on purpose: after a crash a `….part` that no
 * upload stands behind is one that broke off.
 */
import { access, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../base/errors.ts';
import type { JobInput } from '../model/job.ts';
import type { ArrivingFile } from '../sources/arriving-file.ts';
import type { InputFile } from '../sources/input-file.ts';
import type { Store } from '../store/store.ts';
import type { InputShelf } from './input-shelf.ts';
import { PART, Upload } from './upload.ts';

/** Broken uploads whose reason is remembered. */
const BROKEN_MAX = 1_000;
const JOB_FILE = /^(j_[0-9a-z]{18})(?:\.[a-z0-9]+)?(\.part)?$/;
/** A file without a job that is younger may be about to get one. */
const AGE_MS = 60_000;
const SHARED_AGE_MS = 24 * 3_600_000;

export class Uploads {
  readonly #dataDir: string;
  /** Where nodes find each other's inputs; undefined = there is only this one. */
  readonly #shelf: InputShelf | undefined;
  readonly #running = new Map<string, Upload>();
  readonly #broken = new Map<string, SluiceError>();

  constructor(dataDir: string, shelf?: InputShelf) {
    this.#dataDir = dataDir;
    this.#shelf = shelf;
  }

  /** Lets other nodes find a file of this machine; one that is on its way in, when it is whole. */
  async share(path: string): Promise<void> {
    if (path === '' || this.#shelf === undefined || this.#running.has(path)) return;
    await this.#shelf.share(path);
  }

  /** Copies a file to this machine where another one has it. */
  async bringHere(path: string): Promise<void> {
    if (path === '' || this.#shelf === undefined || this.#running.has(path)) return;
    if (!(await isThere(join(this.#dataDir, path)))) await this.#shelf.fetch(path);
  }

  /** How many run now. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins the upload of an input; `path` as the job will have it. Rejects with `store.*`. */
  async begin(path: string, name: string): Promise<Upload> {
    const upload = await Upload.open(join(this.#dataDir, path), name);
    this.#running.set(path, upload);
    return upload;
  }

  /** None of those that run will become whole. */
  abandonAll(detail: string): void {
    for (const upload of this.#running.values()) {
      upload.abandon(new SluiceError('input.upload_broken', { name: upload.name, detail }));
    }
  }

  /** The upload has ended, one way or the other. */
  ended(path: string): void {
    const error = this.#running.get(path)?.error;
    this.#running.delete(path);
    if (error === undefined) return;
    this.#broken.set(path, error);
    const [oldest] = this.#broken.keys();
    if (this.#broken.size > BROKEN_MAX && oldest !== undefined) this.#broken.delete(oldest);
  }

  /** The file that a job's rows are planned from; rejects with why it will never be whole. */
  async planFile(input: Pick<JobInput, 'path' | 'name'>, signal?: AbortSignal): Promise<InputFile> {
    const upload = this.#running.get(input.path);
    if (upload !== undefined) return upload.file(signal);
    await this.checkWhole(input);
    const path = join(this.#dataDir, input.path);
    if (!(await isThere(path))) await this.#shelf?.fetch(input.path);
    return path;
  }

  /** Rejects with why the file will never be whole, if it will not. */
  async checkWhole({ path, name }: Pick<JobInput, 'path' | 'name'>): Promise<void> {
    const error = this.#broken.get(path);
    if (error !== undefined) throw error;
    if (this.#running.has(path) || (await this.isWhole(path))) return;
    if (this.#shelf === undefined && !(await isThere(join(this.#dataDir, path) + PART))) return;
    const detail = 'the server ended before it was whole';
    throw new SluiceError('input.upload_broken', { name, detail });
  }

  /** Whether the file is whole, as far as is known without reading it. */
  async isWhole(path: string): Promise<boolean> {
    if (this.#running.has(path)) return false;
    if (await isThere(join(this.#dataDir, path))) return true;
    return (await this.#shelf?.has(path)) ?? false;
  }

  /** Removes a job's input, whatever there is of it; an upload that runs is ended. */
  async remove(path: string): Promise<void> {
    const detail = 'its job was removed';
    const upload = this.#running.get(path);
    upload?.abandon(new SluiceError('input.upload_broken', { name: upload.name, detail }));
    this.#broken.delete(path);
    const file = join(this.#dataDir, path);
    await Promise.all([
      rm(file, { force: true }),
      rm(file + PART, { force: true }),
      this.#shelf?.remove(path),
    ]);
  }

  /**
   * Removes files that no job has: what a crash left of inputs that had not become jobs. To be
   * called before the first upload. `shared`: other processes may be taking inputs in here.
   */
  async sweep(store: Pick<Store, 'job'>, nowMs: number, shared = false): Promise<void> {
    const folder = join(this.#dataDir, 'inputs');
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const [, id, part] = JOB_FILE.exec(name) ?? [];
      if (id === undefined || (await store.job(id)) !== undefined) continue;
      const path = join(folder, name);
      const stats = await stat(path).catch(() => undefined);
      const ageMs = nowMs - (stats?.mtimeMs ?? nowMs);
      const leftover = shared ? ageMs >= SHARED_AGE_MS : part !== undefined || ageMs >= AGE_MS;
      if (leftover) await rm(path, { force: true });
    }
  }
}

/**
 * A job's input for reading what is there of it now, `path` absolute: the whole file, or what has
 * arrived of one that is not whole.
 */
export async function presentInput(path: string): Promise<InputFile> {
  if (await isThere(path)) return path;
  const stats = await stat(path + PART).catch(() => undefined);
  if (stats === undefined) return path;
  const file: ArrivingFile = {
    paths: [path + PART, path],
    cut: true,
    arrived: async () => stats.size,
  };
  return file;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
