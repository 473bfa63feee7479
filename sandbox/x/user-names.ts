/**
 * Ids and names of users, each a function of the index that can be read back, so that a world of
 * millions needs no tables.
 *
 * An id carries the time of its making in its upper bits, as X's own do, and is beyond 2^53. Every
 * fortieth user is an old one with a short id.
 */
import { seedOf } from '../sites/seed.ts';

/** Ids count the milliseconds since then, shifted by 22 bits. */
export const SNOWFLAKE_START_MS = 1_288_834_974_657;
const FIRST_MS = Date.UTC(2011, 0, 1);
const LAST_MS = Date.UTC(2026, 0, 1);
const OLD_FIRST_MS = Date.UTC(2007, 0, 1);
const OLD_BASE = 10_000_000;
const OLD_STEP = 41;

const STEMS = [
  'quill',
  'Tarn',
  'marl_',
  'Wexley',
  'ashen',
  'Corven_',
  'nordlys',
  'Kestrel',
  'miravel',
  'Ostra',
  'pelu_',
  'Saffron',
  'vidra',
  'Umber_',
  'yarrow',
  'Zephyr',
  '_loam',
  'KITE',
  'fjordly',
  'Brin',
] as const;

export function isOldUser(index: number): boolean {
  return index % 40 === 7;
}

/** When the account was made, ms since 1970, of a world with so many users. */
export function madeMs(users: number, index: number): number {
  if (isOldUser(index)) return OLD_FIRST_MS + Math.floor(index / 40) * 60_000;
  return FIRST_MS + index * Math.floor((LAST_MS - FIRST_MS) / users);
}

/** An id of 22 drawn bits below a time. */
export function snowflake(timeMs: number, low: number): bigint {
  return (BigInt(timeMs - SNOWFLAKE_START_MS) << 22n) | BigInt(low & 0x3fffff);
}

/** The id of a user. */
export function idOfUser(seed: number, users: number, index: number): string {
  if (isOldUser(index)) return String(OLD_BASE + index * OLD_STEP + (seedOf(seed, index) % 40));
  return String(snowflake(madeMs(users, index), seedOf(seed, 'id', index)));
}

/** The index of a user's id (digits); -1 for an id that nobody has. */
export function indexOfUserId(seed: number, users: number, id: string): number {
  const number = BigInt(id);
  let index: number;
  if (number < 1n << 53n) {
    index = Math.floor((Number(number) - OLD_BASE) / OLD_STEP);
  } else {
    const gapMs = Math.floor((LAST_MS - FIRST_MS) / users);
    index = Math.floor((Number(number >> 22n) + SNOWFLAKE_START_MS - FIRST_MS) / gapMs);
  }
  if (index < 0 || index >= users) return -1;
  return idOfUser(seed, users, index) === id ? index : -1;
}

/** The name that is written after @: letters, digits and underscores, 15 at most. */
export function usernameOf(seed: number, index: number): string {
  const stem = STEMS[seedOf(seed, 'username', index) % STEMS.length] as string;
  return `${stem}${index}`;
}

/** The index of a username in any case; -1 when nobody has it. */
export function indexOfUsername(seed: number, users: number, username: string): number {
  const digits = /\d+$/.exec(username)?.[0] ?? '';
  const index = digits === '' ? -1 : Number(digits);
  if (index < 0 || index >= users) return -1;
  return usernameOf(seed, index).toLowerCase() === username.toLowerCase() ? index : -1;
}
