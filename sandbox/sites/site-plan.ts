/** Draws a site from its seed: which facts it has, where they stand and how they are written. */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { EMAIL_METHODS, type EmailMethod } from './email-writing.ts';
import type { Locale, PageKey, Word } from './locales/locale.ts';
import { drawNumber, type PhoneFact, toE164, writeNumber } from './phone-numbers.ts';
import { drawAddress } from './postal-address.ts';
import { randomOf, seedOf, slugOf } from './seed.ts';
import {
  BLOCK_STYLES,
  type ContactBlock,
  type EmailFact,
  type HoursFact,
  type JsonLdFact,
  type PersonFact,
  type Site,
} from './site.ts';
import { type SiteName, siteName } from './site-name.ts';
import { sitePaths } from './site-paths.ts';
import { drawSocials, linkedInPerson } from './social-profiles.ts';

/** Bare sites show none of the facts in a form that can be read. */
const BARE = new Set(['form-only', 'image-only']);

/** Site `index` of a seed, complete. */
export function planSite(seed: number, index: number, name = siteName(seed, index)): Site {
  const siteSeed = seedOf(seed, 'site', index);
  const random = randomOf(siteSeed, 'facts');
  const { country, behaviour } = name;
  const { pages, paths } = sitePaths(name, random);
  const at = pick(random, country.cities);
  const bare = BARE.has(behaviour);
  const numbers = drawPhones(random, name, at);
  const blocks = bare ? [] : drawBlocks(random, name, pages, numbers);
  const socials = bare ? [] : drawSocials(random, name.slug, numbers.main.e164);
  return {
    index,
    seed: siteSeed,
    host: name.host,
    shownHost: name.shownHost,
    aliases: name.aliases,
    company: name.company,
    tradeName: name.tradeName,
    trade: name.trade,
    country,
    behaviour,
    pages,
    paths,
    address: drawAddress(random, country, at),
    hours: drawHours(random, country.locale),
    blocks,
    jsonLd: bare ? undefined : drawJsonLd(random, pages, blocks, numbers.main),
    socials,
    socialsPlace: random.next() < 0.6 || !pages.includes('contact') ? 'footer' : 'contact',
    people: pages.includes('team') && !bare ? drawPeople(random, name) : [],
    skeleton: randomInt(random, 0, 3),
    pageBytes: Math.round(5_000 + 55_000 * random.next() ** 3),
    cookieBanner: pick(random, ['none', 'bar', 'bar', 'dialog'] as const),
    latencyMs: Math.round(5 + 60 * random.next() ** 2),
    shareButtons: random.next() < 0.4,
    openGraph: random.next() < 0.6,
    form: bare || random.next() < 0.5,
  };
}

interface Numbers {
  readonly main: PhoneFact;
  readonly extra: PhoneFact | undefined;
  readonly fax: PhoneFact | undefined;
}

function drawPhones(random: Random, name: SiteName, at: Parameters<typeof drawNumber>[1]): Numbers {
  const taken = new Set<string>();
  const phone = (kind: 'phone' | 'fax', extension = ''): PhoneFact => {
    const number = drawNumber(random, at, taken);
    const abroad = name.foreignEnding || random.next() < 0.4;
    return {
      e164: toE164(name.country, number),
      written: writeNumber(random, name.country, number, abroad),
      extension,
      kind,
    };
  };
  return {
    main: phone('phone'),
    extra:
      random.next() < 0.3
        ? phone('phone', random.next() < 0.6 ? String(randomInt(random, 11, 499)) : '')
        : undefined,
    fax: random.next() < 0.5 ? phone('fax') : undefined,
  };
}

function drawBlocks(
  random: Random,
  name: SiteName,
  pages: readonly PageKey[],
  numbers: Numbers,
): ContactBlock[] {
  const { mailboxes } = name.country.locale;
  const mailbox = (offset: number) =>
    `${mailboxes[(name.index + offset) % mailboxes.length]}@${name.mailDomain}`;
  const main: EmailFact = { value: mailbox(0), method: methodAt(name.index) };
  const home = pages.includes('contact') ? 'contact' : 'home';
  const blocks: ContactBlock[] = [
    {
      place: home,
      style: pick(random, BLOCK_STYLES),
      emails: random.next() < 0.3 ? [main, { value: mailbox(1), method: 'mailto' }] : [main],
      phones: [numbers.main, numbers.extra, numbers.fax].filter((each) => each !== undefined),
      address: true,
      hours: random.next() < 0.6,
    },
  ];
  if (pages.includes('imprint')) {
    blocks.push({
      place: 'imprint',
      style: random.next() < 0.7 ? 'lines' : 'address',
      emails: [random.next() < 0.5 ? { value: mailbox(2), method: pick(random, QUIET) } : main],
      phones: [numbers.main],
      address: true,
      hours: false,
    });
  }
  if (random.next() < 0.5) {
    blocks.push({
      place: 'footer',
      style: 'lines',
      emails: main.method !== 'json-ld' && random.next() < 0.5 ? [main] : [],
      phones: [numbers.main],
      address: random.next() < 0.5,
      hours: false,
    });
  }
  return blocks;
}

/** Every method has its turn among the ordinary sites, whatever the seed. */
function methodAt(index: number): EmailMethod {
  return EMAIL_METHODS[index % EMAIL_METHODS.length] as EmailMethod;
}

const QUIET: readonly EmailMethod[] = ['mailto', 'text', 'at-parentheses', 'entities-decimal'];

function drawJsonLd(
  random: Random,
  pages: readonly PageKey[],
  blocks: readonly ContactBlock[],
  phone: PhoneFact,
): JsonLdFact | undefined {
  const hidden = blocks.flatMap((block) => block.emails).find((each) => each.method === 'json-ld');
  if (hidden === undefined && random.next() < 0.6) return undefined;
  return {
    place: hidden !== undefined && pages.includes('contact') ? 'contact' : 'home',
    email: hidden?.value ?? '',
    phone: random.next() < 0.7 ? phone : undefined,
    address: random.next() < 0.7,
    hours: random.next() < 0.4,
    socials: random.next() < 0.5,
  };
}

function drawPeople(random: Random, name: SiteName): PersonFact[] {
  const { firstNames, surnameHeads, surnameTails, roles } = name.country.locale;
  const japanese = name.country.code === 'JP';
  return roles.slice(0, randomInt(random, 2, 4)).map((role, at): PersonFact => {
    const first = firstNames[(name.index + at * 3) % firstNames.length] as Word;
    const head = pick(random, surnameHeads);
    const tail = pick(random, surnameTails);
    const last: Word = [`${head[0]}${tail[0]}`, `${head[1]}${tail[1]}`];
    const key = `${first[1]}-${last[1]}-${seedOf(name.index, first[1], last[1]).toString(16)}`;
    return {
      name: japanese ? `${last[0]} ${first[0]}` : `${first[0]} ${last[0]}`,
      role,
      linkedin: random.next() < 0.7 ? linkedInPerson(slugOf(key)) : '',
      email:
        random.next() < 0.4
          ? { value: `${first[1]}.${last[1]}@${name.mailDomain}`, method: pick(random, QUIET) }
          : undefined,
    };
  });
}

function drawHours(random: Random, locale: Locale): HoursFact {
  const open = pick(random, ['08:00', '08:30', '09:00', '10:00']);
  const close = pick(random, ['16:30', '17:00', '18:00', '19:30']);
  const days = locale.days;
  const rules = [`Mo-Fr ${open}-${close}`];
  const lines = [`${days[0]}–${days[4]}: ${open} – ${close}`];
  if (random.next() < 0.4) {
    rules.push('Sa 10:00-14:00');
    lines.push(`${days[5]}: 10:00 – 14:00`);
  }
  lines.push(`${days[6]}: ${locale.closed}`);
  return { rules, lines };
}
