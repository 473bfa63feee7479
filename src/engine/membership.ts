/**
 * One stay of a node in the cluster, from joining to leaving or to the loss of its lease: an engine
 * whose writes go through the node's fence, and what keeps it in work: the lease, shards, slices of
 * lanes, seats of shared caps, loans, leads of jobs.
 *
 * When the lease is lost everything in memory is void: attempts are interrupted, nothing that they
 * did since can be written, and the node joins anew with another membership.
 */
import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Notice } from '../cluster/signals.ts';
import { isAccountLane } from '../model/account.ts';
import { type Job, openTasks } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { ClaimedShard } from '../store/cluster-store.ts';
import type { Store } from '../store/store.ts';
import { Arrivals } from './arrivals.ts';
import { CapKeeper } from './cap-keeper.ts';
import { Engine } from './engine.ts';
import type { EngineNode } from './engine-node.ts';
import { fairPart } from './fair-part.ts';
import { createGuestDesk } from './guest-desk.ts';
import type { Followed } from './job-follower.ts';
import { type LeaseHolders, leaseHolders } from './lease-holders.ts';
import { Loans } from './loans.ts';
import { soundShards } from './lost-shards.ts';
import type { MembershipOptions } from './membership-options.ts';
import { NodeLease } from './node-lease.ts';
import { statusOf, waitingTenants } from './node-status.ts';
import { NodeVoice } from './node-voice.ts';
import { RowDesk } from './row-desk.ts';
import { ShardClaimer } from './shard-claimer.ts';
import { ShardDesk } from './shard-desk.ts';
import { ShardIntake } from './shard-intake.ts';
import { Sweeper } from './sweeper.ts';
import type { IntakeOptions } from './task-intake.ts';

const LEADS_MAX = 100;
/** Of which few are its own. */
const OWN_LEADS_MAX = 10_000;
/** Open tasks with which a job may be at its end: who commits at once does not see the other. */
const NEAR_END = 20;

export class Membership implements EngineNode {
  readonly engine: Engine;
  readonly lease: NodeLease;
  readonly lanes;
  readonly holders: LeaseHolders;
  readonly rows: RowDesk;
  readonly #options: MembershipOptions;
  readonly #intakes = new Map<string, ShardIntake>();
  readonly #jobsHere = () => [...this.#intakes.keys()];
  readonly #desk: ShardDesk;
  readonly #claimer: ShardClaimer;
  readonly #caps: CapKeeper;
  readonly #loans: Loans;
  readonly #led = new Set<string>();
  readonly #voice: NodeVoice;
  readonly #sweeper: Sweeper;
  /** Jobs and how much of each is active, as last published. */
  #published = '';
  readonly #arrivals = new Arrivals(() => this.#claimer.look());
  #draining = false;
  #over = false;

  static async join(options: MembershipOptions): Promise<Membership> {
    const { cluster, intro, leaseMs } = options;
    let membership: Membership | undefined;
    const lease = await NodeLease.join({
      cluster,
      clock: options.engine.clock,
      intro,
      leaseMs,
      status: () => (membership ? statusOf(membership) : '{}'),
      onDrain: () => options.onDrain(),
      onRenewed: () => membership?.engine.kick(),
      onLost: () => membership?.end(new SluiceError('cluster.fenced')),
    });
    membership = new Membership(options, lease);
    membership.#sweeper.start();
    return membership;
  }

  private constructor(options: MembershipOptions, lease: NodeLease) {
    this.#options = options;
    this.lease = lease;
    const { cluster, signals } = options;
    const { clock, limits } = options.engine;
    const { fence } = lease;
    const onFailed = (error: unknown) => this.end(error);
    this.holders = leaseHolders(cluster, fence);
    this.#voice = new NodeVoice(clock, signals);
    this.#sweeper = new Sweeper({
      clock,
      random: options.engine.random,
      sweep: () => this.#sweepAll(),
      onFailed: (error) => this.#onSweepFailed(error),
    });
    this.#desk = new ShardDesk({
      cluster,
      fence,
      clock,
      time: lease,
      takeOver: (take) => this.#loans.takeOver(take),
      onReleased: (jobId, shards) => this.#voice.shards(jobId, shards),
      onFailed,
    });
    this.lanes = {
      isHere: (lane: LaneKey) => isAccountLane(lane) || this.#desk.slices.isHere(lane),
      carried: (lane: LaneKey) => this.#desk.slices.carried(lane),
      borrow: (...args: Parameters<Loans['borrow']>) => this.#loans.borrow(...args),
    };
    this.#claimer = new ShardClaimer({
      clock,
      seats: limits.nodeSlots,
      lookAhead: limits.lookAhead,
      jobs: () => (options.own ? [...this.#led] : undefined),
      claim: (ask) => this.#desk.claim(ask),
      deliver: (jobId, shards) => this.#deliver(jobId, shards),
      idleSeats: () => this.#arrivals.idle(this.engine.admission.idleSeats),
      slicesHere: () => this.#desk.slices.used,
      fairPart: () => fairPart(this.#intakes, this.engine.runs, limits.nodeSlots),
      jobsHere: this.#jobsHere,
      isFull: (jobId) => this.engine.admission.isFull(jobId),
      tenants: () => waitingTenants(this.engine),
      onIdle: (idle) => signals.idle(idle),
      onFailed,
    });
    const deliver = (...of: [string, readonly ClaimedShard[]]) => this.#deliver(...of);
    this.rows = new RowDesk({
      claimer: this.#claimer,
      desk: this.#desk,
      voice: this.#voice,
      deliver,
      mayLead: () => options.leads && !this.#draining && this.engine.runs.turns.free,
      onLed: (jobId) => this.#led.add(jobId),
      onFailed,
    });
    this.engine = new Engine({
      ...options.engine,
      // What it says of times is read by nodes whose clocks differ.
      clock: lease.clock,
      store: this.#desk.watched(cluster.storeOf(fence)),
      node: this,
      onFatal: onFailed,
    });
    this.#caps = new CapKeeper({
      clock,
      uses: () => this.engine.runs.shares.capUse(),
      ask: (asks) => cluster.shareCaps(fence, asks),
      onChange: (caps) => {
        this.engine.runs.shares.capsChanged(caps);
        this.engine.kick();
      },
      onFailed,
    });
    this.#loans = new Loans({
      cluster,
      fence,
      clock,
      time: lease,
      isHere: this.lanes.isHere,
      takeSlices: (wanted) => this.#desk.takeSlices(wanted),
      ...createGuestDesk(this.engine, clock, limits.nodeSlots),
      tell: (to) => this.#voice.post({ kind: 'loans', to }),
      onFailed,
    });
  }

  get options(): MembershipOptions {
    return this.#options;
  }

  get held(): number {
    return this.#claimer.held;
  }

  /** So many of each are here. */
  get holdings() {
    return { ...this.#desk.holdings, tasks: this.held, leads: this.#led.size };
  }

  get led(): ReadonlySet<string> {
    return this.#led;
  }

  holds(nowMs: number): boolean {
    return this.lease.holds(nowMs);
  }

  async lead(jobId: string): Promise<boolean> {
    if (this.#led.has(jobId)) return true;
    const { leads, cluster } = this.#options;
    if (!leads || !(await cluster.lead(this.lease.fence, jobId))) return false;
    this.#led.add(jobId);
    return true;
  }

  addRows(...[jobId, firstSeq, rows, nowMs]: Parameters<Store['addRows']>) {
    return this.rows.add({ jobId, firstSeq, rows, nowMs });
  }

  intake(options: IntakeOptions): ShardIntake {
    const { jobId } = options;
    const { cluster } = this.#options;
    const { fence } = this.lease;
    const intake = new ShardIntake({
      ...options,
      takeDue: (nowMs, limit) => cluster.takeDue(fence, jobId, nowMs, limit),
      nextDue: () => cluster.nextDueMs(fence, jobId),
      onTasks: (tasks) => this.#arrivals.come(tasks.length, options.onTasks(tasks)),
      onRows: (count) => this.rows.added(jobId, count),
      onHeld: (change) => {
        this.#claimer.onHeld(change);
        this.#caps.look();
      },
      onShardDone: (no) => {
        this.#desk.finish({ jobId, no });
        if ([...intake.shards].length === 0) this.#lastDone(jobId);
      },
    });
    this.#intakes.set(jobId, intake);
    return intake;
  }

  async left(jobId: string): Promise<void> {
    const intake = this.#intakes.get(jobId);
    this.#intakes.delete(jobId);
    const led = this.#led.delete(jobId);
    if (intake === undefined && !led) return;
    const shards = [...(intake?.shards ?? [])].map((no) => ({ jobId, no, keep: [] }));
    intake?.drop();
    try {
      await this.#desk.release(shards);
      if (led) await this.#options.cluster.unlead(this.lease.fence, jobId);
    } catch (error) {
      this.end(error);
    }
  }

  seats(cap: LaneKey): number {
    return this.#caps.seats(cap);
  }

  elsewhere(jobId: string): number {
    return this.#options.elsewhere(jobId);
  }

  onIdle(): void {
    this.#claimer.look();
  }

  onHint(): void {
    this.#claimer.hint();
  }

  /** Anything may have happened that nobody told. */
  onNotice(notice: Notice | undefined): void {
    const { fence } = this.lease;
    if (notice === undefined) this.#loans.look();
    if (notice?.kind === 'loans' && notice.to?.includes(fence) !== false) this.#loans.look();
    const job = notice?.kind === 'job' && !notice.over ? notice.jobId : undefined;
    if (job !== undefined) this.#claimer.hint();
    if (notice === undefined || notice.kind === 'freed') this.#claimer.freed();
    if (notice?.kind === 'freed') this.#sweeper.now();
    if (notice === undefined || notice.kind === 'nodes') void this.lease.renewNow();
    if (job !== undefined) this.#intakes.get(job)?.dueAt(0);
  }

  /** A job's state as the store has it now. */
  async follow(job: Job): Promise<Followed> {
    const run = this.engine.runs.get(job.id);
    if (run === undefined) return 'absent';
    if (job.state !== 'running') return (await this.engine.runs.halt(job)) ? 'told' : 'leaving';
    run.refresh(job);
    return 'told';
  }

  /** Takes nothing new and gives back what has not begun; what is under way ends. */
  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    await this.#claimer.stop();
    try {
      for (const [jobId, intake] of this.#intakes) await this.#giveUnbegun(jobId, intake);
    } catch (error) {
      this.end(error);
    }
    await this.engine.drain();
  }

  async #giveUnbegun(jobId: string, intake: ShardIntake): Promise<void> {
    const run = this.engine.runs.get(jobId);
    if (run === undefined) return;
    this.engine.admission.withdrawTasks(jobId);
    const keep = new Set([...run.attempts].map(({ task }) => task.seq));
    await this.#desk.release(intake.letGo(jobId, keep));
  }

  /** After `drain` or `abort` of the engine: gives back everything. */
  async leave(): Promise<void> {
    this.#sweeper.stop();
    this.lease.stop();
    if (this.#over) return;
    this.#over = true;
    await this.#stopParts();
    try {
      for (const [jobId, intake] of this.#intakes)
        await this.#desk.release(intake.letGo(jobId, new Set()));
      // With what its lanes still forbid, and what was learned of them.
      await this.#desk.giveSlices(this.engine.admission, this.engine.laneBook, 0);
      await this.#options.cluster.leave(this.lease.fence);
      this.#voice.post({ kind: 'freed' });
    } catch (error) {
      this.#options.engine.log.warn(`The node could not say good-bye: ${messageOf(error)}`);
    }
  }

  /** Nothing of this stay counts any more. */
  end(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.lease.stop();
    this.#sweeper.stop();
    for (const run of this.engine.runs.all()) run.interrupt(new AbortCause('lease-lost'));
    const over = () => this.#options.onOver(error);
    Promise.all([this.engine.abort(), this.#stopParts()]).then(over, over);
  }

  async #stopParts(): Promise<void> {
    this.#voice.stop();
    await Promise.all([this.#claimer.stop(), this.#caps.stop(), this.#loans.stop()]);
  }

  async #deliver(jobId: string, shards: readonly ClaimedShard[]): Promise<boolean> {
    const run = this.#draining ? undefined : await this.engine.join(jobId);
    const intake = this.#intakes.get(jobId);
    const { cluster, engine, signals } = this.#options;
    const store = cluster.storeOf(this.lease.fence);
    const parts = { store, signals, clock: engine.clock, log: engine.log };
    const given = run && intake ? await soundShards(shards, parts) : shards;
    const refused = given.filter((shard) => !(run && intake?.give(shard)));
    await this.#desk.release(refused.map(({ no }) => ({ jobId, no, keep: [] })));
    this.#caps.look();
    // A job that has ended meanwhile is nothing that this node cannot do.
    return run !== undefined || (await cluster.store.job(jobId))?.state !== 'running';
  }

  begin({ jobId, seq }: Task): Promise<void> | undefined {
    return this.#desk.begin(jobId, () => this.#intakes.get(jobId)?.tasks.get(seq));
  }

  /** Nothing of a job is here any more: if this was the last of it, its lead wants to know. */
  #lastDone(jobId: string): void {
    const counters = this.engine.runs.get(jobId)?.counters;
    const near = counters === undefined || openTasks(counters) <= NEAR_END;
    if (near && !this.#led.has(jobId)) this.#voice.done(jobId);
  }

  async #sweepAll(): Promise<number | undefined> {
    const { cluster } = this.#options;
    const { ended, nextMs } = await cluster.sweep();
    if (ended.length > 0) {
      this.#claimer.freed();
      this.#loans.look();
      this.#voice.post({ kind: 'freed' });
      await this.engine.runs.finishCancels();
    }
    await this.#publish();
    await this.#desk.giveSlices(this.engine.admission, this.engine.laneBook);
    if (this.holdings.slices > 0) this.#loans.look();
    await this.#leadMore();
    return nextMs;
  }

  async #leadMore(): Promise<void> {
    const { cluster, leads, own } = this.#options;
    if (this.#draining || !leads) return;
    const asked = own && new Set(own());
    if (asked && this.#led.size >= asked.size) return;
    const left = await cluster.leaderless(asked ? OWN_LEADS_MAX : LEADS_MAX);
    for (const id of left) if (!asked || asked.has(id)) await this.engine.run(id);
  }

  /** What people see on other nodes: more often than the lease asks for, where it has changed. */
  async #publish(): Promise<void> {
    const ids = this.#jobsHere();
    const now = ids.map((id) => `${id} ${this.engine.running(id)}`).join();
    if (now === this.#published) return;
    this.#published = now;
    await this.lease.renewNow();
  }

  /** What cannot be reached is tried again until the lease has passed. */
  #onSweepFailed(error: unknown): void {
    if (error instanceof SluiceError && error.code === 'cluster.fenced') this.end(error);
  }
}
