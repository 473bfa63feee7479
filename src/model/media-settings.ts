/** The part of the settings about audio, pictures and texts, and about endpoints of models. */
import { z } from 'zod';
import {
  bytes,
  count,
  durationMs,
  HOUR_MS,
  httpUrl,
  list,
  type Setting,
  setting,
  someText,
  text,
} from './setting-kinds.ts';

const optionalUrl = z.union([z.literal(''), httpUrl]);

export const MEDIA_SETTINGS = {
  llmBaseUrl: setting(
    text,
    '',
    'URL',
    ['SLUICE_LLM_BASE_URL', 'OPENAI_BASE_URL'],
    'OpenAI-compatible endpoint for the optional extraction by a language model; empty = off.',
  ),
  llmModel: setting(
    text,
    'gpt-4o-mini',
    'name',
    ['SLUICE_LLM_MODEL'],
    'Model that the endpoint is asked for.',
  ),
  llmApiKey: setting(
    text,
    '',
    'text',
    ['SLUICE_LLM_API_KEY', 'OPENAI_API_KEY'],
    'Key for the endpoint.',
    true,
  ),
  llmConcurrency: setting(
    count(1, 1_000),
    '4',
    'count',
    ['SLUICE_LLM_CONCURRENCY'],
    'Requests to the endpoint at once.',
  ),
  mediaFrom: setting(
    list,
    '',
    'directories, separated by commas',
    ['SLUICE_MEDIA_FROM'],
    'Directories of which rows of the collector media may name files, on servers and nodes; `sluice run` in this process may read any file.',
  ),
  mediaBytesMax: setting(
    bytes,
    '100MiB',
    'size',
    ['SLUICE_MEDIA_MAX'],
    'Largest file or download that the collector media takes; each in work is in memory.',
  ),
  imagePixelsMax: setting(
    count(1, 1_000_000_000),
    '64000000',
    'count',
    ['SLUICE_IMAGE_PIXELS_MAX'],
    'Pictures of more pixels are measured, not decoded.',
  ),
  transcriptionUrl: setting(
    optionalUrl,
    '',
    'URL, empty = that of the language model',
    ['SLUICE_TRANSCRIPTION_URL'],
    'OpenAI-compatible endpoint that writes down recordings.',
  ),
  transcriptionModel: setting(
    someText,
    'whisper-1',
    'name',
    ['SLUICE_TRANSCRIPTION_MODEL'],
    'Model that writes down recordings.',
  ),
  visionModel: setting(
    text,
    '',
    'name, empty = the language model',
    ['SLUICE_VISION_MODEL'],
    'Model that looks at pictures.',
  ),
  aiWorkers: setting(
    count(1, 1_000),
    '6',
    'count',
    ['SLUICE_AI_WORKERS', 'AI_PROCESSING_WORKERS'],
    'Questions of the collector media to one endpoint at once.',
  ),
  aiTimeoutMs: setting(
    durationMs(HOUR_MS),
    '300s',
    'duration',
    ['SLUICE_AI_TIMEOUT'],
    'Longest time for one such question.',
  ),
  analyticsWorkers: setting(
    count(1, 1_000),
    '4',
    'count',
    ['SLUICE_ANALYTICS_WORKERS', 'ANALYTICS_WORKERS'],
    'Files of the collector media that are looked into at once: worker threads of their own, as the machine has room for them.',
  ),
  analyticsTimeoutMs: setting(
    durationMs(HOUR_MS),
    '60s',
    'duration',
    ['SLUICE_ANALYTICS_TIMEOUT'],
    'Longest time for looking into one file.',
  ),
} satisfies Record<string, Setting<unknown>>;
