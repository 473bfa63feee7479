/** An OpenAI-compatible endpoint on this machine that understands nothing and answers everything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type StandIn, startStandIn } from '../servers/stand-in.ts';
import { randomOf } from '../sites/seed.ts';
import { transcriptOf } from './answers.ts';
import { type ChatRequest, chatAnswer } from './chat-answer.ts';
import { readForm } from './form.ts';
import type { OpenAiOptions, OpenAiOrder, OpenAiStats } from './openai-options.ts';

export interface OpenAi extends StandIn<OpenAiStats> {
  order(order: OpenAiOrder): void;
}

const MODELS = ['gpt-4o-mini', 'whisper-1'];
const BODY_BYTES_MAX = 200 * 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Starts it on 127.0.0.1; its base is `${url}/v1`. */
export async function startOpenAi(options: OpenAiOptions = {}): Promise<OpenAi> {
  const world = new Endpoint(options);
  const server = await startStandIn(
    options.port ?? 0,
    () => world.stats(),
    (request, response) => {
      void world.handle(request, response);
    },
  );
  return { ...server, order: (order) => world.order(order) };
}

class Endpoint {
  readonly #seed: number;
  readonly #faultShare: number;
  #key: string;
  #latencyMs: number;
  #rate: number;
  #burst: number;
  #tokens: number;
  #filledMs = performance.now();
  #closedUntilMs = 0;
  #calls = 0;
  #together = 0;
  #togetherMost = 0;
  #early = 0;
  #failing: (OpenAiOrder & { do: 'fail' }) | undefined;
  readonly #asked: Record<string, number> = {};
  readonly #statuses: Record<string, number> = {};

  constructor(options: OpenAiOptions) {
    this.#seed = options.seed ?? 1;
    this.#faultShare = options.faultShare ?? 0;
    this.#key = options.key ?? '';
    this.#latencyMs = options.latencyMs ?? 0;
    this.#rate = options.ratePerSecond ?? 0;
    this.#burst = options.burst ?? 1;
    this.#tokens = this.#burst;
  }

  stats(): OpenAiStats {
    return {
      asked: { ...this.#asked },
      statuses: { ...this.#statuses },
      together: this.#togetherMost,
      early: this.#early,
    };
  }

  order(order: OpenAiOrder): void {
    switch (order.do) {
      case 'fail':
        this.#failing = { ...order };
        return;
      case 'limit':
        this.#rate = order.ratePerSecond;
        this.#burst = order.burst;
        this.#tokens = order.burst;
        return;
      case 'latency':
        this.#latencyMs = order.ms;
        return;
      case 'key':
        this.#key = order.key;
        return;
      default:
        throw new RangeError(`there is no order ${JSON.stringify(order)}`);
    }
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    try {
      const body = await bodyOf(request);
      if (path === '/__control') {
        this.order(JSON.parse(body.toString('utf8')) as OpenAiOrder);
        this.#answer(response, 200, { ok: true });
        return;
      }
      this.#asked[path] = (this.#asked[path] ?? 0) + 1;
      this.#together += 1;
      this.#togetherMost = Math.max(this.#togetherMost, this.#together);
      try {
        if (this.#refuses(request, response)) return;
        const latencyMs =
          this.#latencyMs * (0.5 + randomOf(this.#seed, 'latency', this.#calls).next());
        if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
        await this.#serve(path, request, body, response);
      } finally {
        this.#together -= 1;
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail(response, 400, message);
    }
  }

  /** Whether the question has got another answer, or none. */
  #refuses(request: IncomingMessage, response: ServerResponse): boolean {
    this.#calls += 1;
    const nowMs = performance.now();
    if (this.#key !== '' && request.headers.authorization !== `Bearer ${this.#key}`) {
      this.#fail(response, 401, 'Incorrect API key provided.', 'invalid_api_key');
      return true;
    }
    if (nowMs < this.#closedUntilMs) this.#early += 1;
    if (this.#failing && this.#failing.times > 0) {
      const { status, code, retryAfterS } = this.#failing;
      this.#failing = { ...this.#failing, times: this.#failing.times - 1 };
      if (status === 0) return true;
      this.#fail(response, status, 'As ordered.', code, retryAfterS);
      return true;
    }
    if (this.#rate > 0 && !this.#take(nowMs)) {
      const waitS = Math.ceil((1 - this.#tokens) / this.#rate);
      this.#closedUntilMs = nowMs + waitS * 1_000;
      this.#fail(response, 429, 'Rate limit reached.', 'rate_limit_exceeded', waitS);
      return true;
    }
    const random = randomOf(this.#seed, 'fault', this.#calls);
    if (random.next() >= this.#faultShare) return false;
    if (random.next() < 0.5) response.destroy();
    else this.#fail(response, 500, 'The server had an error while processing your request.');
    return true;
  }

  #take(nowMs: number): boolean {
    const grown = ((nowMs - this.#filledMs) / 1_000) * this.#rate;
    this.#tokens = Math.min(this.#burst, this.#tokens + grown);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  async #serve(path: string, request: IncomingMessage, body: Buffer, response: ServerResponse) {
    switch (path) {
      case '/v1/models': {
        const data = MODELS.map((id) => ({ id, object: 'model', owned_by: 'sandbox' }));
        return this.#answer(response, 200, { object: 'list', data });
      }
      case '/v1/chat/completions': {
        const asked = JSON.parse(body.toString('utf8')) as ChatRequest;
        const content = await chatAnswer(asked);
        if (content === undefined) return this.#fail(response, 400, 'messages is required');
        const message = { role: 'assistant', content };
        const choices = [{ index: 0, message, finish_reason: 'stop' }];
        return this.#answer(response, 200, {
          object: 'chat.completion',
          model: asked.model,
          choices,
        });
      }
      case '/v1/audio/transcriptions':
        return this.#transcribe(request, body, response);
      default:
        return this.#fail(response, 404, `Unknown request URL: ${path}`, 'unknown_url');
    }
  }

  async #transcribe(request: IncomingMessage, body: Buffer, response: ServerResponse) {
    const { fields, file } = await readForm(request.headers, body);
    if (!file) return this.#fail(response, 400, 'file is required');
    if (fields.model === undefined) return this.#fail(response, 400, 'model is required');
    const text = transcriptOf(file.bytes);
    if (fields.response_format !== 'verbose_json') return this.#answer(response, 200, { text });
    const words = text.split(' ');
    const middle = Math.ceil(words.length / 2);
    const segments = [words.slice(0, middle), words.slice(middle)].map((part, id) => ({
      id,
      start: id * 2,
      end: id * 2 + 2,
      text: ` ${part.join(' ')}`,
    }));
    const language = fields.language ?? 'english';
    const whole = { task: 'transcribe', language, duration: 4, text, segments };
    return this.#answer(response, 200, whole);
  }

  #fail(
    response: ServerResponse,
    status: number,
    message: string,
    code: string | null = null,
    retryAfterS?: number,
  ): void {
    const error = { message, type: 'sandbox_error', param: null, code };
    const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
    this.#answer(response, status, { error }, headers);
  }

  #answer(response: ServerResponse, status: number, body: unknown, headers = {}): void {
    if (response.headersSent || response.destroyed) return;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    answer(response, status, JSON.stringify(body), { ...JSON_TYPE, ...headers });
  }
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > BODY_BYTES_MAX) reject(new Error('The body is too large.'));
      else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
  });
}
