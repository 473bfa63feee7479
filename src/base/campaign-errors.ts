/** The part of the error table about credentials of campaigns. */
import { BROKEN, CONFLICT, type ErrorEntry, USAGE } from './error-kinds.ts';

export const CAMPAIGN_ERRORS = {
  'campaigns.credentials_invalid': {
    ...USAGE,
    sentence: 'Line {line} of the credentials cannot be used: {detail}.',
    hint: 'A row has campaign, client, url, user and password; campaign_ids, in_groups, lists and time_zone if need be.',
  },
  'campaigns.source_invalid': {
    ...USAGE,
    sentence: 'No list of credentials can be read from {place}: {detail}.',
    hint: 'Name a file, postgres://user@host/database?table=NAME or bigquery://project/dataset/table.',
  },
  'campaigns.source_refused': {
    ...CONFLICT,
    sentence: '{place} does not give the list of credentials: {detail}.',
    hint: 'Check the name of the table, and what the user may read.',
  },
  'campaigns.source_unavailable': {
    ...BROKEN,
    sentence: '{place} cannot be reached for the list of credentials: {detail}.',
    hint: 'Once it answers, run this again. Cycles that run already go on with the list they have.',
  },
} as const satisfies Record<string, ErrorEntry>;
