/**
 * Metrics for Prometheus. What happens is counted as it happens; what merely is (jobs, lanes,
 * slots) is read when somebody asks. Labels are bounded: collectors, outcomes, kinds of lanes,
 * routes of the table; never a job, a host or a tenant.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LaneStatus } from '../admission/admission.ts';
import type { ShownAccount } from '../engine/accounts.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { AccountSeen, AttemptSeen, EngineObserver, RequestSeen } from '../engine/observer.ts';
import { laneKind } from '../model/lane.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const LANES_READ_MAX = 10_000;
/** Beyond so many collectors the rest share a label. */
const COLLECTORS_MAX = 50;

/** One of several nodes, whose lanes others may speak for. */
interface NodeLanes {
  lanesHere(limit: number): readonly LaneStatus[];
}

interface AttemptMeter {
  readonly seconds: Histogram.Internal<string>;
  readonly outcomes: Map<string, Counter.Internal>;
}

export class Metrics implements EngineObserver {
  readonly #registry = new Registry();
  /** By route, then by method and status: to look labels up costs more than to count. */
  readonly #answered = new Map<string, Map<string, Histogram.Internal<string>>>();
  readonly #byCollector = new Map<string, AttemptMeter>();
  readonly #attempts: Counter;
  readonly #attemptSeconds: Histogram;
  readonly #requests: Counter;
  readonly #requestSeconds: Histogram;
  readonly #laneWaitSeconds: Histogram;
  readonly #commits: Counter;
  readonly #commitWaitSeconds: Histogram;
  readonly #commitSeconds: Histogram;
  readonly #httpSeconds: Histogram;
  readonly #claimed: Counter;
  readonly #claimSeconds: Histogram;
  readonly #loans: Counter;
  readonly #accountEvents: Counter;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'sluice_' });
    const counter = (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name: `sluice_${name}`, help, labelNames, registers });
    const seconds = (name: string, help: string, labelNames: string[] = []) =>
      new Histogram({ name: `sluice_${name}`, help, labelNames, registers, buckets: SECONDS });
    this.#attempts = counter('attempts_total', 'Attempts that ended.', ['collector', 'outcome']);
    this.#attemptSeconds = seconds(
      'attempt_seconds',
      'Active time of attempts, without waiting for limits.',
      ['collector'],
    );
    this.#requests = counter('requests_total', 'Requests sent to other sides.', ['status']);
    this.#requestSeconds = seconds('request_seconds', 'From sending to the last byte.');
    this.#laneWaitSeconds = seconds('request_wait_seconds', 'Requests waiting for a limit.');
    this.#commits = counter('commits_total', 'Outcomes and pages that became durable.');
    this.#commitWaitSeconds = seconds('commit_wait_seconds', 'Waiting of a batch to be written.');
    this.#commitSeconds = seconds('commit_seconds', 'Writing one batch.');
    this.#httpSeconds = seconds('http_request_seconds', 'Requests to this API.', [
      'method',
      'route',
      'status',
    ]);
    this.#claimed = counter('claimed_shards_total', 'Portions of jobs that this node has taken.');
    this.#claimSeconds = seconds('claim_seconds', 'Asking the database for work.');
    this.#accountEvents = counter(
      'account_events_total',
      'Accounts told to rest, set aside, or taken from who was silent for long.',
      ['service', 'what'],
    );
    this.#loans = counter('loans_total', 'Starts of lanes asked of other nodes, or granted them.', [
      'what',
    ]);
  }

  /** Reads something at every scrape. */
  gauge(
    name: string,
    help: string,
    labelNames: string[],
    read: (gauge: Gauge) => void | Promise<void>,
  ): void {
    new Gauge({
      name: `sluice_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        return read(this);
      },
    });
  }

  /** Reads a sum that only grows, at every scrape. */
  total(name: string, help: string, labelNames: string[], read: (total: Counter) => void): void {
    new Counter({
      name: `sluice_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  }

  /** Reads what is, at every scrape; `node`: of several, whose lanes are meant. */
  watch(engine: Pick<EngineApi, 'jobsRunning' | 'journalDepth' | 'lanes'>, node?: NodeLanes): void {
    const lanes = () => node?.lanesHere(LANES_READ_MAX) ?? engine.lanes(LANES_READ_MAX);
    this.gauge('jobs_running', 'Jobs that run here.', [], (g) => g.set(engine.jobsRunning));
    this.gauge('journal_depth', 'Outcomes waiting to be written.', [], (g) => {
      g.set(engine.journalDepth);
    });
    this.gauge('lanes', 'Lanes in memory.', ['kind'], (g) => {
      for (const { lane } of lanes()) g.inc({ kind: laneKind(lane) });
    });
    this.gauge('lane_in_use', 'Slots of lanes in use.', ['kind'], (g) => {
      for (const { lane, inUse } of lanes()) g.inc({ kind: laneKind(lane) }, inUse);
    });
    this.gauge('lane_slots', 'Slots of lanes, in use or not.', ['kind'], (g) => {
      for (const { lane, slots } of lanes()) {
        if (Number.isFinite(slots)) g.inc({ kind: laneKind(lane) }, slots);
      }
    });
    this.gauge('lane_waiting', 'Waiting for lanes.', ['kind'], (g) => {
      for (const { lane, waiting } of lanes()) g.inc({ kind: laneKind(lane) }, waiting);
    });
  }

  /** Accounts of all tenants and nodes, read at every scrape. */
  watchAccounts(standing: () => Promise<readonly ShownAccount[]>): void {
    const gauge = (
      name: string,
      help: string,
      labels: string[],
      set: (to: Gauge, account: ShownAccount) => void,
    ) =>
      this.gauge(name, help, labels, async (to) => {
        for (const account of await standing()) set(to, account);
      });
    gauge('accounts', 'Accounts at services.', ['service', 'state'], (to, account) => {
      const { service, state, usedBy } = account;
      to.inc({ service, state: state === 'ready' && usedBy ? 'leased' : state });
    });
    gauge('accounts_stuck', 'Accounts in use and not heard of.', ['service'], (to, account) => {
      to.inc({ service: account.service }, account.usedBy?.stuck ? 1 : 0);
    });
  }

  account(service: string, what: AccountSeen): void {
    this.#accountEvents.inc({ service, what });
  }

  attemptEnded(attempt: AttemptSeen): void {
    const meter = this.#meter(attempt.collector);
    meter.seconds.observe(attempt.activeMs / 1_000);
    let outcome = meter.outcomes.get(attempt.outcome);
    if (outcome === undefined) {
      outcome = this.#attempts.labels(this.#label(attempt.collector), attempt.outcome);
      meter.outcomes.set(attempt.outcome, outcome);
    }
    outcome.inc();
  }

  requestEnded({ status, startedMs, endedMs, waitedMs }: RequestSeen): void {
    this.#requests.inc({ status: status === 0 ? 'none' : `${Math.floor(status / 100)}xx` });
    this.#requestSeconds.observe((endedMs - startedMs) / 1_000);
    this.#laneWaitSeconds.observe(waitedMs / 1_000);
  }

  committed(commits: number, waitMs: number, writeMs: number): void {
    this.#commits.inc(commits);
    this.#commitWaitSeconds.observe(waitMs / 1_000);
    this.#commitSeconds.observe(writeMs / 1_000);
  }

  claimed(shards: number, ms: number): void {
    this.#claimed.inc(shards);
    this.#claimSeconds.observe(ms / 1_000);
  }

  loans(what: 'asked' | 'granted', count: number): void {
    this.#loans.inc({ what }, count);
  }

  /** `route`: as in the table, never the path that was asked for. */
  answered(method: string, route: string, status: number, ms: number): void {
    let byStatus = this.#answered.get(route);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#answered.set(route, byStatus);
    }
    const name = `${method} ${status}`;
    let seconds = byStatus.get(name);
    if (seconds === undefined) {
      seconds = this.#httpSeconds.labels(method, route, String(status));
      byStatus.set(name, seconds);
    }
    seconds.observe(ms / 1_000);
  }

  /** The text that Prometheus reads, and its media type. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #meter(collector: string): AttemptMeter {
    let meter = this.#byCollector.get(collector);
    if (meter === undefined) {
      meter = {
        seconds: this.#attemptSeconds.labels(this.#label(collector)),
        outcomes: new Map(),
      };
      if (this.#byCollector.size < COLLECTORS_MAX * 2) this.#byCollector.set(collector, meter);
    }
    return meter;
  }

  #label(collector: string): string {
    const known = this.#byCollector.size < COLLECTORS_MAX || this.#byCollector.has(collector);
    return known && !collector.includes('/') ? collector : 'other';
  }
}
