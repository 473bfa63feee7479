/**
 * A shard that was lost many times in a row, with nodes that had begun it and before any of its
 * tasks had ended, may be what ends the nodes: a row that takes all of the memory, say. Its open
 * tasks are set aside, so that it does not go round for ever.
 */
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Signals } from '../cluster/signals.ts';
import type { ClaimedShard } from '../store/cluster-store.ts';
import type { Commit, Store } from '../store/store.ts';

const LOSSES_MAX = 5;

export interface LostShardParts {
  readonly store: Pick<Store, 'commit'>;
  readonly signals: Pick<Signals, 'reportLost'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The shards with what may be worked on. */
export function soundShards(
  shards: readonly ClaimedShard[],
  { store, signals, clock, log }: LostShardParts,
): Promise<readonly ClaimedShard[]> {
  const each = async (shard: ClaimedShard) => {
    const { jobId, no, losses } = shard;
    if (losses < LOSSES_MAX) return shard;
    log.error(`A portion of job ${jobId} was lost with its node too often.`, { no, losses });
    signals.reportLost?.(jobId, no, losses).catch(() => {
      // It is in the log and among the job's failures.
    });
    return setAside(shard, store, clock);
  };
  return Promise.all(shards.map(each));
}

/** What is left of the shard: tasks that wait for a time were not under way when it was lost. */
async function setAside(
  shard: ClaimedShard,
  store: Pick<Store, 'commit'>,
  clock: Clock,
): Promise<ClaimedShard> {
  const error = new SluiceError('cluster.shard_lost', { count: shard.losses });
  const { code, message, hint } = error;
  const commits = shard.tasks.map((task): Commit => {
    return {
      jobId: task.jobId,
      seq: task.seq,
      attemptNo: task.attemptNo + 1,
      records: [],
      recordsFrom: task.recordCount,
      end: { kind: 'discarded', durationMs: 0, failure: { class: 'bug', code, message, hint } },
      nowMs: clock.wallMs(),
    };
  });
  if (commits.length > 0) await store.commit(commits);
  return { ...shard, tasks: [] };
}
