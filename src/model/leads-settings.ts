/** The part of the settings about leads, and about the calls that bring them. */
import { count, durationMs, HOUR_MS, httpUrl, type Setting, setting } from './setting-kinds.ts';

export const LEADS_SETTINGS = {
  xBaseUrl: setting(
    httpUrl,
    'https://api.x.com',
    'URL',
    ['SLUICE_X_BASE_URL', 'X_API_URL'],
    'Where X’s API v2 is reached; a stand-in on this machine is allowed.',
  ),
  batchSize: setting(
    count(1, 1_000_000),
    '1000',
    'count',
    ['SLUICE_BATCH_SIZE', 'BATCH_SIZE'],
    'New leads that one run may bring of one list.',
  ),
  leadListEveryMs: setting(
    durationMs(365 * 24 * HOUR_MS, 0),
    '15m',
    'duration, 0 = always',
    ['SLUICE_LEAD_LIST_EVERY'],
    'How long after it was taken up last a stored lead list is due again.',
  ),
  leadSweepEveryMs: setting(
    durationMs(365 * 24 * HOUR_MS, 0),
    '7d',
    'duration, 0 = never',
    ['SLUICE_LEAD_SWEEP_EVERY'],
    'How long after it was read to its end a lead list is read to its end again.',
  ),
  callDelayMinMs: setting(
    durationMs(HOUR_MS, 0),
    '500ms',
    'duration, 0 = none',
    ['SLUICE_CALL_DELAY_MIN'],
    'Shortest pause between two calls with one account; each pause is drawn anew.',
  ),
  callDelayMaxMs: setting(
    durationMs(HOUR_MS, 0),
    '1500ms',
    'duration, 0 = none',
    ['SLUICE_CALL_DELAY_MAX'],
    'Longest pause between two calls with one account.',
  ),
} satisfies Record<string, Setting<unknown>>;
