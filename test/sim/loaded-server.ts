import { Heap } from '../../src/base/heap.ts';
import type { Random } from '../../src/base/random.ts';
import type { LaneVerdict } from '../../src/model/lane.ts';

/**
 * A server under load and a lane that always has work for it, event by event. Requests share the
 * server: each moves at `speed(n)` while n are served, so latency follows from the load.
 */
export interface ServerModel {
  /** Work of one request in ms at full speed. */
  readonly work: (random: Random) => number;
  /** Where given, decides on arrival, instead of all that follows: n counts the newcomer. */
  readonly answer?: (n: number, atMs: number, random: Random) => Answer;
  /** Speed of each of n requests, 1 = full. `atMs` lets it change over time. */
  readonly speed: (n: number, atMs: number) => number;
  /** Requests served at once; more wait in line. */
  readonly slots?: number;
  /** Longest line; more are rejected at once. */
  readonly lineMax?: number;
  /** Chance that a request is rejected whatever the load. */
  readonly faults?: number;
  /** After this the client gives up. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly latencyMs: number;
  readonly rejected: boolean;
}

/** Decides how many may be under way. */
export interface Controller {
  readonly limit: number;
  onStart(nowMs: number, inFlight: number): void;
  onEnd(nowMs: number, startedMs: number, verdict: LaneVerdict, inFlight: number): void;
}

export interface LoadRun {
  /** Answers a second that were of use, from `fromMs` on. */
  readonly goodput: number;
  /** Limit at the end of every second. */
  readonly limits: readonly number[];
}

const REJECT_MS = 2;
const STEPS_MAX = 3_000_000;

interface Request {
  readonly startedMs: number;
  /** Place on the server's own time axis at which it is done. */
  doneAt: number;
  gone: boolean;
}

export interface LoadOptions {
  /** Answers before this time are not counted. */
  readonly fromMs?: number;
  /** At most this many requests are under way at once. */
  readonly demand?: (nowMs: number) => number;
}

export function runLoad(
  server: ServerModel,
  controller: Controller,
  random: Random,
  endMs: number,
  { fromMs = 0, demand = () => Infinity }: LoadOptions = {},
): LoadRun {
  const served = new Heap<Request>((a, b) => a.doneAt < b.doneAt);
  const timed: { atMs: number; request: Request; verdict: LaneVerdict }[] = [];
  let timedHead = 0;
  const fast = new Heap<{ atMs: number; request: Request; verdict: LaneVerdict }>(
    (a, b) => a.atMs < b.atMs,
  );
  const line: Request[] = [];
  let lineHead = 0;
  let serving = 0;
  let nowMs = 0;
  let axis = 0;
  let inFlight = 0;
  let good = 0;
  const limits: number[] = [];

  const serve = (request: Request) => {
    serving += 1;
    request.doneAt = axis + server.work(random);
    served.push(request);
  };
  const start = () => {
    inFlight += 1;
    const request: Request = { startedMs: nowMs, doneAt: Infinity, gone: false };
    controller.onStart(nowMs, inFlight);
    if (server.answer) {
      const { latencyMs, rejected } = server.answer(inFlight, nowMs, random);
      fast.push({ atMs: nowMs + latencyMs, request, verdict: rejected ? 'rejected' : 'ok' });
      return;
    }
    const full = serving >= (server.slots ?? Infinity);
    const lineLength = line.length - lineHead;
    if (
      random.next() < (server.faults ?? 0) ||
      (full && lineLength >= (server.lineMax ?? Infinity))
    ) {
      fast.push({ atMs: nowMs + REJECT_MS * (0.5 + random.next()), request, verdict: 'rejected' });
      return;
    }
    if (server.timeoutMs)
      timed.push({ atMs: nowMs + server.timeoutMs, request, verdict: 'timeout' });
    if (full) line.push(request);
    else serve(request);
  };
  const end = (request: Request, verdict: LaneVerdict) => {
    if (verdict === 'ok' && nowMs >= fromMs) good += 1;
    controller.onEnd(nowMs, request.startedMs, verdict, inFlight);
    inFlight -= 1;
  };
  const leaveServer = () => {
    serving -= 1;
    while (lineHead < line.length && serving < (server.slots ?? Infinity)) {
      const next = line[lineHead++] as Request;
      if (!next.gone) serve(next);
    }
  };

  for (let step = 0; step < STEPS_MAX && nowMs < endMs; step += 1) {
    while (inFlight < Math.min(controller.limit, demand(nowMs))) start();
    const speed = serving > 0 ? server.speed(serving, nowMs) : 1;
    const top = served.peek();
    const doneMs = top ? nowMs + (top.doneAt - axis) / speed : Infinity;
    const fastMs = fast.peek()?.atMs ?? Infinity;
    while (timedHead < timed.length && (timed[timedHead] as { request: Request }).request.gone) {
      timedHead += 1;
    }
    const lateMs = timed[timedHead]?.atMs ?? Infinity;
    // The speed may change with time: never look further than a tenth of a second.
    const nextMs = Math.min(doneMs, fastMs, lateMs, nowMs + 100);
    for (let s = Math.floor(nowMs / 1_000); s < Math.floor(nextMs / 1_000); s += 1) {
      limits.push(controller.limit);
    }
    axis += (nextMs - nowMs) * speed;
    nowMs = nextMs;
    if (nextMs === fastMs) {
      const { request, verdict } = fast.pop() as { request: Request; verdict: LaneVerdict };
      end(request, verdict);
    } else if (nextMs === doneMs) {
      served.pop();
      const request = top as Request;
      leaveServer();
      // The server works on for clients that have gone.
      if (!request.gone) {
        request.gone = true;
        end(request, 'ok');
      }
    } else if (nextMs === lateMs) {
      const { request } = timed[timedHead++] as { request: Request };
      request.gone = true;
      end(request, 'timeout');
    }
  }
  return { goodput: (good * 1_000) / (endMs - fromMs), limits };
}

/** A limit that stays. */
export function fixed(limit: number): Controller {
  return { limit, onStart() {}, onEnd() {} };
}

/** Work of exactly, or about, `meanMs`; `sigma` of a log-normal. */
export function work(meanMs: number, sigma = 0): ServerModel['work'] {
  if (sigma === 0) return () => meanMs;
  return (random) => {
    const gauss =
      Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    return meanMs * Math.exp(sigma * gauss - (sigma * sigma) / 2);
  };
}

/** Full speed up to `capacity`; beyond it the whole goodput falls as (capacity / n) ^ power. */
export function knee(
  capacity: number | ((atMs: number) => number),
  power = 2,
): ServerModel['speed'] {
  return (n, atMs) => {
    const c = typeof capacity === 'number' ? capacity : capacity(atMs);
    return n <= c ? 1 : (c / n) ** (power + 1);
  };
}

/**
 * Decides on arrival: beyond the capacity the latency grows with the square of the load, and more
 * and more are refused after a tenth of it.
 */
export function refusing(
  capacity: (atMs: number) => number,
  latencyMs: number,
): NonNullable<ServerModel['answer']> {
  return (n, atMs, random) => {
    const c = capacity(atMs);
    const ms = latencyMs * (0.9 + 0.2 * random.next());
    if (n <= c) return { latencyMs: ms, rejected: false };
    const rejected = random.next() < Math.min(0.9, (n - c) / (2 * c));
    return { latencyMs: ms * (n / c) ** 2 * (rejected ? 0.1 : 1), rejected };
  };
}
