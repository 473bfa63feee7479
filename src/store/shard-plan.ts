/**
 * How the tasks of a job are cut into shards, the pieces in which nodes take work. What shares a
 * lane goes into shards of its lane's slice, since whoever works on it must own the lane; what has
 * no lane is cut in the order of the input, into small shards first, so that a short job spreads
 * over the nodes and a long one costs little. Pure, so that the stores cannot drift apart.
 */
import type { LaneKey } from '../model/lane.ts';
import { sliceOf } from '../model/slice.ts';

export const SHARD_TASKS_MAX = 500;
const SHARD_TASKS_MIN = 25;
/** A shard of consecutive rows has this part of the rows before it. */
const PART = 16;

/** A shard of the job that nobody has taken and that has room. */
export interface OpenShard {
  readonly no: number;
  /** undefined: of tasks without a lane. */
  readonly slice: number | undefined;
  readonly tasks: number;
  /** Most tasks that it may have. */
  readonly size: number;
}

export interface PlannedShard extends OpenShard {
  /** Made by this plan. */
  readonly fresh: boolean;
  /** Tasks that the plan put into it; `tasks` counts them too. */
  readonly added: number;
}

/** A row that became a task: no duplicate, not refused. */
export interface NewTask {
  readonly seq: number;
  readonly lane: LaneKey | '';
}

export interface ShardPlan {
  /** The shard of each task, in order. */
  readonly shardOf: readonly number[];
  /** Every shard that got tasks, in the order in which it got its first. */
  readonly shards: readonly PlannedShard[];
}

/** Places the next tasks of a job into its open shards and, from number `nextNo` on, new ones. */
export function planShards(
  open: readonly OpenShard[],
  nextNo: number,
  tasks: readonly NewTask[],
): ShardPlan {
  const places = new Map<number | undefined, Place>();
  for (const shard of open) places.set(shard.slice, { ...shard, fresh: false, added: 0 });
  const touched: Place[] = [];
  let no = nextNo;
  const shardOf = tasks.map(({ seq, lane }) => {
    const slice = lane === '' ? undefined : sliceOf(lane);
    let place = places.get(slice);
    if (place === undefined || place.tasks >= place.size) {
      const size = slice === undefined ? sizeAt(seq) : SHARD_TASKS_MAX;
      place = { no, slice, tasks: 0, size, fresh: true, added: 0 };
      no += 1;
      places.set(slice, place);
    }
    if (place.added === 0) touched.push(place);
    place.tasks += 1;
    place.added += 1;
    return place.no;
  });
  return { shardOf, shards: touched };
}

interface Place {
  readonly no: number;
  readonly slice: number | undefined;
  tasks: number;
  readonly size: number;
  readonly fresh: boolean;
  added: number;
}

/** Tasks of a shard of consecutive rows that begins with this row. */
function sizeAt(seq: number): number {
  return Math.min(SHARD_TASKS_MAX, Math.max(SHARD_TASKS_MIN, Math.floor(seq / PART)));
}
