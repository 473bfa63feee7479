/** The part of the settings that says how much is done at once, by kind of work. */
import { z } from 'zod';
import { count, durationMs, HOUR_MS, type Setting, setting } from './setting-kinds.ts';

export const PROFILES = ['development', 'production', 'cloud'] as const;
export type Profile = (typeof PROFILES)[number];

export const POOL_SETTINGS = {
  profile: setting(
    z.enum(PROFILES),
    'production',
    'development, production or cloud',
    ['SLUICE_PROFILE'],
    'How workers are kept: development ends them soon, production keeps them warm, cloud takes most of the memory that the container allows.',
  ),
  threads: setting(
    count(0, 64),
    '0',
    'count, 0 = one a core but one, up to 4',
    ['SLUICE_THREADS'],
    'Worker threads for extraction and other CPU work.',
  ),
  workersMax: setting(
    count(1, 256),
    '16',
    'count',
    ['SLUICE_WORKERS_MAX', 'MAX_THREAD_WORKERS'],
    'Worker threads of all pools together at most.',
  ),
  uploadWorkers: setting(
    count(1, 256),
    '4',
    'count',
    ['SLUICE_UPLOAD_WORKERS', 'FILE_UPLOAD_WORKERS'],
    'Files of collectors that are stored at once, and parts of large files.',
  ),
  uploadTimeoutMs: setting(
    durationMs(24 * HOUR_MS),
    '120s',
    'duration',
    ['SLUICE_UPLOAD_TIMEOUT'],
    'Longest time for storing one file of a collector.',
  ),
  databaseWorkers: setting(
    count(1, 256),
    '8',
    'count',
    ['SLUICE_DATABASE_WORKERS', 'DATABASE_WORKERS'],
    'Batches of records that are sent to databases at once.',
  ),
  databaseTimeoutMs: setting(
    durationMs(24 * HOUR_MS),
    '180s',
    'duration',
    ['SLUICE_DATABASE_TIMEOUT'],
    'Longest time for one such batch.',
  ),
} satisfies Record<string, Setting<unknown>>;
