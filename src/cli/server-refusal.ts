/** What a server refused, in its own words, with the exit code that the same error has here. */
import { ERROR_TABLE, type ErrorCode } from '../base/error-table.ts';
import { SluiceError } from '../base/errors.ts';

/** Of codes that this version does not know yet. */
const EXITS: Readonly<Record<number, number>> = {
  401: 5,
  403: 5,
  404: 4,
  408: 6,
  409: 4,
  413: 7,
  429: 6,
  502: 6,
  503: 6,
  504: 6,
};
const BODY_CHARS_SHOWN = 200;

export class ServerRefusal extends SluiceError {
  override readonly code: ErrorCode;
  override readonly hint: string;
  /** HTTP status of the answer. */
  readonly answered: number;

  constructor(answered: number, body: string) {
    super('server.refused', {
      status: answered,
      detail: body.slice(0, BODY_CHARS_SHOWN) || 'no body',
    });
    const problem = problemIn(body);
    this.code = (problem?.code ?? 'server.refused') as ErrorCode;
    this.hint = problem?.hint ?? ERROR_TABLE['server.refused'].hint;
    if (problem !== undefined) this.message = problem.detail;
    this.answered = answered;
  }

  override get exitCode(): number {
    if (this.code !== 'server.refused' && Object.hasOwn(ERROR_TABLE, this.code)) {
      return ERROR_TABLE[this.code].exit;
    }
    return EXITS[this.answered] ?? (this.answered < 500 ? 2 : 1);
  }
}

/** A problem document (RFC 9457) as our servers write them. */
function problemIn(body: string): { code: string; detail: string; hint: string } | undefined {
  try {
    const { code, detail, hint } = JSON.parse(body) as Record<string, unknown>;
    if (typeof code !== 'string' || typeof detail !== 'string') return undefined;
    return { code, detail, hint: typeof hint === 'string' ? hint : '' };
  } catch {
    return undefined;
  }
}
