/** Questions to a language model whose answer is an object of a known shape. */
import { z } from 'zod';
import type { CollectContext } from '../collector.ts';
import { ask, type Endpoint, Refused } from './endpoint.ts';

export interface ChatQuestion<T> {
  readonly name: string;
  readonly instruction: string;
  readonly content: unknown;
  readonly shape: z.ZodType<T>;
}

const reply = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

/** Rejects as `ask` does. */
export async function chat<T>(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  endpoint: Endpoint & { readonly model: string },
  { name, instruction, content, shape }: ChatQuestion<T>,
): Promise<T> {
  const schema = z.toJSONSchema(shape);
  const body = JSON.stringify({
    model: endpoint.model,
    temperature: 0,
    response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } },
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content },
    ],
  });
  const question = { path: 'chat/completions', contentType: 'application/json', body };
  const given = reply.safeParse(await ask(ctx, endpoint, question));
  const text = given.data?.choices[0]?.message.content ?? '';
  const parsed = shape.safeParse(objectIn(text));
  if (!parsed.success)
    throw new Refused('The model answered with something else than was asked for.');
  return parsed.data;
}

/** Models like to wrap their JSON in a code block. */
function objectIn(text: string): unknown {
  try {
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}
