/**
 * The engine of a node among several: what is asked of it goes to the store that all share, and the
 * work is done by one membership after the other. A node that has lost its lease joins again by
 * itself as soon as it reaches the store; whoever asks meanwhile hears that it cannot.
 */
import type { LaneStatus } from '../admission/admission.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Notice } from '../cluster/signals.ts';
import type { Job, JobSpec } from '../model/job.ts';
import { type Blockage, type LaneKey, type LaneLimits, TURN_LANE } from '../model/lane.ts';
import type { LimitValues } from '../model/set-limit.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { Engine } from './engine.ts';
import type { EngineApi } from './engine-api.ts';
import type { Feed } from './feed.ts';
import { createFeed } from './feed.ts';
import { JobFollower } from './job-follower.ts';
import type { EndHook } from './job-runs.ts';
import { Membership } from './membership.ts';
import type { ClusterEngineOptions } from './membership-options.ts';
import { mergeBlockages } from './merge-blockages.ts';
import { blockageHere, laneHere } from './node-status.ts';
import type { EngineObserver } from './observer.ts';
import { withObserver } from './seen-cluster.ts';
import { baggageOf, type MadeJob, type Submission } from './small-input.ts';
import { ToldEvents } from './told-events.ts';

const REJOIN_MS_MIN = 100;
const REJOIN_MS_MAX = 2_000;
const SETTLED_LOOK_MS = 500;

export class ClusterEngine implements EngineApi {
  readonly feed: Feed;
  readonly #options: ClusterEngineOptions;
  readonly #follower: JobFollower;
  readonly #told: ToldEvents;
  readonly #hooks: EndHook[] = [];
  readonly #onPlace = new Set<() => void>();
  #observer: EngineObserver | undefined;
  #current: Membership | undefined;
  readonly #over = Promise.withResolvers<void>();
  #isOver = false;
  readonly #stopping = new AbortController();
  #asked = false;

  private constructor(options: ClusterEngineOptions) {
    this.#options = options;
    const { cluster, engine } = options;
    this.feed = createFeed(engine);
    this.#told = new ToldEvents(cluster, options.intro.id, engine.clock, this.feed);
    this.#follower = new JobFollower({
      cluster,
      clock: engine.clock,
      feed: this.feed,
      told: this.#told,
      all: options.watchAll,
      running: (jobId) => this.running(jobId),
      shown: options.intro.kind !== 'worker',
      here: () => [...(this.#current?.engine.runs.all() ?? [])].map(({ job }) => job.id),
      follow: async (job) => this.#current?.follow(job) ?? 'absent',
    });
    this.feed.subscribe((event) => {
      if (event.type !== 'job.state' || event.state === 'running') return;
      const { jobId, why } = event;
      // Whoever follows the job elsewhere need not look for its end.
      if (this.#current?.led.has(jobId) || why?.class === 'stop')
        this.#post({ kind: 'job', jobId, over: true });
    });
  }

  /** Joins; rejects with `store.*` where that cannot be. */
  static async open(options: ClusterEngineOptions): Promise<ClusterEngine> {
    const engine = new ClusterEngine(options);
    await engine.#join();
    await options.signals.listen({
      onHint: () => engine.#current?.onHint(),
      onNotice: (notice) => engine.#hear(notice),
      onGap: () => engine.#hear(undefined),
    });
    engine.#follower.start();
    engine.#current?.onHint();
    return engine;
  }

  /** The nodes as last seen. */
  get nodes(): JobFollower['nodes'] {
    return this.#follower.nodes;
  }

  get membership(): Membership | undefined {
    return this.#current;
  }

  /** Whether the node has its place at this moment. */
  get holds(): boolean {
    return this.#current?.holds(this.#options.engine.clock.monoMs()) ?? false;
  }

  get holdings() {
    return this.#current?.holdings ?? { shards: 0, tasks: 0, slices: 0, leads: 0 };
  }

  /** The lanes in memory of this node alone, busiest first. */
  lanesHere(limit: number): readonly LaneStatus[] {
    return this.#current?.engine.lanes(limit) ?? [];
  }

  /** Told whenever this node has got or lost its place, or another one; returns the end of it. */
  onPlace(listener: () => void): () => void {
    this.#onPlace.add(listener);
    return () => this.#onPlace.delete(listener);
  }

  async submit(spec: JobSpec, input?: HeldFile): Promise<Submission> {
    const { cluster, engine } = this.#options;
    const along = input && (await baggageOf(spec, input, engine));
    const node = this.#current;
    const { job, created, kept } = await (node === undefined
      ? cluster.store.createJob(spec, along).then((made) => ({ ...made, kept: [] }))
      : node.rows.create(spec, along));
    try {
      const made = created ? { job, ...along?.first } : undefined;
      if (job.state === 'running') await this.run(job.id, made);
    } finally {
      node?.rows.begin(job.id, kept);
    }
    return { job, created };
  }

  async run(jobId: string, made?: MadeJob): Promise<void> {
    if (this.#options.ownOnly) this.#follower.watch(jobId);
    await this.#inner().run(jobId, made);
  }

  /** Jobs that nobody leads are led by whoever is there: nothing has to be done for it. */
  async resumeAll(): Promise<number> {
    const { cluster, leads, ownOnly } = this.#options;
    if (!leads || ownOnly) return 0;
    const jobs = await cluster.leaderless(1_000);
    for (const jobId of jobs) await this.run(jobId);
    return jobs.length;
  }

  async pause(jobId: string): Promise<Job> {
    const job = await this.#inner().pause(jobId);
    this.#post({ kind: 'job', jobId });
    return job;
  }

  async resume(jobId: string): Promise<Job> {
    if (this.#options.ownOnly) this.#follower.watch(jobId);
    const job = await this.#inner().resume(jobId);
    this.#post({ kind: 'job', jobId });
    return job;
  }

  async cancel(jobId: string): Promise<Job> {
    const job = await this.#inner().cancel(jobId);
    this.#post({ kind: 'job', jobId });
    return job;
  }

  beforeEnd(hook: EndHook): void {
    this.#hooks.push(hook);
    this.#current?.engine.beforeEnd(hook);
  }

  async retryDiscarded(jobId: string, only?: string): Promise<number> {
    if (this.#options.ownOnly) this.#follower.watch(jobId);
    const count = await this.#inner().retryDiscarded(jobId, only);
    if (count > 0) this.#post({ kind: 'job', jobId });
    return count;
  }

  tenantChanged(name: string): void {
    this.#current?.engine.tenantChanged(name);
  }

  limitChanged(lane: LaneKey): void {
    this.#current?.engine.limitChanged(lane);
  }

  /** As far as this node knows it. */
  limitsOf(lane: LaneKey, set?: LimitValues): LaneLimits {
    return this.#inner().limitsOf(lane, set);
  }

  running(jobId: string): number {
    return (this.#current?.engine.running(jobId) ?? 0) + this.#elsewhere(jobId);
  }

  #elsewhere(jobId: string): number {
    return this.#follower.running(jobId, this.#options.intro.id);
  }

  active(jobId: string): number {
    return this.running(jobId);
  }

  explain(jobId: string, limit = 5): readonly Blockage[] {
    const nowMs = this.#options.engine.clock.monoMs();
    const others = [...this.#others()].flatMap(({ jobs }) => jobs[jobId] ?? []);
    const there = others.flatMap(({ blockages }) => blockages);
    const here = (this.#current?.engine.explain(jobId, limit) ?? []).filter(
      // It may wait for its turn here and run there.
      ({ lane }) => lane !== TURN_LANE || others.length === 0,
    );
    return mergeBlockages([...here, ...there.map((each) => blockageHere(each, nowMs))], limit);
  }

  observe(observer: EngineObserver | undefined): void {
    this.#observer = observer;
    this.#current?.engine.observe(observer);
  }

  get journalDepth(): number {
    return this.#current?.engine.journalDepth ?? 0;
  }

  get jobsRunning(): number {
    return this.#current?.engine.jobsRunning ?? 0;
  }

  lanes(limit: number): readonly LaneStatus[] {
    const nowMs = this.#options.engine.clock.monoMs();
    const here = this.#current?.engine.lanes(limit) ?? [];
    const there = [...this.#others()].flatMap(({ lanes }) =>
      lanes.map((lane) => laneHere(lane, nowMs)),
    );
    const busy = ({ inUse, waiting }: LaneStatus) => inUse + waiting;
    return [...here, ...there].sort((a, b) => busy(b) - busy(a)).slice(0, limit);
  }

  counts(jobId: string): Pick<Job, 'counters' | 'planned'> | undefined {
    return this.#current?.engine.counts(jobId) ?? this.#follower.job(jobId);
  }

  nextDueMs(jobId: string): number | undefined {
    const all = [this.#current?.engine.nextDueMs(jobId)];
    for (const status of this.#others()) all.push(status.jobs[jobId]?.nextDueMs);
    const known = all.filter((ms) => ms !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  async settled(jobId: string): Promise<Job> {
    const { cluster, engine } = this.#options;
    let wake = () => {};
    const unsubscribe = this.feed.subscribe((event) => {
      if (event.type === 'job.state' && event.jobId === jobId) wake();
    });
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const job = await cluster.store.job(jobId);
        if (!job) throw new SluiceError('job.not_found', { id: jobId });
        if (job.state !== 'running' || this.#isOver) return job;
        const timer = engine.clock.after(SETTLED_LOOK_MS, wake);
        await Promise.race([woken, this.#over.promise]);
        timer.cancel();
      }
    } finally {
      unsubscribe();
    }
  }

  drain(): Promise<void> {
    return this.#stop((membership) => membership.drain());
  }

  abort(): Promise<void> {
    return this.#stop(({ engine }) => engine.abort());
  }

  async close(): Promise<void> {
    await this.abort();
    this.#follower.close();
    this.#told.close();
    const { compute, fetcher } = this.#options.engine;
    await this.#options.signals.close();
    await compute.close();
    await fetcher.close();
  }

  async #stop(end: (membership: Membership) => Promise<void>): Promise<void> {
    this.#stopping.abort();
    try {
      if (this.#current) await end(this.#current);
      const membership = this.#current;
      this.#place(undefined);
      await membership?.leave();
    } finally {
      this.#isOver = true;
      this.#over.resolve();
    }
  }

  async #join(): Promise<void> {
    const { onDrain, watchAll: _, onNotice: __, ownOnly, ...options } = this.#options;
    const membership = await Membership.join({
      ...options,
      cluster: withObserver(options.cluster, options.engine.clock, () => this.#observer),
      engine: { ...options.engine, feed: this.feed, nodeName: options.intro.name },
      onDrain: () => {
        if (this.#asked) return;
        this.#asked = true;
        onDrain();
      },
      own: ownOnly ? () => this.#follower.watched : undefined,
      elsewhere: (jobId) => this.#elsewhere(jobId),
      onOver: (error) => this.#lost(membership, error),
    });
    // It was told to stop while it joined: nobody would end this stay.
    if (this.#stopping.signal.aborted) return membership.leave();
    for (const hook of this.#hooks) membership.engine.beforeEnd(hook);
    membership.engine.observe(this.#observer);
    this.#place(membership);
  }

  #place(membership: Membership | undefined): void {
    this.#current = membership;
    this.#told.joined(membership?.lease.fence);
    for (const listener of this.#onPlace) listener();
  }

  #lost(membership: Membership, error: unknown): void {
    if (this.#current !== membership) return;
    this.#place(undefined);
    if (this.#stopping.signal.aborted) return;
    this.#options.engine.log.warn(`This node has lost its place: ${messageOf(error)}`);
    void this.#rejoin();
  }

  async #rejoin(): Promise<void> {
    const { clock, random, log } = this.#options.engine;
    const { signal } = this.#stopping;
    let restMs = REJOIN_MS_MIN;
    while (!signal.aborted) {
      try {
        await this.#join();
        if (signal.aborted) return;
        log.warn('This node has joined again.');
        this.#current?.onNotice(undefined);
        // It has its place whatever comes of this: the sweeper runs again what fails here.
        for (const id of this.#follower.watched) this.#current?.engine.run(id).catch(() => {});
        return;
      } catch (error) {
        log.debug(`Joining again failed: ${messageOf(error)}`);
      }
      await clock.sleep(restMs * (0.5 + random.next() / 2), signal).catch(() => {});
      restMs = Math.min(REJOIN_MS_MAX, restMs * 2);
    }
  }

  #hear(notice: Notice | undefined): void {
    this.#current?.onNotice(notice);
    if (notice?.kind === 'freed') for (const listener of this.#onPlace) listener();
    const led = notice?.kind === 'done' && this.#current?.led.has(notice.jobId) === true;
    if (led) this.#follower.lookAt(notice.jobId).catch(() => {});
    if (notice?.kind === 'job' && !(notice.over && !this.#follower.follows(notice.jobId))) {
      this.#follower.lookAt(notice.jobId).catch(() => {
        // Found at the next look.
      });
      const { leads, ownOnly } = this.#options;
      // It may be running again, with nobody who leads it.
      if (leads && !ownOnly && !notice.over) {
        this.#current?.engine.run(notice.jobId).catch(() => {});
      }
    }
    this.#options.onNotice(notice);
  }

  #post(notice: Notice): void {
    this.#options.signals.post(notice).catch(() => {
      // Found at the next look.
    });
  }

  *#others() {
    for (const { node, status } of this.#follower.nodes) {
      if (node.id !== this.#options.intro.id && status !== undefined) yield status;
    }
  }

  #inner(): Engine {
    const engine = this.#current?.engine;
    if (engine !== undefined) return engine;
    const detail = 'the node has lost its place in the cluster and is joining again';
    throw new SluiceError('store.unavailable', { name: 'of the cluster', detail });
  }
}
