/** Groups of equal failures in memory: counted one by one, refused rows apart from failed tasks. */
import { type Failure, fingerprint } from '../model/failure.ts';
import type { FailureGroup } from './store.ts';

type Group = { -readonly [Name in keyof FailureGroup]: FailureGroup[Name] };

export class MemoryFailures {
  readonly #failed = new Map<string, Group>();
  readonly #refused = new Map<string, Group>();

  add(seq: number, failure: Failure, refused: boolean, nowMs: number): void {
    const groups = refused ? this.#refused : this.#failed;
    const print = fingerprint(failure);
    const group = groups.get(print);
    if (group === undefined) {
      groups.set(print, {
        fingerprint: print,
        sample: failure,
        sampleSeq: seq,
        count: 1,
        refused: refused ? 1 : 0,
        firstMs: nowMs,
        lastMs: nowMs,
      });
      return;
    }
    group.count += 1;
    if (refused) group.refused += 1;
    if (nowMs >= group.lastMs) {
      group.sample = failure;
      group.sampleSeq = seq;
    }
    group.firstMs = Math.min(group.firstMs, nowMs);
    group.lastMs = Math.max(group.lastMs, nowMs);
  }

  /** One failed task less: it is tried anew. */
  remove(failure: Failure): void {
    const print = fingerprint(failure);
    const group = this.#failed.get(print);
    if (group === undefined) return;
    group.count -= 1;
    if (group.count === 0) this.#failed.delete(print);
  }

  /** Most frequent first. */
  list(): readonly FailureGroup[] {
    const merged = new Map<string, FailureGroup>();
    for (const group of this.#failed.values()) merged.set(group.fingerprint, { ...group });
    for (const group of this.#refused.values()) {
      const other = merged.get(group.fingerprint);
      merged.set(group.fingerprint, other === undefined ? { ...group } : merge(other, group));
    }
    return [...merged.values()].sort(
      (a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1),
    );
  }
}

function merge(a: FailureGroup, b: FailureGroup): FailureGroup {
  return {
    ...(a.lastMs >= b.lastMs ? a : b),
    count: a.count + b.count,
    refused: a.refused + b.refused,
    firstMs: Math.min(a.firstMs, b.firstMs),
  };
}
