/** Files in pieces, in memory. */
import { SluiceError } from '../base/errors.ts';
import { UNFINISHED_KEPT_MS } from './cluster-rules.ts';

interface MemoryFile {
  readonly pieces: Map<number, Uint8Array>;
  count: number | undefined;
  writtenMs: number;
}

export class MemoryFiles {
  readonly #files = new Map<string, MemoryFile>();

  write(path: string, no: number, bytes: Uint8Array, nowMs: number): void {
    const file = this.#files.get(path) ?? { pieces: new Map(), count: undefined, writtenMs: nowMs };
    this.#files.set(path, file);
    if (!file.pieces.has(no)) file.pieces.set(no, Uint8Array.from(bytes));
    file.writtenMs = nowMs;
  }

  finish(path: string, count: number, nowMs: number): void {
    const file = this.#files.get(path) ?? { pieces: new Map(), count, writtenMs: nowMs };
    file.count = count;
    this.#files.set(path, file);
  }

  count(path: string): number | undefined {
    return this.#files.get(path)?.count;
  }

  read(path: string, no: number): Uint8Array {
    const piece = this.#files.get(path)?.pieces.get(no);
    if (piece === undefined) throw new SluiceError('cluster.file_gone', { path, no });
    return Uint8Array.from(piece);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  /** Removes those that nobody finished. */
  prune(nowMs: number): void {
    for (const [path, { count, writtenMs }] of this.#files) {
      if (count === undefined && writtenMs < nowMs - UNFINISHED_KEPT_MS) this.#files.delete(path);
    }
  }
}
