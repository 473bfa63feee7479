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

export function capped(span: HourSpan, rowsMax: number): FailureError {
  return new FailureError({
    class: 'invalid',
    code: 'campaigns.capped',
    message: `The hour ${hourText(span.from)} has as many rows as the server gives (${rowsMax}): more may be missing.`,
    hint: 'What came is kept. Give the client fewer campaign_ids or lists a row.',
  });
}
