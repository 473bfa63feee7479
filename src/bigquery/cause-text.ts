import { messageOf, systemCode } from '../base/errors.ts';

/** Of `fetch failed` the reason, which is its cause; of a file its code. */
export function causeText(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return systemCode(first) ?? messageOf(first);
}
