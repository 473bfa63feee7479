/**
 * What is remembered across jobs: answers to equal work, and what was learned of lanes. A kept
 * answer points at its task's records instead of copying them, so it goes when its job is deleted.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { LaneKey } from '../../model/lane.ts';
import { LANE_MEMORY_MS_MAX } from '../store-rules.ts';

export class RecallTable {
  readonly #cached: Statement<[string, number], { task: number; stored_ms: number }>;
  readonly #lane: Statement<[string], { memory: string }>;
  readonly #remember: Statement<[string, string, number]>;
  readonly #forget: Statement<[number]>;

  constructor(db: Database) {
    this.#cached = db.prepare(
      `SELECT task, stored_ms FROM cache WHERE key = ? AND until_ms > ?
       AND NOT EXISTS (SELECT 1 FROM deleted_jobs WHERE no = task >> 32)`,
    );
    this.#lane = db.prepare('SELECT memory FROM lane_memory WHERE key = ?');
    this.#remember = db.prepare(
      'INSERT OR REPLACE INTO lane_memory (key, memory, at_ms) VALUES (?, ?, ?)',
    );
    this.#forget = db.prepare('DELETE FROM lane_memory WHERE at_ms < ?');
  }

  cached(key: string, nowMs: number): { task: number; storedMs: number } | undefined {
    const row = this.#cached.get(key, nowMs);
    return row && { task: row.task, storedMs: row.stored_ms };
  }

  lanes(keys: readonly LaneKey[]): ReadonlyMap<LaneKey, unknown> {
    const memory = new Map<LaneKey, unknown>();
    for (const key of keys) {
      const row = this.#lane.get(key);
      if (row !== undefined) memory.set(key, JSON.parse(row.memory));
    }
    return memory;
  }

  /** Within a transaction. */
  remember(entries: readonly (readonly [LaneKey, unknown])[], nowMs: number): void {
    this.#forget.run(nowMs - LANE_MEMORY_MS_MAX);
    for (const [key, memory] of entries) this.#remember.run(key, JSON.stringify(memory), nowMs);
  }
}
