/** Errors as the service words them: a status, a reason and a sentence, in the answer or in a job. */

export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
  readonly debugInfo?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly location: string | undefined;

  constructor(status: number, reason: string, message: string, location?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.location = location;
  }

  /** As a job holds it. */
  get proto(): ErrorProto {
    const { reason, message, location } = this;
    return { reason, ...(location !== undefined && { location }), message };
  }
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

export function problemBody({ status, reason, message, location }: Problem): unknown {
  const where = location === undefined ? {} : { location };
  return {
    error: {
      code: status,
      message,
      errors: [{ message, domain: 'global', reason, ...where }],
      status: STATUS_NAMES[status] ?? 'UNKNOWN',
    },
  };
}

export function invalid(message: string): Problem {
  return new Problem(400, 'invalid', message);
}

export function notFound(what: string): Problem {
  return new Problem(404, 'notFound', `Not found: ${what}`);
}

export function duplicate(what: string): Problem {
  return new Problem(409, 'duplicate', `Already Exists: ${what}`);
}

/** Of anything that is thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Problem(500, 'internalError', message);
}
