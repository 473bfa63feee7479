/** What Postgres, its driver and the network say, in the words of the error table. */
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';

/** What to do about an error: the whole piece of work again, or tell it. */
export type Remedy = 'again' | 'tell';

const LOST =
  /^(08...|57P0[1-5]|25P03|25006|53300|E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOST(UNREACH|DOWN)|NETUNREACH|NOTFOUND|AI_AGAIN|NOTCONN))$/;
/** The driver has no code for these. */
const LOST_WORDS =
  /^(Connection terminated|Client (was closed|has encountered a connection error)|timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after)/;
/** Serialization failures, deadlocks, locks that were not free in time. */
const COLLIDED = /^(40001|40P01|55P03)$/;
const REFUSED = /^(28...|3D000|42501)$/;

/** Whether the connection is gone, or could not be had. */
export function isLost(error: unknown): boolean {
  const code = systemCode(error);
  if (code !== undefined && LOST.test(code)) return true;
  return LOST_WORDS.test(messageOf(error));
}

/** What was rolled back, or never begun, may be done again. */
export function remedyOf(error: unknown): Remedy {
  if (error instanceof SluiceError) return 'tell';
  const code = systemCode(error);
  return isLost(error) || (code !== undefined && COLLIDED.test(code)) ? 'again' : 'tell';
}

/**
 * The error a user can act on, or `error` itself where it is none of the store's: a bug.
 *
 * @param name - of the database, without user and password
 */
export function storeError(error: unknown, name: string): unknown {
  if (error instanceof SluiceError) return error;
  const code = systemCode(error) ?? '';
  const detail = messageOf(error) || code;
  const options = { cause: error };
  if (REFUSED.test(code)) return new SluiceError('store.refused', { name, detail }, options);
  if (code === '53100') return new SluiceError('store.full', { path: name }, options);
  if (/^XX00[12]$/.test(code)) {
    return new SluiceError('store.corrupt', { path: name, detail }, options);
  }
  if (code === '58030') return new SluiceError('store.io', { path: name, detail }, options);
  if (isLost(error) || COLLIDED.test(code) || /^5[37]/.test(code)) {
    return new SluiceError('store.unavailable', { name, detail }, options);
  }
  return error;
}
