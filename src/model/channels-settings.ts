/** The part of the settings about channels of messengers. */
import { z } from 'zod';
import { httpUrl, type Setting, setting } from './setting-kinds.ts';

export const CHANNELS_SETTINGS = {
  channelConcurrency: setting(
    z
      .union([z.number(), z.string().trim().regex(/^\d+$/, 'neither a whole number nor adaptive')])
      .transform(Number)
      .pipe(z.number().int().min(1).max(1_000))
      .or(z.literal('adaptive')),
    '4',
    'count, or adaptive',
    ['SLUICE_CONCURRENT_LIMIT', 'CONCURRENT_LIMIT'],
    'Channels of one job that are read at once, where it does not say itself; 1 = one after another.',
  ),
  telegramPreviewUrl: setting(
    httpUrl,
    'https://t.me',
    'URL',
    ['SLUICE_TELEGRAM_PREVIEW_URL'],
    'Where the public previews of Telegram channels are.',
  ),
  telegramGateway: setting(
    z.union([z.literal(''), httpUrl]),
    '',
    'URL, empty = Telegram itself',
    ['SLUICE_TELEGRAM_GATEWAY'],
    'Stand-in that takes the calls of Telegram accounts, for tests and trials.',
  ),
} satisfies Record<string, Setting<unknown>>;
