/** Shards of jobs in memory: made with the rows, taken in fair order, given back, closed. */
import { assert } from '../base/assert.ts';
import type { Task } from '../model/task.ts';
import { lossesNow } from './cluster-rules.ts';
import type {
  BegunShard,
  ClaimAsk,
  ClaimedShard,
  DueTask,
  Fence,
  ReleasedShard,
} from './cluster-store.ts';
import { costOf, flowWeight, giveTags, restShift, startTag, virtualTime } from './fair-tags.ts';
import type { MemoryJob } from './memory-job.ts';
import { type NewTask, planShards } from './shard-plan.ts';

interface Shard {
  readonly job: JobShards;
  readonly no: number;
  readonly slice: number | undefined;
  readonly size: number;
  /** Its tasks, ended ones included. */
  readonly seqs: Set<number>;
  /** Every task that waits is among them; some may have stopped since. */
  readonly waiting: Set<number>;
  tag: number;
  state: 'free' | 'held' | 'done';
  holder: Fence | undefined;
  sealed: boolean;
  losses: number;
  /** Whether the node that has it, or had it last, has begun it; known of shards that were lost. */
  begun: boolean;
  /** Tasks that were open as it was last begun after a loss. */
  openThen: number | undefined;
}

interface JobShards {
  readonly memory: MemoryJob;
  /** Of the making of jobs. */
  readonly order: number;
  readonly shards: Map<number, Shard>;
  readonly ofSeq: Map<number, Shard>;
  nextNo: number;
  finish: number;
  largestTag: number | undefined;
}

/** What one tenant weighs; asked whenever rows are added. */
type TenantWeight = (tenant: string) => number;

export class MemoryShards {
  readonly #jobs = new Map<string, JobShards>();
  readonly #held = new Map<Fence, Set<Shard>>();
  readonly #tenantWeight: TenantWeight;
  readonly #free = new Set<Shard>();
  /** Of the free ones, in the order in which they are taken; some may have been taken since. */
  #sorted: readonly Shard[] | undefined;
  #order = 0;

  constructor(tenantWeight: TenantWeight) {
    this.#tenantWeight = tenantWeight;
  }

  /** Shards of running jobs that nobody has taken. */
  get free(): number {
    return [...this.#free].filter(({ job }) => isRunning(job)).length;
  }

  count(fence: Fence): number {
    return this.#held.get(fence)?.size ?? 0;
  }

  holds(fence: Fence, slice: number): boolean {
    return [...(this.#held.get(fence) ?? [])].some((shard) => shard.slice === slice);
  }

  addJob(memory: MemoryJob): void {
    if (this.#jobs.has(memory.job.id)) return;
    this.#order += 1;
    this.#jobs.set(memory.job.id, {
      memory,
      order: this.#order,
      shards: new Map(),
      ofSeq: new Map(),
      nextNo: 0,
      finish: 0,
      largestTag: undefined,
    });
  }

  removeJob(id: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.close(id);
    this.#jobs.delete(id);
  }

  /** Rows of the job from `fromSeq` on were added. */
  addRows(id: string, fromSeq: number): void {
    const job = this.#job(id);
    const added: NewTask[] = [];
    for (let seq = fromSeq; seq < job.memory.rowCount; seq += 1) {
      const open = job.memory.openTask(seq);
      if (open !== undefined) added.push({ seq, lane: open.task.lane });
    }
    const open = [...job.shards.values()]
      .filter((shard) => !shard.sealed && shard.seqs.size < shard.size)
      .map(({ no, slice, size, seqs }) => ({ no, slice, size, tasks: seqs.size }));
    const { shardOf, shards } = planShards(open, job.nextNo, added);
    const { tags, finish } = giveTags(this.#virtual(), this.#flow(job), shards);
    shards.forEach(({ no, slice, size, fresh }, i) => {
      if (fresh) this.#add(job, { no, slice, size, tag: tags[i] as number, losses: 0 });
    });
    job.finish = finish;
    added.forEach(({ seq }, i) => {
      const shard = job.shards.get(shardOf[i] as number) as Shard;
      shard.seqs.add(seq);
      job.ofSeq.set(seq, shard);
    });
  }

  /** The number of the job's next shard. */
  nextNo(id: string): number {
    return this.#jobs.get(id)?.nextNo ?? 0;
  }

  /** The first shard of the job from `firstNo` on, where its tasks have no lane and are so few. */
  keep(fence: Fence, id: string, firstNo: number, tasks: number): ClaimedShard[] {
    const shard = this.#jobs.get(id)?.shards.get(firstNo);
    if (shard === undefined || shard.slice !== undefined || shard.seqs.size > tasks) return [];
    if (!isRunning(shard.job)) return [];
    this.#hold(fence, shard);
    return [this.#contentOf(shard)];
  }

  /** A task was told to wait. */
  waits(id: string, seq: number): void {
    this.#jobs.get(id)?.ofSeq.get(seq)?.waiting.add(seq);
  }

  /** Discarded tasks of the job wait again: shards that were done have something to do. */
  reopen(id: string): void {
    const job = this.#job(id);
    const virtual = this.#virtual();
    for (const shard of job.shards.values()) {
      const open = [...shard.seqs].filter((seq) => job.memory.openTask(seq) !== undefined);
      for (const seq of open) shard.waiting.add(seq);
      if (open.length === 0 || shard.state !== 'done') continue;
      shard.tag = startTag(virtual, job);
      job.finish = shard.tag + costOf(open.length, this.#flow(job).weight);
      job.largestTag = Math.max(job.largestTag ?? shard.tag, shard.tag);
      this.#release(shard);
    }
  }

  /** Nothing of the job is left to do. */
  close(id: string): void {
    for (const shard of this.#job(id).shards.values()) this.#finish(shard);
  }

  /** The job runs again after a rest. */
  resume(id: string): void {
    const job = this.#job(id);
    const free = [...this.#free];
    const own = free.filter((shard) => shard.job === job);
    const others = free.filter((shard) => shard.job !== job && isRunning(shard.job));
    const shift = restShift(smallestTag(own), smallestTag(others));
    if (shift === 0) return;
    for (const shard of own) shard.tag += shift;
    job.finish += shift;
    job.largestTag = Math.max(job.largestTag ?? 0, ...own.map(({ tag }) => tag));
    this.#sorted = undefined;
  }

  /** @param mayTake - whether shards of the slice may go to the node */
  claim(fence: Fence, ask: ClaimAsk, mayTake: (slice: number) => boolean): ClaimedShard[] {
    const claimed: ClaimedShard[] = [];
    let tasks = 0;
    for (const shard of this.#ordered()) {
      if (tasks >= ask.tasks) break;
      if (shard.state !== 'free' || !isAsked(shard.job, ask)) continue;
      if (shard.slice !== undefined && !mayTake(shard.slice)) continue;
      if (ask.notSlices && !isBeside(shard.slice, ask.notSlices)) continue;
      const found = this.#contentOf(shard);
      if (found.tasks.length + found.waiting === 0) {
        this.#finish(shard);
        continue;
      }
      this.#hold(fence, shard);
      claimed.push(found);
      tasks += found.tasks.length + found.waiting;
    }
    return claimed;
  }

  begin(fence: Fence, { jobId, no, open }: BegunShard): void {
    const shard = this.#jobs.get(jobId)?.shards.get(no);
    if (shard?.holder !== fence) return;
    shard.losses = lossesNow(shard.losses, shard.openThen, open);
    shard.openThen = open;
    shard.begun = true;
  }

  finish(fence: Fence, id: string, no: number): void {
    const shard = this.#jobs.get(id)?.shards.get(no);
    if (shard?.holder === fence) this.#giveBack(shard);
  }

  /** Finishes the shard of a task where nothing is open in it; answers which. */
  finishEnded(fence: Fence, id: string, seq: number): number | undefined {
    const shard = this.#jobs.get(id)?.ofSeq.get(seq);
    if (shard?.holder !== fence || hasOpen(shard)) return undefined;
    this.#finish(shard);
    return shard.no;
  }

  release(fence: Fence, { jobId, no, keep }: ReleasedShard): void {
    const shard = this.#jobs.get(jobId)?.shards.get(no);
    if (shard?.holder !== fence) return;
    const { job, slice, tag, losses } = shard;
    const open = [...shard.seqs].filter((seq) => job.memory.openTask(seq) !== undefined);
    const rest = open.filter((seq) => !keep.includes(seq));
    if (rest.length === open.length) {
      this.#giveBack(shard);
      return;
    }
    if (rest.length === 0) return;
    const size = rest.length;
    const other = this.#add(job, { no: job.nextNo, slice, size, tag, losses });
    other.sealed = true;
    for (const seq of rest) {
      shard.seqs.delete(seq);
      other.seqs.add(seq);
      if (shard.waiting.delete(seq)) other.waiting.add(seq);
      job.ofSeq.set(seq, other);
    }
  }

  /** Frees what the number held. */
  end(fence: Fence, lost: boolean): void {
    for (const shard of this.#held.get(fence) ?? []) {
      if (lost && (shard.losses === 0 || shard.begun)) shard.losses += 1;
      this.#release(shard);
    }
    this.#held.delete(fence);
  }

  takeDue(fence: Fence, id: string, nowMs: number, limit: number): readonly DueTask[] {
    const due = this.#waiting(fence, id)
      .filter(({ atMs }) => atMs <= nowMs)
      .sort((a, b) => a.atMs - b.atMs || a.seq - b.seq)
      .slice(0, Math.max(0, limit));
    const seqs = due.map(({ seq }) => seq);
    const tasks = this.#jobs.get(id)?.memory.wake(seqs, nowMs) ?? [];
    return tasks.map((task, i) => ({ task, no: (due[i] as { shard: Shard }).shard.no }));
  }

  nextDueMs(fence: Fence, id: string): number | undefined {
    const times = this.#waiting(fence, id).map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Waiting tasks of the job in the shards that the node holds. */
  #waiting(fence: Fence, id: string) {
    const job = this.#jobs.get(id);
    return [...(this.#held.get(fence) ?? [])]
      .filter((shard) => shard.job === job)
      .flatMap((shard) =>
        [...shard.waiting].flatMap((seq) => {
          const atMs = shard.job.memory.openTask(seq)?.waitsUntilMs;
          if (atMs !== undefined) return [{ shard, seq, atMs }];
          shard.waiting.delete(seq);
          return [];
        }),
      );
  }

  #contentOf({ job, no, slice, seqs, ...shard }: Shard): ClaimedShard {
    const tasks: Task[] = [];
    const times: number[] = [];
    for (const seq of [...seqs].sort((a, b) => a - b)) {
      const open = job.memory.openTask(seq);
      if (open === undefined) continue;
      if (open.waitsUntilMs === undefined) tasks.push(open.task);
      else times.push(open.waitsUntilMs);
    }
    const nextDueMs = times.length === 0 ? undefined : Math.min(...times);
    const jobId = job.memory.job.id;
    const waiting = times.length;
    const losses = lossesNow(shard.losses, shard.openThen, tasks.length + waiting);
    return { jobId, no, slice, tasks, waiting, nextDueMs, losses };
  }

  #add(job: JobShards, made: Pick<Shard, 'no' | 'slice' | 'size' | 'tag' | 'losses'>): Shard {
    const shard: Shard = {
      ...made,
      job,
      seqs: new Set(),
      waiting: new Set(),
      state: 'free',
      holder: undefined,
      sealed: false,
      begun: false,
      openThen: undefined,
    };
    job.shards.set(shard.no, shard);
    job.nextNo = Math.max(job.nextNo, shard.no + 1);
    job.largestTag = Math.max(job.largestTag ?? shard.tag, shard.tag);
    this.#free.add(shard);
    this.#sorted = undefined;
    return shard;
  }

  #hold(fence: Fence, shard: Shard): void {
    this.#letGo(shard);
    Object.assign(shard, { state: 'held', holder: fence, sealed: true, begun: false });
    const held = this.#held.get(fence);
    if (held === undefined) this.#held.set(fence, new Set([shard]));
    else held.add(shard);
  }

  #giveBack(shard: Shard): void {
    if (hasOpen(shard)) this.#release(shard);
    else this.#finish(shard);
  }

  #release(shard: Shard): void {
    this.#letGo(shard);
    shard.state = 'free';
    this.#free.add(shard);
    this.#sorted = undefined;
  }

  #finish(shard: Shard): void {
    this.#letGo(shard);
    Object.assign(shard, { state: 'done', sealed: true });
  }

  /** Takes it out of where it is listed. */
  #letGo(shard: Shard): void {
    if (shard.holder !== undefined) this.#held.get(shard.holder)?.delete(shard);
    shard.holder = undefined;
    this.#free.delete(shard);
  }

  #ordered(): readonly Shard[] {
    this.#sorted ??= [...this.#free].sort(
      (a, b) => a.tag - b.tag || a.job.order - b.job.order || a.no - b.no,
    );
    return this.#sorted;
  }

  #virtual(): number {
    const free = this.#ordered().find(({ state, job }) => state === 'free' && isRunning(job))?.tag;
    const given = [...this.#jobs.values()].flatMap(({ largestTag }) => largestTag ?? []);
    return virtualTime(free, given.length === 0 ? undefined : Math.max(...given));
  }

  #flow(job: JobShards) {
    const { tenant, weight } = job.memory.job;
    const running = [...this.#jobs.values()]
      .filter((other) => other.memory.job.tenant === tenant && isRunning(other))
      .reduce((sum, other) => sum + other.memory.job.weight, 0);
    return { finish: job.finish, weight: flowWeight(this.#tenantWeight(tenant), weight, running) };
  }

  #job(id: string): JobShards {
    const job = this.#jobs.get(id);
    assert(job !== undefined, `the job ${id} has no shards`);
    return job;
  }
}

function hasOpen({ seqs, job }: Shard): boolean {
  for (const seq of seqs) if (job.memory.openTask(seq) !== undefined) return true;
  return false;
}

function isRunning(job: JobShards): boolean {
  return job.memory.job.state === 'running';
}

function isBeside(slice: number | undefined, notSlices: readonly number[]): boolean {
  return slice !== undefined && !notSlices.includes(slice);
}

function isAsked(job: JobShards, { jobId, notJobs, notTenants }: ClaimAsk): boolean {
  const { id, tenant } = job.memory.job;
  return (
    isRunning(job) &&
    (jobId === undefined || jobId === id) &&
    !notJobs.includes(id) &&
    !notTenants.includes(tenant)
  );
}

function smallestTag(shards: readonly Shard[]): number | undefined {
  return shards.length === 0 ? undefined : Math.min(...shards.map(({ tag }) => tag));
}
