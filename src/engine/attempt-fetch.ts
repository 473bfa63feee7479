/**
 * What `ctx.fetch` does: robots.txt, the host's lane, one exchange, what the answer says about the
 * host, redirects, and the same again. A throttled request is sent again by itself once the lane is
 * open, if that is soon; longer rests end the attempt, and the task waits in the store.
 */

import type { Permit } from '../admission/admission.ts';
import { AbortCause } from '../base/abort.ts';
import { decodeBody } from '../base/charset.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { FetchedPage, FetchedStream, FetchInit } from '../collectors/collector.ts';
import { accountLane } from '../model/account.ts';
import { type Failure, FailureError } from '../model/failure.ts';
import { hostLane, type LaneFeedback } from '../model/lane.ts';
import { classify, classifyStatus } from '../retry/classify.ts';
import { feedbackOfFailure, feedbackOfReply } from '../retry/lane-feedback.ts';
import type { BodyStream } from '../transport/body-stream.ts';
import type { Fetcher, FetchReply, FetchRequest } from '../transport/fetcher.ts';
import { nextHop, RedirectTrail } from '../transport/redirects.ts';
import { LeasedAccount } from './held-account.ts';
import type { HostHealth } from './host-health.ts';
import type { Observed } from './observer.ts';
import type { RobotsGate } from './robots-gate.ts';
import { NO_FEEDBACK, type Seat } from './seat.ts';
import type { ThrottledLanes } from './throttled-lanes.ts';

/** A rest no longer than this is waited for inside the attempt. */
const REST_IN_PLACE_MS = 30_000;
const THROTTLED_MAX = 4;
const LEASE_LOOK_MS = 50;

export interface FetchParts {
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly observed: Observed;
  /** Whether the node's lease holds; undefined = there is none to lose. */
  readonly holds: ((nowMs: number) => boolean) | undefined;
  readonly health: HostHealth;
  readonly throttled: ThrottledLanes;
  /** undefined = robots.txt is not asked. */
  readonly robots: RobotsGate | undefined;
  readonly defaults: FetchDefaults;
}

export interface FetchDefaults {
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly bodyBytesMax: number;
  readonly redirectsMax: number;
}

/** Where whoever asks wants to know when its lane has let the request pass. */
export interface ToldInit extends FetchInit {
  readonly onSent?: () => void;
}

/** A page, whose body is there; or what is there with the headers, and its body as it comes. */
export interface Fetched extends FetchedPage {
  readonly stream?: BodyStream;
}

/** The same with a body that comes as it is taken. */
export async function fetchStream(
  parts: FetchParts,
  seat: Seat,
  signal: AbortSignal,
  target: string | URL,
  init: ToldInit,
): Promise<FetchedStream & { readonly body: BodyStream }> {
  const fetched = await fetchPage(parts, seat, signal, target, { ...init, stream: true });
  const { url, status, headers, redirects, stream = NO_BODY } = fetched;
  return { url, status, headers, redirects, body: stream };
}

/** Of an answer that asked for patience. */
const NO_BODY: BodyStream = {
  async *[Symbol.asyncIterator]() {},
  cancel() {},
  onEnd: (listener) => listener(undefined),
};

/** Fetches for one attempt. Throws `FailureError`, `SluiceError` (`fetch.*`) or the abort cause. */
export async function fetchPage(
  parts: FetchParts,
  seat: Seat,
  signal: AbortSignal,
  target: string | URL,
  init: ToldInit = {},
): Promise<Fetched> {
  let request = firstRequest(parts, target, init);
  const trail = new RedirectTrail(request, init.redirectsMax ?? parts.defaults.redirectsMax);
  const account = accountOf(init);
  for (;;) {
    account?.check();
    await passRobots(parts, seat, signal, request, init);
    const reply = await exchangeInLane(parts, seat, signal, request, init);
    const next = nextHop(request, reply);
    if (next || (reply.status >= 400 && !init.anyStatus)) reply.stream?.cancel();
    if (next instanceof SluiceError) throw next;
    if (!next) return toPage(reply, request, trail.urls, init, parts.clock);
    const end = trail.follow(next);
    if (end) throw end;
    request = { ...request, ...next };
  }
}

function firstRequest(parts: FetchParts, target: string | URL, init: ToldInit): FetchRequest {
  const { defaults } = parts;
  const url = typeof target === 'string' ? URL.parse(target) : target;
  if (!(url instanceof URL && /^https?:$/.test(url.protocol))) {
    const detail = url instanceof URL ? `${url.protocol} is not fetched` : 'it is no whole address';
    throw new SluiceError('fetch.url_invalid', { url: String(target), detail });
  }
  return {
    method: init.method ?? 'GET',
    url,
    headers: {
      'user-agent': defaults.userAgent,
      accept: 'text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8',
      'accept-language': 'en;q=0.9,*;q=0.5',
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: init.body }),
    ...mayGo(parts, accountOf(init)),
    timeoutMs: init.timeoutMs ?? defaults.timeoutMs,
    deadlineMs: init.deadlineMs ?? defaults.deadlineMs,
    ...(init.stream && { stream: true }),
    bodyBytesMax: init.bodyBytesMax ?? defaults.bodyBytesMax,
  };
}

async function passRobots(
  parts: FetchParts,
  seat: Seat,
  signal: AbortSignal,
  request: FetchRequest,
  init: ToldInit,
): Promise<void> {
  const reading = request.method === 'GET' || request.method === 'HEAD';
  // What an account may read is between it and its service.
  const { robots = init.account === undefined } = init;
  if (!parts.robots || !reading || !robots) return;
  await parts.robots.pass(
    request.url,
    signal,
    (asked) => exchangeInLane(parts, seat, signal, { ...asked, ...mayGo(parts) }, {}),
    (work) => seat.waitFor(hostLane(request.url.host), work, signal),
  );
}

/**
 * One exchange, after waiting for the lane; sent again where the host asked for a short rest. What
 * is at hand and fresh is no request: it neither waits for the lane nor tells it anything.
 */
export async function exchangeInLane(
  parts: FetchParts,
  seat: Seat,
  signal: AbortSignal,
  request: FetchRequest,
  init: ToldInit,
): Promise<FetchReply> {
  const account = accountOf(init);
  const kept = account ? undefined : await parts.fetcher.kept?.(request);
  if (kept) {
    seat.spare();
    return kept;
  }
  const { clock } = parts;
  const host = request.url.host;
  const ownLane = account && accountLane(account.service, account.id);
  const lane = ownLane ?? init.lane ?? hostLane(host);
  for (let throttled = 1; ; throttled += 1) {
    const askedMs = parts.observed.by === undefined ? 0 : clock.monoMs();
    const permit = await seat.enter(lane, signal);
    while (parts.holds?.(clock.monoMs()) === false) await outOfLease(clock, permit, signal);
    init.onSent?.();
    const startedMs = clock.monoMs();
    let feedback: LaneFeedback = { verdict: 'ignored', latencyMs: 0 };
    let reply: FetchReply | undefined;
    try {
      account?.check();
      account?.renew();
      parts.health.begin(host, startedMs, clock.wallMs() - startedMs);
    } catch (error) {
      permit.refundLeaf(startedMs);
      throw error;
    }
    let failure: Failure | undefined;
    const end = () => {
      const endedMs = clock.monoMs();
      account?.called(clock.wallMs());
      account?.renew();
      seat.exchanged({
        request,
        reply: reply && { status: reply.status, headers: reply.headers },
        wireBytes: reply?.stream?.wireBytes ?? reply?.wireBytes ?? 0,
        failure,
        account,
        startedMs,
        headersMs: reply?.headersMs,
        tookMs: endedMs - startedMs,
        waitedMs: parts.observed.by === undefined ? 0 : startedMs - askedMs,
      });
      // Its answers are about the account: whoever has it says what they mean.
      permit.settleLeaf(account ? NO_FEEDBACK : feedback, endedMs);
      parts.observed.by?.requestEnded({
        ...seat.unit,
        method: request.method,
        host,
        status: reply?.status ?? 0,
        throttled: feedback.verdict === 'throttled',
        startedMs,
        endedMs,
        waitedMs: startedMs - askedMs,
      });
      parts.health.end(host, startedMs, endedMs, feedback.verdict, failure);
      parts.throttled.end(lane, feedback.verdict, endedMs);
    };
    try {
      reply = await parts.fetcher.exchange(request, signal);
      const { status, headers, totalMs } = reply;
      const sentMs = startedMs + reply.sentMs;
      feedback = { ...feedbackOfReply(status, headers, totalMs, clock.wallMs()), sentMs };
    } catch (error) {
      const reason = signal.aborted ? error : whyNot(error, account);
      if (!signal.aborted) {
        failure = classify(reason);
        feedback = feedbackOfFailure(failure, clock.monoMs() - startedMs);
      }
      end();
      throw reason;
    }
    const { stream } = reply;
    if (stream && feedback.verdict !== 'throttled') {
      // Its lane is passed until its last byte.
      stream.onEnd((reason) => {
        if (reason !== undefined && !signal.aborted && !(reason instanceof AbortCause)) {
          failure = classify(reason);
          feedback = feedbackOfFailure(failure, clock.monoMs() - startedMs);
        }
        end();
      });
      return reply;
    }
    stream?.cancel();
    end();
    const restMs = (feedback.restUntilMs ?? 0) - clock.wallMs();
    const again = !account && feedback.verdict === 'throttled' && restMs <= REST_IN_PLACE_MS;
    if (!again || throttled >= THROTTLED_MAX) return reply;
  }
}

/** What was to go out when a lease was over: that of its account, where it is not the node's. */
function whyNot(error: unknown, account: LeasedAccount | undefined): unknown {
  if (!(error instanceof SluiceError && error.code === 'cluster.fenced')) return error;
  try {
    account?.check();
    return error;
  } catch (over) {
    return over;
  }
}

/** Throws where what a collector gave as its account is none that it got here. */
function accountOf({ account }: FetchInit): LeasedAccount | undefined {
  if (account === undefined || account instanceof LeasedAccount) return account;
  const detail = 'ctx.fetch takes an account that ctx.account gave';
  throw new SluiceError('collector.threw', { detail });
}

/** Asked at the very moment of sending, when whatever was waited for is over. */
function mayGo({ holds, clock }: FetchParts, account?: LeasedAccount): Pick<FetchRequest, 'mayGo'> {
  if (account !== undefined) {
    return { mayGo: () => holds?.(clock.monoMs()) !== false && account.held };
  }
  return holds === undefined ? {} : { mayGo: () => holds(clock.monoMs()) };
}

/**
 * Nothing goes out without the node's lease: either it is renewed in a moment, or the attempt is
 * interrupted.
 */
async function outOfLease(clock: Clock, permit: Permit, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(LEASE_LOOK_MS, signal);
  } catch (error) {
    permit.refundLeaf(clock.monoMs());
    throw error;
  }
}

function toPage(
  reply: FetchReply,
  request: FetchRequest,
  redirects: readonly string[],
  init: ToldInit,
  clock: Clock,
): Fetched {
  if (reply.status >= 400 && !init.anyStatus) {
    throw new FailureError(
      classifyStatus(reply.status, reply.headers, clock.wallMs(), request.url),
    );
  }
  const text = () => decodeBody(reply.body, reply.headers['content-type']).text;
  return {
    url: reply.url,
    status: reply.status,
    headers: reply.headers,
    body: reply.body,
    ...(reply.cached && { bodyShared: true }),
    redirects,
    ...(reply.stream && { stream: reply.stream }),
    text,
    json: () => JSON.parse(text()) as unknown,
  };
}
