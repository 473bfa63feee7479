/**
 * Which rows of a job share a key. The keys lie in the task table, indexed by run (`task-id.ts`) so
 * that a chunk of new rows touches few pages; a Bloom filter a run (16 bits a row, in memory) says
 * which run to look into, so a key never seen costs no read. Memory: 2 bytes a row while a job is
 * being planned. A filter only ever says "perhaps": the text of the key decides.
 */
import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { RUN_BITS, runOf } from './task-id.ts';

const FILTER_BITS = 2 ** (RUN_BITS + 4);
const PROBES = 6;
/** Jobs being planned at once whose filters are kept; others are read in again. */
const JOBS_MAX = 4;

/** 48 bits of a strong hash: nobody can write a list whose keys all collide. */
export interface KeyHash {
  /** For the index. */
  readonly number: number;
  /** For the filters. */
  readonly low: number;
  readonly step: number;
}

export function keyHash(key: string): KeyHash {
  const digest = hash('sha1', key, 'buffer');
  return hashOf(digest.readUIntBE(0, 6));
}

function hashOf(number: number): KeyHash {
  return { number, low: number % 2 ** 24, step: Math.floor(number / 2 ** 24) | 1 };
}

export class KeyIndex {
  readonly #jobs = new Map<number, (Uint32Array | undefined)[]>();
  readonly #scan: Statement<[number, number], { id: number; key_hash: number }>;
  readonly #find: Statement<[number, number, string], { id: number }>;

  constructor(db: Database) {
    this.#scan = db.prepare(
      `SELECT id, key_hash FROM tasks WHERE id BETWEEN ? AND ? AND key_hash IS NOT NULL`,
    );
    this.#find = db.prepare(
      `SELECT id FROM tasks INDEXED BY task_keys
       WHERE (id >> ${RUN_BITS}) = ? AND key_hash = ? AND key = ?`,
    );
  }

  /** The task of this job that has `key`, or undefined. */
  find(jobNo: number, first: number, last: number, key: string, of: KeyHash): number | undefined {
    const filters = this.#filters(jobNo, first, last);
    const firstRun = runOf(first);
    for (let at = 0; at < filters.length; at += 1) {
      const filter = filters[at];
      if (filter === undefined || !mayHold(filter, of)) continue;
      const row = this.#find.get(firstRun + at, of.number, key);
      if (row !== undefined) return row.id;
    }
    return undefined;
  }

  /** Notes a task that was added; harmless where its transaction is rolled back. */
  add(jobNo: number, first: number, id: number, of: KeyHash): void {
    const filters = this.#jobs.get(jobNo);
    if (filters !== undefined) hold(filters, runOf(id) - runOf(first), of);
  }

  /** Drops what is in memory of a job, once no more rows come. */
  forget(jobNo: number): void {
    this.#jobs.delete(jobNo);
  }

  #filters(jobNo: number, first: number, last: number): (Uint32Array | undefined)[] {
    const known = this.#jobs.get(jobNo);
    if (known !== undefined) return known;
    const filters: (Uint32Array | undefined)[] = [];
    for (const row of this.#scan.iterate(first, last)) {
      hold(filters, runOf(row.id) - runOf(first), hashOf(row.key_hash));
    }
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size < JOBS_MAX) break;
      this.#jobs.delete(oldest);
    }
    this.#jobs.set(jobNo, filters);
    return filters;
  }
}

function hold(filters: (Uint32Array | undefined)[], at: number, of: KeyHash): void {
  let filter = filters[at];
  if (filter === undefined) {
    filter = new Uint32Array(FILTER_BITS / 32);
    while (filters.length < at) filters.push(undefined);
    filters[at] = filter;
  }
  let bit = of.low;
  for (let i = 0; i < PROBES; i += 1) {
    const place = bit & (FILTER_BITS - 1);
    filter[place >>> 5] = (filter[place >>> 5] as number) | (1 << (place & 31));
    bit += of.step;
  }
}

function mayHold(filter: Uint32Array, of: KeyHash): boolean {
  let bit = of.low;
  for (let i = 0; i < PROBES; i += 1) {
    const place = bit & (FILTER_BITS - 1);
    if (((filter[place >>> 5] as number) & (1 << (place & 31))) === 0) return false;
    bit += of.step;
  }
  return true;
}
