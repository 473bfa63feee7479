/**
 * In which order the shards of all jobs are taken: start-time fair queueing, with a job as the
 * flow. Each shard gets a start tag when it is made, and the smallest tag is taken first, so a job
 * that comes late is served at once, and a long one gets no more than its share. Pure, so that the
 * stores cannot drift apart.
 */

/** Tasks of which one moves the tag of a job of weight 1 by one. */
const TASKS_PER_TAG = 500;
const WEIGHT_MIN = 1e-6;

/** A job as the order sees it. */
export interface TagFlow {
  /** Where its next shard starts at the earliest. */
  readonly finish: number;
  /** `flowWeight`. */
  readonly weight: number;
}

/**
 * A job's weight: its part of what its tenant weighs.
 *
 * @param jobWeights - of all running jobs of the tenant, this one included
 */
export function flowWeight(tenant: number, job: number, jobWeights: number): number {
  return Math.max(WEIGHT_MIN, (tenant * job) / Math.max(job, jobWeights, WEIGHT_MIN));
}

/**
 * How far the order has come.
 *
 * @param smallestFree - tag among the shards of running jobs that nobody has taken
 * @param largestGiven - tag of any shard
 */
export function virtualTime(
  smallestFree: number | undefined,
  largestGiven: number | undefined,
): number {
  return smallestFree ?? largestGiven ?? 0;
}

/** The tag of a job's next shard. */
export function startTag(virtual: number, flow: Pick<TagFlow, 'finish'>): number {
  return Math.max(virtual, flow.finish);
}

/** What so many tasks add to the finish of their job. */
export function costOf(tasks: number, weight: number): number {
  return tasks / TASKS_PER_TAG / weight;
}

/**
 * Tags of new shards and the job's new finish. A shard without a tag of its own (`fresh` false)
 * has got further tasks, which only cost.
 */
export function giveTags(
  virtual: number,
  flow: TagFlow,
  shards: readonly { readonly fresh: boolean; readonly added: number }[],
): { readonly tags: readonly (number | undefined)[]; readonly finish: number } {
  let finish = flow.finish;
  const tags = shards.map(({ fresh, added }) => {
    const tag = fresh ? startTag(virtual, { finish }) : undefined;
    finish = (tag ?? finish) + costOf(added, flow.weight);
    return tag;
  });
  return { tags, finish };
}

/**
 * By how much the free shards of a job (and its finish) move up when it goes on after a rest: the
 * time in which it was not served is not made up for, or all others would stand still.
 *
 * @param othersFree - smallest tag among the free shards of the other running jobs
 */
export function restShift(ownSmallest: number | undefined, othersFree: number | undefined): number {
  if (ownSmallest === undefined || othersFree === undefined) return 0;
  return Math.max(0, othersFree - ownSmallest);
}
