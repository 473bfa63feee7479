/** What a benchmark of the machine runs. */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK = new Uint8Array(64 * 1_024);
const WRITE_BYTES = 4_096;

/** Computes for a while that is the same for every call: so many digests of 64 KiB. */
export function compute(digests: number): string {
  const hash = createHash('sha256');
  for (let n = 0; n < digests; n += 1) hash.update(BLOCK);
  return hash.digest('hex');
}

export interface Scratch {
  /** Writes 4 KiB to a file of its own and waits until it would survive power loss. */
  write(): Promise<void>;
  remove(): Promise<void>;
}

/** A folder beside the data for durable writes; rejects where it cannot be made. */
export async function openScratch(directory: string): Promise<Scratch> {
  const folder = await mkdtemp(join(directory, 'benchmark-'));
  const free: FileHandle[] = [];
  let files = 0;
  const bytes = new Uint8Array(WRITE_BYTES);
  return {
    async write() {
      const file = free.pop() ?? (await open(join(folder, String(files++)), 'w'));
      try {
        await file.write(bytes, 0, bytes.length, 0);
        await file.sync();
      } finally {
        free.push(file);
      }
    },
    async remove() {
      await Promise.all(free.map((file) => file.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
