/** Blocks of which not all came, as failures. */
import { FailureError } from '../../model/failure.ts';
import type { TruncatedExport } from './export-rows.ts';
import { type HourSpan, hourText } from './hours.ts';

export function truncated(error: TruncatedExport, span: HourSpan): FailureError {
  return new FailureError({
    class: 'transient',
    code: 'campaigns.truncated',
    message: `${error.message} It was that of ${hourText(span.from)}.`,
    hint: 'The server, or something in front of it, ends long answers early.',
  });
}

/** `isKept`: whether the rows that came are; in bulk an export is kept as a whole or not at all. */
export function capped(span: HourSpan, rowsMax: number, isKept: boolean): FailureError {
  const kept = isKept ? 'What came is kept.' : 'Nothing of that hour is kept.';
  return new FailureError({
    class: 'invalid',
    code: 'campaigns.capped',
    message: `The hour ${hourText(span.from)} has as many rows as the server gives (${rowsMax}): more may be missing.`,
    hint: `${kept} Give the client fewer campaign_ids or lists a row.`,
  });
}
