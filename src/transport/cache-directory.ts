import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../base/errors.ts';
import { type FileFacts, fileName, readFileName } from './cache-file.ts';

/**
 * The files of kept answers: one a page, below 256 directories by the first two digits, each
 * written beside its place and renamed, so that a file is there whole or not at all.
 *
 * What is there is known in memory, from the names alone, so a page never seen costs no look at
 * the disk. One change is made at a time (its owner sees to that). Others may read and even write
 * beside it: a file that moved or went is a page not found, never an error.
 */
export interface KeptPage {
  readonly bytes: number;
  /** Wall time, ms, in whole seconds, not before its true end; 0 = it is always asked about. */
  readonly freshUntilMs: number;
  /** Wall time of its last use, ms. */
  usedMs: number;
  /** As its name has it. */
  namedMs: number;
  /** Not used since the start. */
  earlier: boolean;
}

const BLOCK_BYTES = 4_096;
/** A file may move while it is looked for: by its use, or by a newer version. */
const READ_TRIES = 3;
/** Pages of earlier runs give way in this grain of their last use: so no start has to sort them. */
const GRAIN_MS = 60_000;

export class CacheDirectory {
  readonly #path: string;
  readonly #bytesMax: number;
  /** By digest. Behind those of earlier runs come those used since, in order of use. */
  readonly #pages = new Map<string, KeptPage>();
  /** Digests of earlier runs by the grain of their last use. */
  readonly #earlier = new Map<number, string[]>();
  /** Their grains, the oldest last, once they are needed. */
  #grains: number[] | undefined;
  #bytes = 0;
  readonly #shards = new Set<string>();

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  /** On the disk, in whole blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#pages.size;
  }

  find(digest: string): KeptPage | undefined {
    return this.#pages.get(digest);
  }

  /** Reads the names. What cannot be read is not there; `stopped` ends it early. */
  async open(stopped: () => boolean): Promise<void> {
    for (const shard of await readdir(this.#path).catch(() => [])) {
      if (stopped()) return;
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of await readdir(join(this.#path, shard)).catch(() => [])) {
        const facts = readFileName(name);
        const path = join(this.#path, shard, name);
        if (facts === undefined) {
          // Left by an end in the middle of a write.
          if (name.endsWith('.tmp')) await remove(path);
          continue;
        }
        const { digest, bytes, freshUntilMs, usedMs } = facts;
        // Two versions: an end came between the newer one's place and the older one's removal.
        if (this.#pages.has(digest)) await remove(path);
        else {
          this.#add(digest, { bytes, freshUntilMs, usedMs, namedMs: usedMs, earlier: true });
          const grain = Math.floor(usedMs / GRAIN_MS);
          const alike = this.#earlier.get(grain);
          if (alike === undefined) this.#earlier.set(grain, [digest]);
          else alike.push(digest);
        }
      }
    }
  }

  /** Its content as it is; undefined = it is gone. */
  async read(digest: string, nowMs: number): Promise<Buffer | undefined> {
    for (let tries = 1; tries <= READ_TRIES; tries += 1) {
      const page = this.#pages.get(digest);
      if (page === undefined) return undefined;
      const { namedMs } = page;
      page.usedMs = nowMs;
      page.earlier = false;
      this.#pages.delete(digest);
      this.#pages.set(digest, page);
      try {
        return await readFile(this.#pathOf(digest, page));
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') return undefined;
        if (this.#pages.get(digest) === page && page.namedMs === namedMs) this.#strike(digest);
      }
    }
    return undefined;
  }

  /** Rejects with the system's error where it cannot be written; the page is then gone. */
  async write(digest: string, file: Buffer, freshUntilMs: number, nowMs: number): Promise<void> {
    const usedMs = Math.floor(nowMs / 1_000) * 1_000;
    const page: KeptPage = {
      bytes: file.byteLength,
      freshUntilMs: Math.ceil(freshUntilMs / 1_000) * 1_000,
      usedMs,
      namedMs: usedMs,
      earlier: false,
    };
    const before = this.#pages.get(digest);
    const old = before && this.#pathOf(digest, before);
    const path = this.#pathOf(digest, page);
    try {
      await this.#makeShard(digest.slice(0, 2));
      await writeFile(`${path}.tmp`, file, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
    } catch (error) {
      this.#shards.delete(digest.slice(0, 2));
      await remove(`${path}.tmp`);
      throw error;
    }
    this.#strike(digest);
    this.#add(digest, page);
    if (old !== undefined && old !== path) await remove(old);
    await this.makeRoom();
  }

  async delete(digest: string): Promise<void> {
    const page = this.#pages.get(digest);
    if (page === undefined) return;
    this.#strike(digest);
    await remove(this.#pathOf(digest, page));
  }

  /** Lets the page's name tell of its last use; rejects with the system's error. */
  async touch(digest: string): Promise<void> {
    const page = this.#pages.get(digest);
    if (page === undefined || page.usedMs === page.namedMs) return;
    const namedMs = Math.floor(page.usedMs / 1_000) * 1_000;
    await rename(this.#pathOf(digest, page), this.#pathOf(digest, { ...page, namedMs }));
    page.namedMs = namedMs;
  }

  /** Removes what was used longest ago until the bound holds. */
  async makeRoom(): Promise<void> {
    while (this.#bytes > this.#bytesMax) {
      const digest = this.#usedLongestAgo();
      if (digest === undefined) return;
      await this.delete(digest);
    }
  }

  #usedLongestAgo(): string | undefined {
    this.#grains ??= [...this.#earlier.keys()].sort((a, b) => b - a);
    for (let grain = this.#grains.at(-1); grain !== undefined; grain = this.#grains.at(-1)) {
      const digests = this.#earlier.get(grain) ?? [];
      for (let digest = digests.pop(); digest !== undefined; digest = digests.pop()) {
        if (this.#pages.get(digest)?.earlier) return digest;
      }
      this.#earlier.delete(grain);
      this.#grains.pop();
    }
    return this.#pages.keys().next().value;
  }

  #add(digest: string, page: KeptPage): void {
    this.#pages.set(digest, page);
    this.#bytes += onDisk(page.bytes);
  }

  #strike(digest: string): void {
    const page = this.#pages.get(digest);
    if (page === undefined) return;
    this.#pages.delete(digest);
    this.#bytes -= onDisk(page.bytes);
  }

  async #makeShard(shard: string): Promise<void> {
    if (this.#shards.has(shard)) return;
    await mkdir(join(this.#path, shard), { recursive: true, mode: 0o700 });
    this.#shards.add(shard);
  }

  #pathOf(digest: string, { bytes, freshUntilMs, namedMs }: KeptPage): string {
    const facts: FileFacts = { bytes, freshUntilMs, usedMs: namedMs };
    return join(this.#path, digest.slice(0, 2), fileName(digest, facts));
  }
}

/** Whole blocks: many small files take more of a disk than their bytes. */
export function onDisk(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Gone already, or not to be removed: both leave a file that is found again at the next start. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}
