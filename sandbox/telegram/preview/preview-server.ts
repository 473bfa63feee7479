/** Answers for the pages and files of the preview. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RetryGate } from '../../servers/retry-gate.ts';
import { afterDelay, answer } from '../../servers/stand-in.ts';
import { randomOf } from '../../sites/seed.ts';
import type { Channel } from '../world/channel.ts';
import type { WorldFile } from '../world/message.ts';
import type { World } from '../world/world.ts';
import { type Fault, Faults, reset, sendCut } from './faults.ts';
import { FileLinks } from './file-links.ts';
import { type PageQuery, pageOf } from './paging.ts';
import { PreviewCounters } from './preview-stats.ts';
import { renderHistory, renderLanding, renderSingle } from './render-page.ts';

export interface PreviewOptions {
  /** Pages a second for everyone together; 0 = no limit. */
  readonly ratePerSecond: number;
  readonly burst: number;
  /** What Retry-After asks for, ms; 0 = until there is a token, in whole seconds. */
  readonly retryAfterMs: number;
  /** How long the address of a file holds, ms. */
  readonly linkHoldsMs: number;
  /** All latencies are multiplied by it; 0 = none. */
  readonly latencyScale: number;
  /** Share of the requests that go wrong, 0 to 1. */
  readonly faultShare: number;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
}

const HTML = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
const LATENCY_MS_MAX = 10_000;
/** Files come from a network made for them: none takes as long as the slowest page. */
const FILE_LATENCY_MS_MAX = 1_500;
/** A request this soon after a 429 may have been on its way, ms. */
const IN_FLIGHT_MS = 100;

export class PreviewServer {
  readonly #world: World;
  readonly #options: PreviewOptions;
  readonly #links: FileLinks;
  readonly #faults: Faults;
  readonly #counters = new PreviewCounters();
  #gate: RetryGate | undefined;
  #restUntilMs = 0;

  constructor(world: World, options: PreviewOptions) {
    this.#world = world;
    this.#options = options;
    this.#links = new FileLinks({ seed: world.seed, holdsMs: options.linkHoldsMs, nowMs });
    this.#faults = new Faults(world.seed, options.faultShare);
    this.limit(options.ratePerSecond, options.burst);
  }

  /** Another limit from now on; 0 = none. */
  limit(ratePerSecond: number, burst: number): void {
    const { retryAfterMs } = this.#options;
    const rate = { ratePerSecond, burst, retryAfterMs, inFlightMs: IN_FLIGHT_MS, nowMs };
    this.#gate = ratePerSecond > 0 ? new RetryGate(rate) : undefined;
  }

  /** Answers every page with 429 for so long. */
  rest(ms: number): void {
    this.#restUntilMs = nowMs() + ms;
  }

  expireLinks(): void {
    this.#links.expireAll();
  }

  fail(username: string, fault: Fault, times: number): void {
    this.#faults.order(username, fault, times);
  }

  clear(): void {
    this.#counters.clear();
    this.#faults.clear();
    this.#restUntilMs = 0;
  }

  stats() {
    if (this.#gate) this.#counters.gate(this.#gate.stats());
    return this.#counters.read();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const call = {
      request,
      response,
      path,
      query: new URLSearchParams(at < 0 ? '' : url.slice(at)),
    };
    response.once('finish', () => this.#counters.answered(response.statusCode));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'method not allowed\n', { allow: 'GET, HEAD' });
    } else if (path === '/robots.txt') {
      answer(response, 404, 'not found\n');
    } else if (path.startsWith('/file/')) {
      this.#file(call);
    } else {
      this.#page(call);
    }
  }

  #page(call: Call): void {
    const { path, response } = call;
    const name = /^\/(?:s\/)?([A-Za-z0-9_+-]+)/.exec(path)?.[1] ?? '';
    const channel = this.#world.byName(name);
    const counter = channel ? this.#counters.channel(channel.username) : undefined;
    response.once('close', this.#counters.pageStarted(counter));
    const waitSeconds = this.#mustWait();
    if (waitSeconds > 0) {
      if (counter) counter.throttled += 1;
      tooMany(response, waitSeconds);
      return;
    }
    const key = call.request.url ?? '/';
    const fault = channel ? this.#faults.next(key, channel.username) : undefined;
    if (fault && counter) counter.faults += 1;
    const latencyMs = this.#latencyMs(channel, key);
    if (counter) counter.latencyMs += latencyMs;
    afterDelay(response, latencyMs, () => {
      const body = this.#bodyOf(call, name, channel);
      if (body === undefined) return;
      if (fault) {
        this.#goWrong(response, fault, body);
        return;
      }
      if (counter) counter.pages += 1;
      answer(response, 200, body, HTML);
    });
  }

  /** The HTML to send, or undefined when another answer was given. */
  #bodyOf(call: Call, name: string, channel: Channel | undefined): string | undefined {
    const { path, query, request, response } = call;
    const link = (file: WorldFile) => `${originOf(request)}${this.#links.path(file)}`;
    const history = /^\/s\/[^/]+(?:\/(\d+))?\/?$/.exec(path);
    if (history && channel?.access === 'public') {
      const words = query.get('q') ?? undefined;
      const asked: PageQuery = {
        before: numberOf(query.get('before')),
        after: numberOf(query.get('after')),
        around: numberOf(history[1] ?? null),
        words,
      };
      return renderHistory({ channel, link }, pageOf(channel, asked), words);
    }
    if (path.startsWith('/s/')) {
      this.#counters.notPreviewable(name);
      const location = `${originOf(request)}/${name}`;
      answer(response, 302, '', { ...HTML, location });
      return undefined;
    }
    const single = /^\/[^/]+\/(\d+)\/?$/.exec(path);
    if (single && channel?.access === 'public' && query.get('embed') === '1') {
      const id = Number(single[1]);
      const post = channel.posts.find((each) => each.some((message) => message.id === id));
      if (post) return renderSingle({ channel, link }, post);
      return '<!DOCTYPE html><html><body><div class="tgme_widget_message_error">Post not found</div></body></html>\n';
    }
    return renderLanding(name, channel ?? this.#invited(path));
  }

  #invited(path: string): Channel | undefined {
    const hash = /^\/(?:\+|joinchat\/)([\w-]+)/.exec(path)?.[1];
    return hash === undefined ? undefined : this.#world.byInvite(hash);
  }

  #file(call: Call): void {
    const { request, response } = call;
    response.once('close', this.#counters.fileStarted());
    const opened = this.#links.open(request.url ?? '');
    if (opened.state === 'unknown') {
      answer(response, 404, 'not found\n');
      return;
    }
    const { file } = opened;
    const fault = this.#faults.next(file.name, '');
    afterDelay(response, this.#latencyMs(undefined, file.name), () => {
      if (opened.state === 'expired') {
        this.#counters.fileExpired();
        answer(response, 404, 'not found\n');
      } else if (fault === 'reset' || fault === 'unavailable') {
        this.#goWrong(response, fault, '');
      } else {
        this.#sendFile(call, file, fault !== undefined);
      }
    });
  }

  #sendFile({ request, response }: Call, file: WorldFile, cut: boolean): void {
    const { bytes, contentType } = this.#world.files.read(file);
    const headers = { 'content-type': contentType, 'content-length': String(bytes.length) };
    if (cut) {
      sendCut(response, bytes, headers);
      return;
    }
    if (request.method === 'GET') this.#counters.fileServed(file.name);
    response.writeHead(200, headers).end(bytes);
  }

  #goWrong(response: ServerResponse, fault: Fault, body: string): void {
    switch (fault) {
      case 'reset':
        this.#counters.answered('reset');
        reset(response);
        break;
      case 'unavailable':
        answer(response, 503, '<html><body>503</body></html>', HTML);
        break;
      case 'limited':
        tooMany(response, 1);
        break;
      case 'cut':
        sendCut(response, Buffer.from(body), HTML);
        break;
      case 'truncated':
        answer(response, 200, body.slice(0, Math.floor(body.length * 0.7)), HTML);
        break;
    }
  }

  /** Seconds that this request has to wait; 0 = it may pass. */
  #mustWait(): number {
    const restMs = this.#restUntilMs - nowMs();
    if (restMs > 0) return Math.ceil(restMs / 1_000);
    const verdict = this.#gate?.take() ?? { ok: true };
    return verdict.ok ? 0 : verdict.retryAfterSeconds;
  }

  /** Each channel has its own mean, every seventh a long one; each page varies with a heavy tail. */
  #latencyMs(channel: Channel | undefined, key: string): number {
    const { latencyScale } = this.#options;
    if (latencyScale === 0) return 0;
    const { seed } = this.#world;
    const place = channel ? channel.username : 'file';
    const own = 30 + 120 * randomOf(seed, 'latency', place).next();
    const slow = channel && channel.index % 7 === 3 ? 8 : 1;
    const tail = 0.5 * (1 - randomOf(seed, 'latency', place, key).next()) ** (-1 / 1.3);
    const mostMs = channel ? LATENCY_MS_MAX : FILE_LATENCY_MS_MAX;
    return Math.min(mostMs, own * slow * tail) * latencyScale;
  }
}

function tooMany(response: ServerResponse, seconds: number): void {
  answer(response, 429, 'Too Many Requests\n', {
    'content-type': 'text/plain',
    'retry-after': String(seconds),
  });
}

function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`;
}

function numberOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function nowMs(): number {
  return performance.now();
}
