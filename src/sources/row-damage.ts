import type { ErrorCode } from '../base/error-table.ts';
import { type ErrorParams, SluiceError } from '../base/errors.ts';
import type { Failure } from '../model/failure.ts';

/** The failure of a row that cannot be read, worded by the error table. */
export function rowDamage(code: ErrorCode, params: ErrorParams): Failure {
  const { message, hint } = new SluiceError(code, params);
  return { class: 'invalid', code, message, hint };
}
