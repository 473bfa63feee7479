/**
 * Questions to models behind any OpenAI-compatible endpoint. They pass a lane of their own, so that
 * a slow endpoint holds up no other file, and are sent again by the engine, never twice over.
 */
import { hideSecrets } from '../../base/hide-secrets.ts';
import { FailureError } from '../../model/failure.ts';
import { classifyStatus } from '../../retry/classify.ts';
import type { CollectContext, FetchedPage } from '../collector.ts';
import { aiLane } from './media-lanes.ts';

export interface Endpoint {
  /** Such as `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

export interface Question {
  /** Behind the endpoint's base, without a slash before it. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** What the endpoint will not do with this one file, whoever asks how often: a sentence. */
export class Refused extends Error {}

const ANSWER_BYTES_MAX = 16 * 2 ** 20;
const MESSAGE_CHARS_MAX = 300;

/** What no other file, and no waiting, would change. */
const STOPS = [
  {
    statuses: [401, 403],
    codes: ['invalid_api_key'],
    name: 'media.key',
    hint: 'Set llmApiKey (SLUICE_LLM_API_KEY), then resume the job.',
  },
  {
    statuses: [402],
    codes: ['insufficient_quota'],
    name: 'media.quota',
    hint: 'What the endpoint allows is used up: see to it, then resume the job.',
  },
  {
    statuses: [404],
    codes: ['model_not_found'],
    name: 'media.model',
    hint: 'Check llmBaseUrl, llmModel, visionModel and transcriptionModel, then resume the job.',
  },
];

/** Rejects with `Refused`, or with a `FailureError` for what concerns more than this file. */
export async function ask(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  endpoint: Endpoint,
  { path, contentType, body }: Question,
): Promise<unknown> {
  const { timeoutMs, apiKey, baseUrl } = endpoint;
  const page = await ctx.fetch(`${baseUrl.replace(/\/+$/, '')}/${path}`, {
    method: 'POST',
    lane: aiLane(baseUrl),
    pool: 'ai',
    robots: false,
    redirectsMax: 0,
    anyStatus: true,
    timeoutMs,
    deadlineMs: timeoutMs,
    bodyBytesMax: ANSWER_BYTES_MAX,
    headers: {
      'content-type': contentType,
      accept: 'application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body,
  });
  if (page.status >= 400) judge(page, endpoint, ctx.nowMs());
  try {
    return page.json();
  } catch {
    throw new FailureError({
      class: 'transient',
      code: 'media.answer',
      message: `${hostOf(endpoint)} answered with something that is no JSON.`,
    });
  }
}

function judge(page: FetchedPage, endpoint: Endpoint, nowMs: number): never {
  const { message, code } = errorIn(page, endpoint);
  const usual = classifyStatus(page.status, page.headers, nowMs, new URL(page.url));
  const said = message === '' ? usual.message : `${usual.message.replace(/\.$/, '')}: ${message}`;
  const stop = STOPS.find(({ statuses, codes }) => {
    return statuses.includes(page.status) || codes.includes(code);
  });
  if (stop) {
    const { name, hint } = stop;
    throw new FailureError({ class: 'stop', code: name, message: said, hint, status: page.status });
  }
  const passes = usual.class === 'transient' || usual.class === 'throttled' || page.status === 409;
  if (!passes) throw new Refused(`${hostOf(endpoint)} refuses it (${page.status}): ${message}`);
  throw new FailureError({
    ...usual,
    class: usual.class === 'throttled' ? 'throttled' : 'transient',
    message: said,
  });
}

function errorIn(
  page: FetchedPage,
  { apiKey }: Endpoint,
): { readonly message: string; readonly code: string } {
  try {
    const { error } = page.json() as { error?: { message?: unknown; code?: unknown } };
    return {
      message: hideSecrets(String(error?.message ?? ''), apiKey).slice(0, MESSAGE_CHARS_MAX),
      code: String(error?.code ?? ''),
    };
  } catch {
    return { message: '', code: '' };
  }
}

function hostOf({ baseUrl }: Endpoint): string {
  return URL.parse(baseUrl)?.host ?? baseUrl;
}
