/** Changes of kept entries column by column, as the commits are that bring them. */
import { KEEP_OPS, type KeepOp } from '../model/kept.ts';
import type { KeepChange } from './store.ts';

export interface PackedKeeps {
  readonly collections: readonly string[];
  /** `KEEP_WIDTH` numbers a change: its collection, its op, its record (-1 = none). */
  readonly numbers: Int32Array;
  readonly keys: readonly string[];
  /** JSON texts; '' = to be removed, or that of its record. */
  readonly jsons: readonly string[];
}

const KEEP_WIDTH = 3;

/** A text that is the record's as well crosses once. */
export function packKeeps(changes: readonly KeepChange[], records: readonly string[]): PackedKeeps {
  const collections: string[] = [];
  const numbers = new Int32Array(changes.length * KEEP_WIDTH);
  const keys: string[] = [];
  const jsons: string[] = [];
  for (let i = 0; i < changes.length; i += 1) {
    const change = changes[i] as KeepChange;
    let at = collections.indexOf(change.collection);
    if (at === -1) at = collections.push(change.collection) - 1;
    numbers[i * KEEP_WIDTH] = at;
    numbers[i * KEEP_WIDTH + 1] = KEEP_OPS.indexOf(change.op);
    numbers[i * KEEP_WIDTH + 2] = change.record ?? -1;
    keys.push(change.key);
    const json = change.op === 'remove' ? '' : change.json;
    jsons.push(change.record !== undefined && json === records[change.record] ? '' : json);
  }
  return { collections, numbers, keys, jsons };
}

export function unpackKeeps(
  { collections, numbers, keys, jsons }: PackedKeeps,
  records: readonly string[],
): KeepChange[] {
  return keys.map((key, i) => {
    const collection = collections[numbers[i * KEEP_WIDTH] as number] as string;
    const op = KEEP_OPS[numbers[i * KEEP_WIDTH + 1] as number] as KeepOp;
    const record = numbers[i * KEEP_WIDTH + 2] as number;
    const named = record < 0 ? { collection, key } : { collection, key, record };
    if (op === 'remove') return { ...named, op };
    return { ...named, op, json: (jsons[i] || records[record]) as string };
  });
}
