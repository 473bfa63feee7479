/**
 * The same idempotency key with another input: the first job answers, as it must for a call that is
 * only sent again, and it is said. One key for every day's list would bring the first day's results
 * for ever.
 */
import { readFile, stat } from 'node:fs/promises';
import type { InputWarning } from '../sources/input-warning.ts';
import { sameBytes } from './same-bytes.ts';

/** `given`, `first`: what the two inputs are called; '' = there was none. */
export function otherInput(given: string, first: string): InputWarning {
  const [now, then] = [given || 'none', first || 'none'];
  const message =
    now === then
      ? `The input ${now} has changed since the first call with this key: ` +
        'the results are of what it was then.'
      : `The input ${now} is not that of the first call with this key, ${then}: ` +
        'the results are of that one.';
  return { code: 'other_input', message };
}

/** Whether a stored input is another one than a file, or than bytes; undefined = not known. */
export async function isOther(
  first: string,
  given: string | Uint8Array,
): Promise<boolean | undefined> {
  if (typeof given === 'string') {
    const same = await sameBytes(first, given);
    return same === undefined ? undefined : !same;
  }
  try {
    if ((await stat(first)).size !== given.length) return true;
    return !(await readFile(first)).equals(given);
  } catch {
    return undefined;
  }
}
