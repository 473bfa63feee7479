/** The store in memory as a cluster's: tasks of its jobs are in shards. */
import type { MemoryShards } from './memory-shards.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Store } from './store.ts';

/**
 * The store below, where whatever changes the open tasks of a job changes its shards too. The
 * store does its work before it returns a promise, so nothing comes in between.
 */
export function viewOf(
  base: MemoryStore,
  shards: MemoryShards,
  onDeleted: (jobId: string) => void,
): Store {
  return proxyOf(base, {
    createJob: (spec, along) => {
      const known = base.memoryJob(spec.id) !== undefined;
      const result = base.createJob(spec, along);
      const memory = base.memoryJob(spec.id);
      if (memory === undefined || known) return result;
      shards.addJob(memory);
      if (along?.first !== undefined) shards.addRows(spec.id, 0);
      return result;
    },
    moveJob: (id, action, at) => {
      const before = base.memoryJob(id)?.job.state;
      const job = base.moveJob(id, action, at);
      const after = base.memoryJob(id)?.job.state;
      if (after === 'running' && before !== 'running') shards.resume(id);
      return job;
    },
    deleteJob: (id) => {
      const deleted = base.deleteJob(id);
      shards.removeJob(id);
      onDeleted(id);
      return deleted;
    },
    addRows: (id, firstSeq, rows, nowMs) => {
      const from = base.memoryJob(id)?.rowCount;
      const counters = base.addRows(id, firstSeq, rows, nowMs);
      if (from !== undefined) shards.addRows(id, from);
      return counters;
    },
    commit: (batch) => {
      const result = base.commit(batch);
      for (const { jobId, seq, end } of batch) {
        if (end?.kind === 'waiting') shards.waits(jobId, seq);
      }
      return result;
    },
    cancelOpen: (id, nowMs) => {
      const counters = base.cancelOpen(id, nowMs);
      if (base.memoryJob(id) !== undefined) shards.close(id);
      return counters;
    },
    retryDiscarded: (id, nowMs, only) => {
      const count = base.retryDiscarded(id, nowMs, only);
      if (base.memoryJob(id) !== undefined) shards.reopen(id);
      return count;
    },
    close: async () => {},
  });
}

/** A store with some methods of its own. */
export function proxyOf(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const method = own[name as keyof Store] ?? target[name as keyof Store];
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
}
