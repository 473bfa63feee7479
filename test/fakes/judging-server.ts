/**
 * An HTTP server on the loopback that judges who asks it: how many requests of a lane were under way
 * at once, how fast they came, what was asked how often and by whom. A lane is the name in the Host
 * header; who asks says so in the header `x-who`.
 *
 * A request counts from the moment its head has arrived until it is answered or its connection is
 * gone. Times are of one monotonic clock, that of this process.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JudgingOptions {
  /** How long a request takes, ms; a number, or by request. Default 0. */
  readonly takesMs?: number | ((asked: Asked) => number);
  /** Body of an answer. Default `ok`. */
  readonly body?: (asked: Asked) => string;
}

export interface Asked {
  readonly lane: string;
  readonly path: string;
  /** How often this path of this lane was asked before. */
  readonly before: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface LaneJudgement {
  readonly requests: number;
  readonly mostAtOnce: number;
  /**
   * Starts beyond burst + rate × window, in the worst of all windows; 0 or less = none. A window
   * counts as longer by the tolerance.
   */
  readonly overRate: number;
  /** The tolerance with which the rate would just have been kept, ms. */
  readonly toleranceNeededMs: number;
}

export interface UnderWay {
  readonly who: string;
  readonly path: string;
  readonly startMs: number;
}

class LaneLog {
  readonly startsMs: number[] = [];
  /** Of each start. */
  readonly who: string[] = [];
  readonly asked = new Map<string, number>();
  readonly open = new Set<UnderWay>();
  mostAtOnce = 0;
  /** Those that were under way when there were the most. */
  most: readonly UnderWay[] = [];
  busyMs = 0;
  ended = 0;
}

export class JudgingServer {
  port = 0;
  readonly #lanes = new Map<string, LaneLog>();
  readonly #takesMs: (asked: Asked) => number;
  readonly #body: (asked: Asked) => string;
  readonly #server = createServer({ keepAliveTimeout: 60_000 }, (request, response) =>
    this.#take(request, response),
  );

  private constructor({ takesMs = 0, body = () => 'ok' }: JudgingOptions) {
    this.#takesMs = typeof takesMs === 'number' ? () => takesMs : takesMs;
    this.#body = body;
  }

  static async start(options: JudgingOptions = {}): Promise<JudgingServer> {
    const server = new JudgingServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get lanes(): readonly string[] {
    return [...this.#lanes.keys()].sort();
  }

  get requests(): number {
    let sum = 0;
    for (const { startsMs } of this.#lanes.values()) sum += startsMs.length;
    return sum;
  }

  /** Requests for what had been asked before. */
  get repeats(): number {
    let sum = 0;
    for (const { startsMs, asked } of this.#lanes.values()) sum += startsMs.length - asked.size;
    return sum;
  }

  /** Mean time a request was under way here, ms. */
  meanMs(lane: string): number {
    const { busyMs, ended } = this.#log(lane);
    return busyMs / ended;
  }

  /** Times at which requests came, ms of this process's monotonic clock, in order. */
  startsMs(lane: string): readonly number[] {
    return this.#log(lane).startsMs;
  }

  /** Who asked the lane last, undefined where nobody has since `sinceMs`. */
  lastWho(lane: string, sinceMs: number): string | undefined {
    const { startsMs, who } = this.#log(lane);
    return (startsMs.at(-1) ?? Number.NEGATIVE_INFINITY) >= sinceMs ? who.at(-1) : undefined;
  }

  /**
   * When somebody else asked the lane for the first time after `sinceMs`, or anybody after
   * `anyMs`.
   */
  firstOfOther(
    lane: string,
    not: string,
    sinceMs: number,
    anyMs = Number.POSITIVE_INFINITY,
  ): number | undefined {
    const { startsMs, who } = this.#log(lane);
    let found: number | undefined;
    for (let i = startsMs.length - 1; i >= 0; i -= 1) {
      const startMs = startsMs[i] as number;
      if (startMs <= sinceMs) break;
      if (who[i] !== not || startMs > anyMs) found = startMs;
    }
    return found;
  }

  /** What was under way at the moment with the most at once. */
  most(lane: string): readonly UnderWay[] {
    return this.#log(lane).most;
  }

  /** How often each path of the lane was asked. */
  asked(lane: string): ReadonlyMap<string, number> {
    return this.#log(lane).asked;
  }

  /**
   * `toleranceMs`: requests that were started on time may arrive closer together by so much, since
   * the way here does not always take equally long.
   */
  judge(lane: string, rate?: Rate, toleranceMs = 0): LaneJudgement {
    const { startsMs, mostAtOnce } = this.#log(lane);
    const over = rate === undefined ? 0 : overRate(startsMs, rate);
    const perMs = (rate?.perSecond ?? 0) / 1_000;
    return {
      requests: startsMs.length,
      mostAtOnce,
      overRate: Math.max(0, over - perMs * toleranceMs),
      toleranceNeededMs: rate === undefined ? 0 : Math.max(0, over / perMs),
    };
  }

  /** Starts anew, as if nothing had been asked. */
  forget(): void {
    for (const log of this.#lanes.values()) {
      log.startsMs.length = 0;
      log.who.length = 0;
      log.asked.clear();
      log.mostAtOnce = log.open.size;
      log.most = [];
      log.busyMs = 0;
      log.ended = 0;
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #log(lane: string): LaneLog {
    let log = this.#lanes.get(lane);
    if (log === undefined) this.#lanes.set(lane, (log = new LaneLog()));
    return log;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const startMs = performance.now();
    const lane = (request.headers.host ?? '').replace(/:\d+$/, '');
    const path = request.url ?? '/';
    const log = this.#log(lane);
    const before = log.asked.get(path) ?? 0;
    log.asked.set(path, before + 1);
    log.startsMs.push(startMs);
    const who = String(request.headers['x-who'] ?? '');
    log.who.push(who);
    const underWay = { who, path, startMs };
    log.open.add(underWay);
    if (log.open.size > log.mostAtOnce) {
      log.mostAtOnce = log.open.size;
      log.most = [...log.open];
    }
    const asked = { lane, path, before };
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      log.open.delete(underWay);
      log.ended += 1;
      log.busyMs += performance.now() - startMs;
    };
    const timer = setTimeout(() => {
      // Before the answer: who has it may ask again at once.
      end();
      response.end(this.#body(asked));
    }, this.#takesMs(asked));
    response.once('close', () => {
      clearTimeout(timer);
      end();
    });
    request.resume();
  }
}

/**
 * How many starts too many there were in the worst window: the largest of
 * (starts from i to j) - burst - rate × (time from i to j).
 */
export function overRate(startsMs: readonly number[], { perSecond, burst }: Rate): number {
  let worst = Number.NEGATIVE_INFINITY;
  let best = Number.NEGATIVE_INFINITY;
  for (const [i, atMs] of startsMs.entries()) {
    const due = (atMs * perSecond) / 1_000;
    best = Math.max(best, due - i);
    worst = Math.max(worst, i + 1 - due + best);
  }
  return worst - burst;
}
