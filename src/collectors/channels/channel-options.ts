/** What a job may ask for, as it is written, and what that means for one channel. */
import { z } from 'zod';
import { parseBytes, parseDurationMs } from '../../base/duration.ts';
import type { CollectOptions } from './collect-channel.ts';

const flag = z.stringbool().or(z.boolean());
const HOUR_MS = 3_600_000;

const duration = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const ms = parseDurationMs(String(value));
  if (ms !== undefined && ms <= HOUR_MS) return ms;
  ctx.addIssue({ code: 'custom', message: 'not a duration such as 500ms or 5s, up to 1h' });
  return z.NEVER;
});

const size = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const bytes = parseBytes(String(value));
  if (bytes !== undefined && bytes > 0) return bytes;
  ctx.addIssue({ code: 'custom', message: 'not a size such as 512kB or 4MiB' });
  return z.NEVER;
});

/** Left as it is written: how long ago something was depends on when it is asked. */
const since = z.string().trim().refine(isMoment, {
  message: 'neither a date such as 2026-01-31 nor a time ago such as 30d',
});

export const channelOptions = z.object({
  reader: z
    .enum(['preview', 'mtproto', 'auto'])
    .default('preview')
    .describe('the public preview, an account, or an account where there is no preview'),
  images: flag.default(true).describe('fetch pictures'),
  imageConcurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(32)
    .default(4)
    .describe('pictures of a channel fetched at once'),
  maxImageBytes: size.default(10 * 2 ** 20).describe('largest picture'),
  maxMessages: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('newest messages of each channel that are wanted, 0 = all'),
  since: since.optional().describe('messages from then on: 2026-01-31, or 30d ago'),
  rereadMessages: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .describe('newest messages that are read again for edits and deletions'),
  counts: flag.default(false).describe('tell a message again when only its views have grown'),
  concurrentLimit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .or(z.literal('adaptive'))
    .optional()
    .describe('channels at once, 1 = one after another, or adaptive'),
  pageDelay: duration.default(0).describe('pause between two pages of a channel'),
  channelDelay: duration.default(0).describe('pause before the next channel takes its place'),
});
export type ChannelOptions = z.output<typeof channelOptions>;

/** Whether there is no other way than with an account. */
export function needsAccount(
  channel: { readonly invite?: string | undefined },
  reader: ChannelOptions['reader'],
): boolean {
  return reader === 'mtproto' || (reader === 'auto' && channel.invite !== undefined);
}

export function collectOptions(options: ChannelOptions, nowMs: number): CollectOptions {
  const { images, counts } = options;
  return {
    maxMessages: options.maxMessages === 0 ? undefined : options.maxMessages,
    since: options.since === undefined ? undefined : momentOf(options.since, nowMs),
    rereadMessages: options.rereadMessages,
    images,
    imageConcurrency: options.imageConcurrency,
    maxImageBytes: options.maxImageBytes,
    pageDelayMs: options.pageDelay,
    channelDelayMs: options.channelDelay,
    changes: { counts, images },
  };
}

/** ISO time of a date, or of so long ago. */
function momentOf(text: string, nowMs: number): string {
  const agoMs = parseDurationMs(text, 's');
  const isAgo = agoMs !== undefined && /[a-z]$/i.test(text);
  return new Date(isAgo ? nowMs - agoMs : Date.parse(text)).toISOString();
}

function isMoment(text: string): boolean {
  if (/[smhd]$/i.test(text) && parseDurationMs(text) !== undefined) return true;
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text));
}
