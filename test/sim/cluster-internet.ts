/**
 * Hosts with limits that hold for all who ask, whichever node they ask from, and the books on what
 * was asked: what breaks a promise is written down with its time.
 */
import { SluiceError } from '../../src/base/errors.ts';
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { hostLane, type LaneKey, type LaneLimits } from '../../src/model/lane.ts';
import type { Fetcher, FetchReply, FetchRequest } from '../../src/transport/fetcher.ts';
import type { VirtualClock } from '../fakes/virtual-clock.ts';
import type { SimMachine } from './sim-machine.ts';

/** A monotonic clock is this far off at most, so what is spaced by it is, too. */
export const CLOCK_RATE_ERROR = 0.001;
/** A grant of another node is used this much later than it was given: the way of an answer. */
const LOAN_LATE_MS = 2_500;
/** What is told of a lent lane travels to its owner. */
const LOAN_NEWS_MS = 2_500;

interface SimHost {
  readonly name: string;
  readonly limits: LaneLimits;
  readonly slots: number;
  readonly latencyMs: number;
  /** Requests a second beyond which it answers 429; 0 = never. */
  readonly perSecond: number;
  readonly retryAfterS: number;
  readonly faults: number;
  readonly dead: boolean;
  /** Asked in the midst of attempts, from any node. */
  readonly shared: boolean;
  tokens: number;
  filledMs: number;
  /** When the next start is due if starts come evenly, true ms. */
  dueMs: number;
  rests: ToldRest[];
  readonly active: Set<Busy>;
}

interface ToldRest {
  readonly toldMs: number;
  readonly untilMs: number;
  readonly to: SimMachine;
  readonly troubles: number;
}

/** Something under way that takes a seat. */
interface Busy {
  readonly machine: SimMachine;
  readonly tenant: string;
  readonly jobId: string;
  readonly host: SimHost | undefined;
}

export interface Caps {
  /** 0 = none. */
  tenant(name: string): number;
  job(id: string): number;
}

export class ClusterInternet {
  readonly broken: string[] = [];
  requests = 0;
  throttled = 0;
  served = 0;
  /** Pages served again although somebody had them. */
  repeated = 0;
  /** Most seats in use at once, to see that caps and hosts were filled at all. */
  busyMax = 0;
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #caps: Caps;
  readonly #hosts = new Map<string, SimHost>();
  readonly #busy = new Set<Busy>();
  readonly #pages = new Set<string>();
  readonly #machines = new Set<SimMachine>();

  constructor(world: VirtualClock, random: Random, caps: Caps, hosts: number, shared: number) {
    this.#world = world;
    this.#random = random;
    this.#caps = caps;
    for (let i = 0; i < hosts; i += 1) this.#add(`h${i}.test`, false);
    for (let i = 0; i < shared; i += 1) this.#add(`s${i}.test`, true);
  }

  names(shared: boolean): readonly string[] {
    return [...this.#hosts.values()].filter((host) => host.shared === shared).map((h) => h.name);
  }

  limitsOf(lane: LaneKey): LaneLimits {
    for (const host of this.#hosts.values()) if (hostLane(host.name) === lane) return host.limits;
    return { concurrency: 1, rate: 'none', breaker: false };
  }

  fetcher(machine: SimMachine): Fetcher {
    this.#machines.add(machine);
    return {
      exchange: (request, signal) =>
        machine.alive
          ? machine.hear(this.#exchange(machine, request, signal))
          : new Promise<never>(() => {}),
      async close() {},
    };
  }

  /** Work that keeps its seat without asking anybody. */
  async work(machine: SimMachine, jobId: string, tenant: string, ms: number, signal: AbortSignal) {
    const busy = this.#begin({ machine, jobId, tenant, host: undefined });
    try {
      await machine.clock.sleep(ms, signal);
    } finally {
      this.#busy.delete(busy);
    }
  }

  /** What a dead machine did is over; so is what a frozen one did, once its lease has passed. */
  gone(machine: SimMachine): void {
    for (const busy of this.#busy) {
      if (busy.machine !== machine) continue;
      this.#busy.delete(busy);
      busy.host?.active.delete(busy);
    }
  }

  #add(name: string, shared: boolean): void {
    const random = this.#random;
    const slots = randomInt(random, 1, 4);
    const perSecond = pick(random, [1, 2, 5, 10]);
    const kind = pick(random, ['plain', 'plain', 'paced', 'learned', 'learned']);
    const rate =
      kind === 'plain'
        ? ('none' as const)
        : kind === 'paced'
          ? { perSecond, burst: pick(random, [1, 1, 3, 10]) }
          : ('learned' as const);
    this.#hosts.set(name, {
      name,
      slots,
      limits: { concurrency: slots, rate, breaker: false },
      latencyMs: 5 + (shared ? 1_200 : 300) * random.next() ** 3,
      perSecond: kind === 'learned' ? perSecond : 0,
      retryAfterS: random.next() < 0.02 ? 32 : pick(random, [1, 1, 2, 5, 10]),
      faults: random.next() < 0.3 ? 0.1 : 0,
      dead: !shared && random.next() < 0.05,
      shared,
      tokens: 1,
      filledMs: 0,
      dueMs: -Infinity,
      rests: [],
      active: new Set(),
    });
  }

  #begin(busy: Busy): Busy {
    const { name, leaseEndMs, alive } = busy.machine;
    // What it was about to do when it died.
    if (!alive) return busy;
    if (this.#world.monoMs() > leaseEndMs) {
      // Nobody can stop a collector's own code in the instant in which its node goes on again.
      if (busy.host) this.#note(`${name} asks ${busy.host.name} without its lease`);
      return busy;
    }
    this.#busy.add(busy);
    busy.host?.active.add(busy);
    this.busyMax = Math.max(this.busyMax, this.#busy.size);
    const { tenant, jobId } = busy;
    const ofTenant = [...this.#busy].filter((other) => other.tenant === tenant).length;
    const ofJob = [...this.#busy].filter((other) => other.jobId === jobId).length;
    const tenantMost = this.#caps.tenant(tenant) || Infinity;
    const jobMost = this.#caps.job(jobId) || Infinity;
    const who = () => [...this.#busy].map((each) => `${each.machine.name} ${each.jobId}`).join();
    if (ofTenant > tenantMost) this.#note(`${tenant} has ${ofTenant} of ${tenantMost}: ${who()}`);
    if (ofJob > jobMost) this.#note(`${jobId} has ${ofJob} of ${jobMost}: ${who()}`);
    return busy;
  }

  async #exchange(machine: SimMachine, request: FetchRequest, signal: AbortSignal) {
    const host = this.#hosts.get(request.url.hostname);
    if (!host) throw new SluiceError('fetch.dns_not_found', { host: request.url.hostname });
    const [, tenant, jobId] = request.url.pathname.split('/') as [string, string, string];
    const busy = this.#begin({ machine, jobId, tenant, host });
    this.requests += 1;
    if (host.active.size > host.slots) {
      const who = [...host.active].map((each) => each.machine.name).join(' ');
      this.#note(`${host.name} has ${host.active.size} of ${host.slots} requests: ${who}`);
    }
    this.#meter(host, machine);
    this.#mindRests(host, machine);
    try {
      return await this.#answer(host, machine, request, signal);
    } finally {
      this.#busy.delete(busy);
      host.active.delete(busy);
    }
  }

  /** In any window no more than the burst and what the rate gives in it. */
  #meter(host: SimHost, machine: SimMachine): void {
    const { rate } = host.limits;
    if (typeof rate !== 'object') return;
    const nowMs = this.#world.monoMs();
    const everyMs = (1_000 / rate.perSecond) * (1 - 2 * CLOCK_RATE_ERROR);
    const lateMs = host.shared ? LOAN_LATE_MS : 0;
    host.dueMs = Math.max(host.dueMs, nowMs) + everyMs;
    const aheadMs = host.dueMs - nowMs - rate.burst * everyMs - lateMs;
    if (aheadMs > 1) {
      this.#note(`${host.name} is asked ${aheadMs.toFixed(1)} ms too early by ${machine.name}`);
      host.dueMs = nowMs;
    }
  }

  #mindRests(host: SimHost, machine: SimMachine): void {
    const nowMs = this.#world.monoMs();
    host.rests = host.rests.filter(({ to, troubles, untilMs }) => {
      // Of a shared host the owner of its lane keeps it, whoever was told.
      const troubled = host.shared ? this.#troubles() !== troubles : to.troubles !== troubles;
      return untilMs > nowMs && to.alive && !to.cut && !troubled;
    });
    const graceMs = host.shared ? LOAN_NEWS_MS : 0;
    const early = host.rests.find(({ toldMs }) => nowMs > toldMs + graceMs);
    if (!early) return;
    const leftMs = (early.untilMs - nowMs).toFixed(0);
    this.#note(
      `${host.name} is asked by ${machine.name} ${leftMs} ms before the end of a rest ` +
        `that ${early.to.name} was told of ${(nowMs - early.toldMs).toFixed(0)} ms ago`,
    );
    host.rests = [];
  }

  async #answer(
    host: SimHost,
    machine: SimMachine,
    request: FetchRequest,
    signal: AbortSignal,
  ): Promise<FetchReply> {
    const startedMs = this.#world.monoMs();
    if (host.dead) {
      await this.#world.sleep(request.timeoutMs, signal);
      throw new SluiceError('fetch.timeout_connect', { host: host.name, limit: 'its limit' });
    }
    const granted = this.#grant(host);
    await this.#world.sleep(host.latencyMs * (0.5 + this.#random.next()), signal);
    const nowMs = this.#world.monoMs();
    if (!granted) {
      this.throttled += 1;
      const seconds = host.retryAfterS;
      machine.run(() => {
        const toldMs = this.#world.monoMs();
        const untilMs = toldMs + seconds * 1_000 * (1 - 2 * CLOCK_RATE_ERROR);
        const troubles = host.shared ? this.#troubles() : machine.troubles;
        host.rests.push({ toldMs, untilMs, to: machine, troubles });
      });
      return reply(request, 429, { 'retry-after': String(seconds) }, nowMs - startedMs);
    }
    if (this.#random.next() < host.faults) {
      if (this.#random.next() < 0.3) return reply(request, 503, {}, 1);
      throw new SluiceError('fetch.reset', { host: host.name, when: 'before it answered' });
    }
    this.served += 1;
    // A page that asks two hosts may have to ask the first one again.
    if (!request.url.search && this.#pages.has(request.url.href)) this.repeated += 1;
    this.#pages.add(request.url.href);
    return reply(request, 200, {}, nowMs - startedMs);
  }

  /** Of all machines so far. */
  #troubles(): number {
    let sum = 0;
    for (const { troubles, cut } of this.#machines) sum += troubles + (cut ? 0.5 : 0);
    return sum;
  }

  #grant(host: SimHost): boolean {
    if (host.perSecond === 0) return true;
    const nowMs = this.#world.monoMs();
    const gained = ((nowMs - host.filledMs) / 1_000) * host.perSecond;
    host.tokens = Math.min(host.perSecond, host.tokens + gained);
    host.filledMs = nowMs;
    if (host.tokens < 1) return false;
    host.tokens -= 1;
    return true;
  }

  #note(what: string): void {
    this.broken.push(`at ${this.#world.monoMs().toFixed(1)} ms: ${what}`);
  }
}

function reply(
  request: FetchRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  totalMs: number,
): FetchReply {
  const body = Buffer.from(request.url.href);
  const { href: url } = request.url;
  const sizes = { sentMs: 0, headersMs: totalMs, totalMs, wireBytes: body.length };
  return { url, status, headers, body, ...sizes };
}
