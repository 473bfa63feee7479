/**
 * What went wrong with one attempt, as a value. The class decides what happens next
 * (`retry/policy`), the code and message are for people, the fingerprint groups equal failures of
 * many tasks.
 */
export const FAILURE_CLASSES = [
  /** Likely to pass: a reset, a time-out, a 503. Retried with back-off. */
  'transient',
  /** The other side asked for patience until a time. Costs no attempt. */
  'throttled',
  /** Nothing of the job can go on: a cap is used up, a bill is due. Pauses the job. */
  'stop',
  /** Not allowed: 401, 403, robots.txt. */
  'auth',
  /** It is not there: 404, 410, no such host. */
  'gone',
  /** The input cannot be worked on: no URL, a blocked address, a body that is no page. */
  'invalid',
  /** The collector or Sluice itself is wrong. */
  'bug',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

export interface Failure {
  readonly class: FailureClass;
  /** Stable, dotted, from the error table or `http.<status>`. */
  readonly code: string;
  /** One sentence, with the particulars of this case. */
  readonly message: string;
  /** What the user can do, if anything. */
  readonly hint?: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** Wall time, ms, before which trying again is pointless. */
  readonly untilMs?: number;
}

/**
 * The key under which equal failures are grouped: class, code and the message with everything that
 * differs from row to row (numbers, hosts, URLs, quoted text, ids) taken out.
 */
export function fingerprint(failure: Failure): string {
  const shape = failure.message
    .slice(0, 300)
    .replace(/https?:\/\/\S+/gi, '<url>')
    .replace(/"[^"]*"|'[^']*'|«[^»]*»|`[^`]*`/g, '<text>')
    .replace(/\b(?:[\p{L}\p{N}_-]+\.)+[\p{L}]{2,}\b/giu, '<host>')
    .replace(/\b[0-9a-f]{8,}\b/gi, '<id>')
    .replace(/\d+(?:[.,]\d+)*/g, '#');
  return `${failure.class}|${failure.code}|${shape}`;
}

/** Whether a fingerprint is meant by a name: the whole of it, or its error code. */
export function isMeantBy(name: string, print: string): boolean {
  return print === name || print.split('|', 2)[1] === name;
}

const TEXT_CHARS_MAX = 2_000;

/**
 * A failure as a collector's own code made it, with every field what it is meant to be: nothing
 * else can be grouped, stored and shown.
 */
export function soundFailure(given: unknown): Failure {
  const raw = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  const hint = textOf(raw.hint);
  const known = FAILURE_CLASSES.find((name) => name === raw.class);
  return {
    class: known ?? 'bug',
    code: textOf(raw.code) ?? 'collector.threw',
    message: textOf(raw.message) ?? 'The collector gave no reason.',
    ...(hint === undefined ? {} : { hint }),
    ...(Number.isInteger(raw.status) ? { status: raw.status as number } : {}),
    ...(Number.isFinite(raw.untilMs) ? { untilMs: raw.untilMs as number } : {}),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, TEXT_CHARS_MAX) : undefined;
}

/** Carries a failure that is already judged through code that throws. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}
