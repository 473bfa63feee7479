/**
 * Shards that were lost with a node before. That the node may be about to end with one of them is
 * told to the store before the first of its tasks starts: a shard that only waits in memory while
 * nodes come and go is not to blame for any of it.
 */
import type { BegunShard, ClaimedShard } from '../store/cluster-store.ts';

interface Suspect extends BegunShard {
  telling?: Promise<void> | undefined;
}

export class SuspectShards {
  readonly #shards = new Map<string, Suspect>();
  readonly #tell: (shard: BegunShard) => Promise<void>;

  constructor(tell: (shard: BegunShard) => Promise<void>) {
    this.#tell = tell;
  }

  get size(): number {
    return this.#shards.size;
  }

  hold(name: string, { jobId, no, tasks, waiting, losses }: ClaimedShard): void {
    if (losses > 0) this.#shards.set(name, { jobId, no, open: tasks.length + waiting });
  }

  letGo(name: string): void {
    this.#shards.delete(name);
  }

  /** To be waited for before a task of the shard starts; undefined = nothing is. */
  begin(name: string): Promise<void> | undefined {
    const suspect = this.#shards.get(name);
    if (suspect === undefined) return undefined;
    const { jobId, no, open } = suspect;
    // Where the store is away the work goes on: at worst this loss is not counted.
    const done = () => {
      // It may have been given back and claimed anew meanwhile.
      if (this.#shards.get(name) === suspect) this.#shards.delete(name);
    };
    suspect.telling ??= this.#tell({ jobId, no, open }).then(done, done);
    return suspect.telling;
  }
}
