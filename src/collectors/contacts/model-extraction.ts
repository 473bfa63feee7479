/**
 * Optional extraction by a language model behind any OpenAI-compatible endpoint. It reads the home
 * page's text and may add values; what it gives is kept only where it stands in that text, because
 * a model that invents a phone number is worse than none. It has a lane of its own, so a slow
 * endpoint never holds up the sites.
 */
import { z } from 'zod';
import { FailureError } from '../../model/failure.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { CollectContext } from '../collector.ts';
import type { Visit } from './collect-contacts.ts';
import type { ContactRecord, FoundValue } from './contact-record.ts';

export interface ModelEndpoint {
  /** Such as `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

const TEXT_CHARS_MAX = 12_000;
const METHOD = 'model';
const CONFIDENCE = 0.6;

const answerSchema = z.object({
  company: z.string().nullish(),
  description: z.string().nullish(),
  emails: z.array(z.string()).nullish(),
});

const reply = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

const INSTRUCTION =
  'You read the text of a company’s web page. Answer with one JSON object and nothing else: ' +
  '{"company": string|null, "description": string|null (one sentence), "emails": string[]}. ' +
  'Copy names and addresses exactly as they stand in the text; never guess.';

export function modelLane(endpoint: ModelEndpoint): LaneKey {
  return `model:${URL.parse(endpoint.baseUrl)?.host ?? endpoint.baseUrl}`;
}

/**
 * The record with what the model added. Throws where the endpoint cannot be used, and the reason
 * of `signal` where that gives the question up.
 */
export async function askModel(
  visit: Visit,
  endpoint: ModelEndpoint | undefined,
  ctx: CollectContext,
  signal?: AbortSignal,
): Promise<ContactRecord> {
  if (!endpoint) {
    throw new FailureError({
      class: 'invalid',
      code: 'contacts.model_off',
      message: 'no endpoint is set up',
      hint: 'Set llmBaseUrl (SLUICE_LLM_BASE_URL) to an OpenAI-compatible endpoint.',
    });
  }
  // Few runs ask a model, and every run would load what reads the page.
  const { readText } = await import('./page-text.ts');
  const { home } = visit;
  if (home === undefined) return visit.record;
  const text = readText(home.text(), home.url).slice(0, TEXT_CHARS_MAX);
  const page = await ctx.fetch(`${endpoint.baseUrl.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    lane: modelLane(endpoint),
    pool: 'ai',
    robots: false,
    redirectsMax: 0,
    ...(signal ? { signal } : {}),
    timeoutMs: endpoint.timeoutMs,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(endpoint.apiKey === '' ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
    },
    body: JSON.stringify({
      model: endpoint.model,
      temperature: 0,
      response_format: { type: 'json_object' },
      messages: [
        { role: 'system', content: INSTRUCTION },
        { role: 'user', content: text },
      ],
    }),
  });
  const content = reply.parse(page.json()).choices[0]?.message.content ?? '{}';
  return withAnswer(visit.record, answerSchema.parse(parseObject(content)), text);
}

/** Models like to wrap their JSON in a code block. */
function parseObject(content: string): unknown {
  const start = content.indexOf('{');
  const end = content.lastIndexOf('}');
  return JSON.parse(start < 0 ? content : content.slice(start, end + 1));
}

function withAnswer(
  record: ContactRecord,
  answer: z.output<typeof answerSchema>,
  text: string,
): ContactRecord {
  const haystack = text.toLowerCase();
  const found = (value: string): FoundValue => ({
    value,
    source: record.website,
    method: METHOD,
    confidence: CONFIDENCE,
  });
  const known = new Set(record.emails.map((email) => email.value.toLowerCase()));
  const emails = (answer.emails ?? []).filter((email) => {
    const lower = email.toLowerCase();
    return (
      /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(lower) && haystack.includes(lower) && !known.has(lower)
    );
  });
  const company = record.company ?? (answer.company ? found(answer.company) : undefined);
  const described = answer.description ? found(answer.description) : undefined;
  const description = record.description ?? described;
  return {
    ...record,
    ...(company ? { company } : {}),
    ...(description ? { description } : {}),
    emails: [...record.emails, ...emails.map(found)],
  };
}
