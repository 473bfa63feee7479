/** The part of the error table about credentials of campaigns. */
import { type ErrorEntry, USAGE } from './error-kinds.ts';

export const CAMPAIGN_ERRORS = {
  'campaigns.credentials_invalid': {
    ...USAGE,
    sentence: 'Line {line} of the credentials cannot be used: {detail}.',
    hint: 'A row has campaign, client, url, user and password; campaign_ids, in_groups, lists and time_zone if need be.',
  },
} as const satisfies Record<string, ErrorEntry>;
