/** What goes wrong: asked for by a command, or by chance and seed. */
import { randomOf } from '../sites/seed.ts';
import { Problem } from './problems.ts';

/** How a call goes wrong. */
export const FAULT_MODES = [
  /** 403, to be tried again a little later. */
  'rate-limit',
  /** 403, the day's quota is used up. */
  'quota',
  /** 403, whoever asks may not. */
  'denied',
  /** 503. */
  'unavailable',
  /** 500. */
  'error500',
  /** The connection breaks before anything is done. */
  'reset',
  /** It is done, and the connection breaks before the answer. */
  'lost',
  /** The answer takes its time: `ms` of the command, 5 s by itself. */
  'slow',
  /** The job is taken, and ends with an error of the service's own. */
  'job-error',
  /** The job is taken, and ends because there are too many. */
  'job-rate',
  /** A part of the rows is not taken. */
  'partial',
] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** What a call is about. */
export const CALL_KINDS = [
  'load',
  'query',
  'insertAll',
  'job',
  'table',
  'dataset',
  'token',
] as const;
export type CallKind = (typeof CALL_KINDS)[number];

export interface Fault {
  readonly mode: FaultMode;
  readonly ms: number;
}

export interface FaultScript extends Fault {
  readonly at: CallKind | undefined;
  /** Calls that still pass before. */
  after: number;
  times: number;
}

/** Modes that only these calls can have; all others can have the rest. */
const JOBS: readonly CallKind[] = ['load', 'query'];
const SLOW_MS = 5_000;

export class Faults {
  readonly #seed: number;
  readonly #shares: Partial<Record<FaultMode, number>>;
  readonly #scripts: FaultScript[] = [];
  readonly #numbers = new Map<CallKind, number>();

  constructor(seed: number, shares: Partial<Record<FaultMode, number>>) {
    this.#seed = seed;
    this.#shares = shares;
  }

  add(script: Omit<FaultScript, 'ms'> & { readonly ms?: number | undefined }): void {
    this.#scripts.push({ ...script, ms: script.ms ?? SLOW_MS });
  }

  clear(): void {
    this.#scripts.length = 0;
  }

  /** The next call of a kind. */
  next(kind: CallKind): Fault | undefined {
    const script = this.#scripts.find(
      ({ at, mode }) => (at === undefined || at === kind) && fits(mode, kind),
    );
    if (script && script.after > 0) script.after -= 1;
    else if (script) {
      script.times -= 1;
      if (script.times <= 0) this.#scripts.splice(this.#scripts.indexOf(script), 1);
      return { mode: script.mode, ms: script.ms };
    }
    const number = this.#numbers.get(kind) ?? 0;
    this.#numbers.set(kind, number + 1);
    let draw = randomOf(this.#seed, 'bigquery-fault', kind, number).next();
    const mode = FAULT_MODES.filter((each) => fits(each, kind)).find((each) => {
      draw -= this.#shares[each] ?? 0;
      return draw < 0;
    });
    return mode && { mode, ms: SLOW_MS };
  }
}

function fits(mode: FaultMode, kind: CallKind): boolean {
  if (mode === 'job-error' || mode === 'job-rate') return JOBS.includes(kind);
  if (mode === 'partial') return kind === 'load' || kind === 'insertAll';
  return true;
}

/** The answer instead of what was asked for; undefined where it is not an answer that goes wrong. */
export function faultProblem(mode: FaultMode): Problem | undefined {
  const limits =
    'For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas';
  switch (mode) {
    case 'rate-limit':
      return new Problem(
        403,
        'rateLimitExceeded',
        `Exceeded rate limits: too many api requests per user per method for this user_method. ${limits}`,
      );
    case 'quota':
      return new Problem(
        403,
        'quotaExceeded',
        `Quota exceeded: Your project exceeded quota for imports. ${limits}`,
      );
    case 'denied':
      return new Problem(
        403,
        'accessDenied',
        'Access Denied: Permission bigquery.tables.updateData denied (or it may not exist).',
      );
    case 'unavailable':
      return new Problem(
        503,
        'backendError',
        'Error encountered during execution. Retrying may solve the problem.',
      );
    case 'error500':
      return new Problem(
        500,
        'internalError',
        'An internal error occurred and the request could not be completed.',
      );
    default:
      return undefined;
  }
}
