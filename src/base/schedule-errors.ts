/** Errors of schedules. */
import { CONFLICT, type ErrorEntry, MISSING, USAGE } from './error-kinds.ts';

export const SCHEDULE_ERRORS = {
  'schedule.not_found': {
    ...MISSING,
    sentence: 'There is no schedule {id}.',
    hint: 'Check its id against the list of your schedules.',
  },
  'schedule.cron_invalid': {
    ...USAGE,
    sentence: 'The cron expression "{cron}" cannot be used: {detail}.',
    hint: 'Five fields: minute, hour, day of month, month, day of week, such as "30 6 * * 1-5"; six with seconds first; or @hourly, @daily, @weekly, @monthly, @yearly.',
  },
  'schedule.zone_invalid': {
    ...USAGE,
    sentence: 'There is no time zone named {zone}.',
    hint: '{suggestion}',
  },
  'schedule.overlap_invalid': {
    ...USAGE,
    sentence: 'There is no overlap policy named {overlap}.',
    hint: 'skip leaves the new run out, queue lets it wait, replace cancels the old one.{suggestion}',
  },
  'schedule.invalid': {
    ...USAGE,
    sentence: 'The {field} of the schedule cannot be used.',
    hint: 'It must be {needed}.',
  },
  'schedule.limit': {
    ...CONFLICT,
    sentence: 'There are {limit} schedules already, which is the most that a tenant can have.',
    hint: 'Remove one that is no longer needed.',
  },
} as const satisfies Record<string, ErrorEntry>;
