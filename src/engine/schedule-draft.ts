/** What a user asks of a schedule, checked before anything is stored. */
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import type { JobOrder } from '../model/job-order.ts';
import { OVERLAP_POLICIES, type ScheduleDraft, type SchedulePatch } from '../model/schedule.ts';
import { checkCron } from './cron.ts';
import type { ScheduleBody } from './schedule-record.ts';

const NAME_CHARS_MAX = 200;
const JITTER_MS_MAX = 24 * 3_600_000;
const ORDER_CHARS_MAX = 2 ** 20;

export type ScheduleWishes = Pick<
  ScheduleBody,
  'name' | 'cron' | 'timeZone' | 'overlap' | 'jitterMs' | 'paused' | 'order'
>;

/** Throws `schedule.*`. The draft may come from outside: nothing about it is taken for granted. */
export function checkDraft(draft: ScheduleDraft, nowMs: number): ScheduleWishes {
  const { name, cron, timeZone = 'UTC', overlap = 'skip', jitterMs = 0, order } = draft;
  return check({ name, cron, timeZone, overlap, jitterMs, order, paused: !!draft.paused }, nowMs);
}

/** The schedule with the changes in it; what is not named stays. Throws `schedule.*`. */
export function applyPatch(body: ScheduleBody, patch: SchedulePatch, nowMs: number): ScheduleBody {
  const { name, cron, timeZone, overlap, jitterMs, order, paused } = body;
  const said = Object.entries(patch).filter(([, value]) => value !== undefined);
  const wishes = { name, cron, timeZone, overlap, jitterMs, order, ...Object.fromEntries(said) };
  return { ...body, ...checkDraft({ ...wishes, paused }, nowMs) };
}

function check(wishes: ScheduleWishes, nowMs: number): ScheduleWishes {
  const { overlap, jitterMs, order } = wishes;
  const name = typeof wishes.name === 'string' ? wishes.name.trim() : '';
  if (name === '' || name.length > NAME_CHARS_MAX) {
    throw invalid('name', `a text of 1 to ${NAME_CHARS_MAX} characters`);
  }
  checkCron(wishes.cron, wishes.timeZone, nowMs);
  if (!OVERLAP_POLICIES.includes(overlap)) {
    const near = nearest(String(overlap), OVERLAP_POLICIES);
    throw new SluiceError('schedule.overlap_invalid', {
      overlap: String(overlap),
      suggestion: near ? ` Did you mean ${near}?` : '',
    });
  }
  if (!Number.isInteger(jitterMs) || jitterMs < 0 || jitterMs > JITTER_MS_MAX) {
    throw invalid('jitter', `a whole number of milliseconds from 0 to ${JITTER_MS_MAX} (a day)`);
  }
  checkOrder(order);
  return { ...wishes, name, cron: wishes.cron.trim() };
}

function checkOrder(order: JobOrder): void {
  if (typeof order?.collector !== 'string' || order.collector === '') {
    throw invalid('order', 'an object that names a collector');
  }
  if (JSON.stringify(order).length > ORDER_CHARS_MAX) {
    throw invalid('order', 'at most 1 MiB of JSON: put the rows into a job, and name that job');
  }
}

function invalid(field: string, needed: string): SluiceError {
  return new SluiceError('schedule.invalid', { field, needed });
}
