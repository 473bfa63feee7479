import type { Random } from './random.ts';

/** Crockford's alphabet: no I, L, O or U, so an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * An id that sorts by creation time: prefix, underscore, 9 characters of milliseconds, 9 of chance
 * (45 bits). Example: `j_01m5xk2vqzr3c8w0hn`.
 */
export function newId(prefix: string, wallMs: number, random: Random): string {
  let time = '';
  let left = Math.floor(wallMs);
  for (let i = 0; i < 9; i += 1) {
    time = ALPHABET[left % 32] + time;
    left = Math.floor(left / 32);
  }
  let tail = '';
  for (let i = 0; i < 9; i += 1) tail += ALPHABET[Math.floor(random.next() * 32)];
  return `${prefix}_${time}${tail}`;
}
