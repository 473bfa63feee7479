/** Answers of /v1/chat/completions: by the shape that is asked for. */
import sharp from 'sharp';
import { captionOf, colourName, translationOf } from './answers.ts';

interface Message {
  readonly role: string;
  readonly content: unknown;
}

export interface ChatRequest {
  readonly model?: unknown;
  readonly messages?: readonly Message[];
  readonly response_format?: {
    readonly type?: string;
    readonly json_schema?: { readonly name?: string; readonly schema?: { properties?: object } };
  };
}

/** The content of the message; undefined: the request is not understood. */
export async function chatAnswer(request: ChatRequest): Promise<string | undefined> {
  const { messages, response_format: format } = request;
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const system = textIn(messages.find(({ role }) => role === 'system'));
  const last = messages.at(-1);
  const picture = pictureIn(last);
  const text = textIn(last);
  const wanted = Object.keys(format?.json_schema?.schema?.properties ?? {});
  if (picture) return JSON.stringify(await seen(picture));
  if (wanted.includes('translation')) {
    const to = /language ([\w-]+)/.exec(system)?.[1] ?? 'en';
    return JSON.stringify({ translation: translationOf(text, to) });
  }
  if (format === undefined) return `You said: ${text}`;
  // What the contacts of a website are asked for.
  const emails = [...new Set(text.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g))];
  const company = text.split('\n').find((line) => line.trim() !== '') ?? null;
  return JSON.stringify({ company, description: null, emails });
}

function textIn(message: Message | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content as readonly { type?: string; text?: string }[];
  return parts.flatMap(({ type, text }) => (type === 'text' && text ? [text] : [])).join('\n');
}

function pictureIn(message: Message | undefined): Buffer | undefined {
  if (!Array.isArray(message?.content)) return undefined;
  const parts = message.content as readonly { type?: string; image_url?: { url?: string } }[];
  const url = parts.find(({ type }) => type === 'image_url')?.image_url?.url ?? '';
  const data = /^data:image\/[a-z]+;base64,(.+)$/s.exec(url)?.[1];
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

/** The colour that most of sixty-four places have. */
async function seen(bytes: Buffer) {
  const { width, height } = await sharp(bytes).metadata();
  const small = { width: 16, height: 16, fit: 'fill', kernel: 'nearest' } as const;
  const pixels = await sharp(bytes).resize(small).removeAlpha().raw().toBuffer();
  const votes = new Map<string, number>();
  for (let at = 0; at < pixels.length; at += 3) {
    const name = colourName([pixels[at], pixels[at + 1], pixels[at + 2]] as [
      number,
      number,
      number,
    ]);
    votes.set(name, (votes.get(name) ?? 0) + 1);
  }
  const [colour = 'grey'] = [...votes].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  return { caption: captionOf(colour, width, height), tags: [colour, 'shapes'] };
}
