/**
 * Inputs of jobs where every node finds them: a node that plans, downloads or starts a job anew may
 * not be the one that took the file in. Files lie in the store in pieces, and are copied to this
 * machine when they are needed.
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClusterStore } from '../store/cluster-store.ts';

const PIECE_BYTES = 2 ** 20;

export class InputShelf {
  readonly #store: Pick<
    ClusterStore,
    'writeFile' | 'finishFile' | 'filePieces' | 'readFile' | 'removeFile'
  >;
  readonly #dataDir: string;
  readonly #fetching = new Map<string, Promise<boolean>>();

  constructor(store: ClusterStore, dataDir: string) {
    this.#store = store;
    this.#dataDir = dataDir;
  }

  /** Puts a whole file of this machine there; `path` as its job has it. */
  async share(path: string): Promise<void> {
    const file = await open(join(this.#dataDir, path));
    try {
      let no = 0;
      for (;;) {
        const { buffer, bytesRead } = await file.read({
          buffer: Buffer.allocUnsafe(PIECE_BYTES),
          position: no * PIECE_BYTES,
        });
        if (bytesRead === 0) break;
        await this.#store.writeFile(path, no, buffer.subarray(0, bytesRead));
        no += 1;
      }
      await this.#store.finishFile(path, no);
    } finally {
      await file.close();
    }
  }

  async has(path: string): Promise<boolean> {
    return (await this.#store.filePieces(path)) !== undefined;
  }

  /** Copies the file to this machine; false where it is not there, or not whole. */
  fetch(path: string): Promise<boolean> {
    const known = this.#fetching.get(path);
    if (known) return known;
    const fetching = this.#fetch(path).finally(() => this.#fetching.delete(path));
    this.#fetching.set(path, fetching);
    return fetching;
  }

  async remove(path: string): Promise<void> {
    await this.#store.removeFile(path);
  }

  async #fetch(path: string): Promise<boolean> {
    const pieces = await this.#store.filePieces(path);
    if (pieces === undefined) return false;
    const target = join(this.#dataDir, path);
    const partly = `${target}.fetching.${process.pid}`;
    await mkdir(dirname(target), { recursive: true });
    const file = await open(partly, 'w');
    try {
      for (let no = 0; no < pieces; no += 1) await file.write(await this.#store.readFile(path, no));
      await file.close();
      await rename(partly, target);
      return true;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(partly, { force: true });
      throw error;
    }
  }
}
