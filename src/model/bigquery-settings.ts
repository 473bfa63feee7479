/** The part of the settings about BigQuery. */
import { z } from 'zod';
import { httpUrl, type Setting, setting, text } from './setting-kinds.ts';

export const BIGQUERY_SETTINGS = {
  bigqueryUrl: setting(
    z.union([z.literal(''), httpUrl]),
    '',
    'URL, empty = that of Google',
    ['SLUICE_BIGQUERY_URL'],
    'Address of the BigQuery service that bigquery:// addresses mean.',
  ),
  googleKeyFile: setting(
    text,
    '',
    'path',
    ['SLUICE_GOOGLE_KEY_FILE', 'GOOGLE_APPLICATION_CREDENTIALS'],
    'Key file of the Google service account that BigQuery is used with.',
  ),
} satisfies Record<string, Setting<unknown>>;
