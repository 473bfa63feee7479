/** Consecutive tasks of one shard as one text of inputs: those that have neither key nor lane. */
import { PACK_CHARS_MAX, PACK_ROWS_MAX } from './end-pack.ts';
import type { NewRow } from './plan-writer.ts';

export interface TaskPack {
  readonly firstSeq: number;
  readonly shard: number;
  readonly inputs: readonly string[];
}

/**
 * @param shards - of each row
 * @param rowsMin - fewer have rows of their own
 */
export function packTasks(
  rows: readonly NewRow[],
  shards: readonly (number | undefined)[],
  rowsMin: number,
): { readonly packs: readonly TaskPack[]; readonly rest: readonly number[] } {
  const packs: TaskPack[] = [];
  const rest: number[] = [];
  for (let at = 0; at < rows.length; ) {
    const end = Math.max(at + 1, endOfPack(rows, shards, at));
    const inputs = rows.slice(at, end).flatMap(({ task }) => task?.input ?? []);
    const first = rows[at] as NewRow;
    const shard = shards[at];
    if (isPlain(first) && shard !== undefined && end - at >= rowsMin) {
      packs.push({ firstSeq: first.seq, shard, inputs });
    } else {
      for (let i = at; i < end; i += 1) rest.push(i);
    }
    at = end;
  }
  return { packs, rest };
}

/** The row behind the last that can be in one pack with the row at `from`; `from`: none can. */
function endOfPack(
  rows: readonly NewRow[],
  shards: readonly (number | undefined)[],
  from: number,
): number {
  const firstSeq = (rows[from] as NewRow).seq;
  let chars = 0;
  for (let end = from; end < rows.length && end - from < PACK_ROWS_MAX; end += 1) {
    const row = rows[end] as NewRow;
    const next = row.seq - firstSeq === end - from && shards[end] === shards[from];
    chars += row.task?.input.length ?? 0;
    if (!next || !isPlain(row) || chars > PACK_CHARS_MAX) return end;
  }
  return Math.min(rows.length, from + PACK_ROWS_MAX);
}

function isPlain({ task, key }: NewRow): boolean {
  return task !== undefined && task.lane === '' && key === undefined;
}
