import { ERROR_TABLE, type ErrorCode, type ErrorEntry } from './error-table.ts';

export type ErrorParams = Readonly<Record<string, string | number>>;

/**
 * An error that a user can meet: a stable code, a sentence and a hint from the error table.
 * Anything else that is thrown is a bug or a broken world.
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    const entry: ErrorEntry = ERROR_TABLE[code];
    super(fill(entry.sentence, params), options);
    this.code = code;
    this.hint = fill(entry.hint, params);
    this.params = params;
  }

  /** HTTP status of the API's answer. */
  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** Exit code of the CLI. */
  get exitCode(): number {
    return ERROR_TABLE[this.code].exit;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error such as `ENOENT`, if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function fill(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
