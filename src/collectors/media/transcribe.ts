import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CollectContext } from '../collector.ts';
import { ask, type Endpoint, Refused } from './endpoint.ts';
import type { Transcript } from './media-record.ts';
import { multipart } from './multipart.ts';

const answer = z.object({
  text: z.string(),
  language: z.string().nullish(),
  segments: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })).nullish(),
});

export interface Recording {
  readonly bytes: Uint8Array;
  readonly type: string;
  /** With an end such as `.wav`, by which endpoints know what it is. */
  readonly name: string;
}

/** Rejects as `ask` does. */
export async function transcribe(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  endpoint: Endpoint & { readonly model: string },
  { bytes, type, name }: Recording,
  language: string | undefined,
): Promise<Transcript> {
  const { model } = endpoint;
  const fields: [string, string][] = [
    ['model', model],
    ['response_format', 'verbose_json'],
    ['timestamp_granularities[]', 'segment'],
  ];
  if (language !== undefined) fields.push(['language', language]);
  const form = multipart(fields, { field: 'file', name, type, bytes }, `sluice-${randomUUID()}`);
  const given = answer.safeParse(
    await ask(ctx, endpoint, { path: 'audio/transcriptions', ...form }),
  );
  if (!given.success)
    throw new Refused('The endpoint answered with something that is no transcript.');
  const { text, language: spoken, segments } = given.data;
  return {
    text: text.trim(),
    language: spoken ?? '',
    segments: (segments ?? []).map(({ start, end, text: said }) => ({
      start,
      end,
      text: said.trim(),
    })),
    model,
  };
}
