/** Who a user is: name, bio, place, website, counts and marks, all by seed and index. */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { randomOf } from '../sites/seed.ts';
import { idOfUser, madeMs, snowflake, usernameOf } from './user-names.ts';

export type VerifiedType = 'none' | 'blue' | 'business' | 'government';

export interface Profile {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  /** With `https://t.co/…` in it where a link was written. */
  readonly bio: string;
  /** Where the first link in the bio leads. */
  readonly bioLink: string | undefined;
  readonly location: string;
  /** Where the link of the profile leads; '' = there is no link. */
  readonly website: string;
  /** The t.co address of the link; '' = there is none. */
  readonly url: string;
  /** False: the answer tells the t.co address alone. */
  readonly urlExpanded: boolean;
  readonly isProtected: boolean;
  readonly isSuspended: boolean;
  readonly verified: boolean;
  readonly verifiedType: VerifiedType;
  /** RFC 3339 with milliseconds. */
  readonly createdAt: string;
  readonly followers: number;
  readonly following: number;
  readonly posts: number;
  readonly listed: number;
  readonly likes: number;
  readonly media: number;
  readonly pinnedId: string | undefined;
  readonly recentId: string;
  readonly withheldIn: readonly string[];
}

export interface Population {
  readonly seed: number;
  readonly users: number;
  readonly suspendedShare: number;
  readonly protectedShare: number;
  /** Users below this index are targets: neither suspended nor protected. */
  readonly targets: number;
  readonly suspendedTarget: number;
  readonly protectedTarget: number;
}

const FIRST = ['Ada', 'Björn', 'Chidi', 'Deniz', 'Élodie', 'Fumiko', 'Grażyna', 'Hamza', 'Iris'];
const WHOLE = ['山田 花子', 'Ольга Смирнова', 'محمد علي', 'The "Daily" Loaf', 'Studio N°5 🎨', 'ﬁ'];
const LAST = ['Quillmere', 'Tarnstoke', 'Ashcombe', 'Marlworthy', 'Corventhwaite', "O'Wexley"];
const WORK = ['Baker', 'Surveyor', 'Data engineer', 'Beekeeper', 'Architect', 'Radio host'];
const LIKES = [
  'night trains',
  'oat milk',
  'small data',
  'long walks',
  '🚲 & ☕️',
  'chess; checkers',
];
const PLACES = [
  'Berlin',
  'São Paulo, Brasil',
  '東京',
  'Lagos 🇳🇬',
  'Wrocław / Kraków',
  'Earth, mostly 🌍',
  'Kyiv, "the" centre',
  'Québec',
  'Lyon, France',
];
const ENDINGS = ['example', 'example.com', 'example.org', 'example.net'];
const TCO = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

/** Whether the user is suspended: in no page, found by no lookup. */
export function isSuspended(people: Population, index: number): boolean {
  if (index < people.targets) return index === people.suspendedTarget;
  return randomOf(people.seed, 'suspended', index).next() < people.suspendedShare;
}

/** Whether the user shows posts and followers to chosen people only. */
export function isProtected(people: Population, index: number): boolean {
  if (index < people.targets) return index === people.protectedTarget;
  return randomOf(people.seed, 'protected', index).next() < people.protectedShare;
}

/** The profile of a user. Followers and following of targets are counted elsewhere. */
export function profileOf(people: Population, index: number): Profile {
  const { seed, users } = people;
  const random = randomOf(seed, 'profile', index);
  const username = usernameOf(seed, index);
  const made = madeMs(users, index);
  const website = random.next() < 0.65 ? websiteOf(random, username) : '';
  const { bio, bioLink } = bioOf(random, username);
  const verifiedType = verifiedTypeOf(random);
  const followers = Math.floor(20 * (1 - random.next()) ** -1.1);
  return {
    id: idOfUser(seed, users, index),
    username,
    name:
      random.next() < 0.1 ? pick(random, WHOLE) : `${pick(random, FIRST)} ${pick(random, LAST)}`,
    bio,
    bioLink,
    location: random.next() < 0.7 ? pick(random, PLACES) : '',
    website,
    url: website === '' ? '' : tcoOf(random),
    urlExpanded: random.next() < 0.98,
    isProtected: isProtected(people, index),
    isSuspended: isSuspended(people, index),
    verified: verifiedType !== 'none',
    verifiedType,
    createdAt: new Date(made).toISOString(),
    followers: Math.min(followers, 90_000_000),
    following: randomInt(random, 0, 900),
    posts: Math.floor(30 * (1 - random.next()) ** -1.3),
    listed: Math.floor(followers / randomInt(random, 40, 200)),
    likes: randomInt(random, 0, 40_000),
    media: randomInt(random, 0, 3_000),
    pinnedId: random.next() < 0.2 ? postIdOf(made, random) : undefined,
    recentId: postIdOf(Math.max(made, Date.UTC(2025, 0, 1)), random),
    withheldIn: random.next() < 0.005 ? ['DE', 'FR'] : [],
  };
}

function verifiedTypeOf(random: Random): VerifiedType {
  const draw = random.next();
  if (draw < 0.12) return 'blue';
  if (draw < 0.14) return 'business';
  return draw < 0.145 ? 'government' : 'none';
}

function postIdOf(madeAtMs: number, random: Random): string {
  return String(snowflake(madeAtMs + randomInt(random, 1, 86_400_000), randomInt(random, 1, 4e6)));
}

function websiteOf(random: Random, username: string): string {
  const host = `${username.replaceAll('_', '').toLowerCase()}.${pick(random, ENDINGS)}`;
  const paths = ['', '/', '/about?ref=x&lang=en', '/menü', '/#links', '/a,b;c'];
  return `${random.next() < 0.85 ? 'https' : 'http'}://${host}${pick(random, paths)}`;
}

function bioOf(random: Random, username: string): { bio: string; bioLink: string | undefined } {
  const draw = random.next();
  if (draw < 0.12) return { bio: '', bioLink: undefined };
  const bio = `${pick(random, WORK)}, ${pick(random, LIKES)}.`;
  if (draw < 0.3)
    return {
      bio: `${bio}\n"${pick(random, LIKES)}"\t— since 20${randomInt(random, 10, 25)}`,
      bioLink: undefined,
    };
  if (draw < 0.45) {
    return {
      bio: `${bio} ${tcoOf(random)} #shop`,
      bioLink: `https://shop.${username.replaceAll('_', '').toLowerCase()}.example/`,
    };
  }
  return { bio, bioLink: undefined };
}

function tcoOf(random: Random): string {
  let code = '';
  for (let i = 0; i < 10; i += 1) code += TCO[Math.floor(random.next() * TCO.length)];
  return `https://t.co/${code}`;
}
