/** The part of the settings about campaigns of call centres. */
import {
  bytes,
  count,
  durationMs,
  HOUR_MS,
  SECOND_MS,
  type Setting,
  setting,
} from './setting-kinds.ts';

const HOURS_MAX = 24 * 366;
const PAGE_CALLS_MAX = 5_000;

export const CAMPAIGNS_SETTINGS = {
  maxCampaignProcesses: setting(
    count(1, 64),
    '4',
    'count',
    ['SLUICE_MAX_CAMPAIGN_PROCESSES', 'MAX_CAMPAIGN_PROCESSES'],
    'Campaigns that have a process of their own at once.',
  ),
  concurrentRequests: setting(
    count(1, 1_000),
    '10',
    'count',
    ['SLUICE_CONCURRENT_REQUESTS', 'CONCURRENT_REQUESTS'],
    'Requests for the clients of one campaign process, and to one VICIdial server, at once.',
  ),
  processTimeoutMs: setting(
    durationMs(7 * 24 * HOUR_MS, SECOND_MS),
    '1h',
    'duration',
    ['SLUICE_PROCESS_TIMEOUT', 'PROCESS_TIMEOUT'],
    'How long a campaign may have its process before it is ended and the rest is tried again.',
  ),
  processMemory: setting(
    bytes,
    '512MiB',
    'size',
    ['SLUICE_PROCESS_MEMORY', 'PROCESS_MEMORY'],
    'Memory of one campaign process at most.',
  ),
  campaignBatchSize: setting(
    count(1, 1_000_000).transform((calls) => Math.min(calls, PAGE_CALLS_MAX)),
    '100',
    'count',
    ['SLUICE_CAMPAIGN_BATCH_SIZE', 'BATCH_SIZE'],
    'Calls that are stored at once to begin with; of a large export more, up to 5,000.',
  ),
  cycleIntervalMinutes: setting(
    count(1, 7 * 24 * 60),
    '15',
    'minutes',
    ['SLUICE_CYCLE_INTERVAL_MINUTES', 'CYCLE_INTERVAL_MINUTES'],
    'How long after the begin of a cycle of `sluice campaigns collect` the next one begins.',
  ),
  campaignHoursAgain: setting(
    count(0, HOURS_MAX),
    '3',
    'hours',
    ['SLUICE_CAMPAIGN_HOURS_AGAIN'],
    'Hours before the end of the last run that are read again: calls change after they are seen.',
  ),
  campaignHoursFirst: setting(
    count(1, HOURS_MAX),
    '24',
    'hours',
    ['SLUICE_CAMPAIGN_HOURS_FIRST'],
    'Hours before now that are read of a client the first time.',
  ),
  campaignTimeoutMs: setting(
    durationMs(HOUR_MS),
    '2m',
    'duration',
    ['SLUICE_CAMPAIGN_TIMEOUT'],
    'Longest silence of a VICIdial server while it makes or sends an export.',
  ),
} satisfies Record<string, Setting<unknown>>;
