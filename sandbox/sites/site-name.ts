/**
 * Names and domains, unique by construction: a site's index is turned into a surname, a trade and,
 * for later indexes, a city, without a draw, so no name occurs twice and no set has to be kept.
 *
 * Surnames are invented from syllables. Domains have the countries' real endings, since collectors
 * read the country from them; they are meant to be reached through a resolver override only and
 * must never be looked up. Names that shall not resolve end in `.invalid`, which never does.
 */
import { domainToASCII } from 'node:url';
import { type Behaviour, SPECIAL_BEHAVIOURS } from './behaviours.ts';
import { COUNTRY_TURN, countryByCode } from './countries/countries.ts';
import type { Country } from './countries/country.ts';
import { RUSSIA } from './countries/european.ts';
import { randomOf, seedOf, slugOf } from './seed.ts';

export interface SiteName {
  readonly index: number;
  readonly host: string;
  readonly shownHost: string;
  readonly aliases: readonly string[];
  readonly tradeName: string;
  readonly trade: string;
  readonly company: string;
  /** Domain of its e-mail addresses, ASCII. */
  readonly mailDomain: string;
  readonly slug: string;
  readonly country: Country;
  readonly behaviour: Behaviour;
  /** The domain's ending does not tell the country. */
  readonly foreignEnding: boolean;
}

/** Every fourth site is special until each behaviour has had its turn; then all are ordinary. */
const SPECIAL_EVERY = 4;

/** Sites that show the behaviours once each need this many. */
export const SITES_FOR_ALL_BEHAVIOURS = SPECIAL_BEHAVIOURS.length * SPECIAL_EVERY;

/** The behaviour of site `index`; the same for every seed, so that tests can name it. */
export function behaviourAt(index: number): Behaviour {
  if (index % SPECIAL_EVERY !== SPECIAL_EVERY - 1) return 'ordinary';
  return SPECIAL_BEHAVIOURS[Math.floor(index / SPECIAL_EVERY)] ?? 'ordinary';
}

/** Where the only site of a special behaviour stands. */
export function indexOfBehaviour(behaviour: Exclude<Behaviour, 'ordinary'>): number {
  return SPECIAL_BEHAVIOURS.indexOf(behaviour) * SPECIAL_EVERY + SPECIAL_EVERY - 1;
}

/** The name of site `index`. */
export function siteName(seed: number, index: number, behaviour = behaviourAt(index)): SiteName {
  const random = randomOf(seed, 'name', index);
  const forced = forcedCountry(behaviour, index);
  const country = forced ?? (COUNTRY_TURN[index % COUNTRY_TURN.length] as Country);
  const { surname, trade, town, round } = wordsOf(
    seed,
    country,
    forced ? index : Math.floor(index / COUNTRY_TURN.length),
  );
  const tradeName =
    country.code === 'JP' ? `${surname[0]}${trade[0]}` : `${surname[0]} ${trade[0]}`;
  const form = country.legalForms[Math.floor(random.next() * country.legalForms.length)] as string;
  const tail = [town && slugOf(town), round > 0 ? String(round + 1) : '', forced ? 'online' : '']
    .filter((part) => part !== '')
    .map((part) => `-${part}`)
    .join('');
  const slug = `${surname[1]}-${trade[1]}${tail}`;
  const ending = endingOf(behaviour, country, random.next());
  const accented = /[^\u0020-\u007f]/.test(surname[0]) && /^[\p{Script=Latin}]+$/u.test(surname[0]);
  const unicode = accented && behaviour === 'ordinary' && random.next() < 0.25;
  const shownHost = unicode
    ? `${surname[0].toLowerCase()}-${trade[1]}${tail}.${ending}`
    : `${slug}.${ending}`;
  return {
    index,
    host: domainToASCII(shownHost),
    shownHost,
    aliases: behaviour === 'redirect-cross-domain' ? [`${slug}-group.${ending}`] : [],
    tradeName,
    trade: trade[0],
    company: form.replace('{name}', tradeName),
    mailDomain: `${slug}.${ending}`,
    slug,
    country,
    behaviour,
    foreignEnding: country.code !== 'US' && !endsInCountry(ending, country),
  };
}

/** Sites in a legacy charset belong where that charset was at home. */
function forcedCountry(behaviour: Behaviour, index: number): Country | undefined {
  if (behaviour === 'charset-shift-jis') return countryByCode('JP');
  if (behaviour === 'charset-windows-1251') return RUSSIA;
  if (!behaviour.startsWith('charset-')) return undefined;
  return countryByCode(['DE', 'SE', 'FR', 'ES', 'PT'][index % 5] as string);
}

function endingOf(behaviour: Behaviour, country: Country, draw: number): string {
  if (behaviour === 'dns-failure') return 'invalid';
  return country.endings[Math.floor(draw * country.endings.length)] as string;
}

function endsInCountry(ending: string, country: Country): boolean {
  const code = country.code === 'GB' ? 'uk' : country.code.toLowerCase();
  return ending === code || ending.endsWith(`.${code}`);
}

function wordsOf(seed: number, country: Country, ordinal: number) {
  const { surnameHeads: heads, surnameTails: tails, trades } = country.locale;
  const total = heads.length * tails.length * trades.length;
  // A step that shares no factor with the total visits every combination once.
  let step = 1 + (seedOf(seed, 'step', country.code) % (total - 1));
  while (gcd(step, total) !== 1) step += 1;
  const at = (ordinal * step + (seedOf(seed, 'start', country.code) % total)) % total;
  const head = heads[at % heads.length] as readonly [string, string];
  const tail = tails[Math.floor(at / heads.length) % tails.length] as readonly [string, string];
  const tier = Math.floor(ordinal / total);
  const towns = ['', ...country.cities.map((each) => each.name)];
  return {
    surname: [`${head[0]}${tail[0]}`, `${head[1]}${tail[1]}`] as const,
    trade: trades[Math.floor(at / (heads.length * tails.length))] as readonly [string, string],
    town: country.code === 'JP' ? '' : (towns[tier % towns.length] as string),
    round: country.code === 'JP' ? tier : Math.floor(tier / towns.length),
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
