import { countryCode } from './countries.ts';
import { unescapeEntities } from './json-ld.ts';
import { Memo } from './memo.ts';
import { streetIn } from './street.ts';

/** Cleans what stands where a company's name is expected, and refuses what cannot be one. */

const GENERIC = new Set(
  (
    'home|homepage|home page|welcome|contact|contact us|contacts|contact information|' +
    'contact info|contact details|contact page|contact form|get in touch|about|about ' +
    'us|about me|our team|our story|team|company|' +
    'news|blog|services|our services|products|our products|shop|store|online shop|' +
    'login|sign in|register|faq|faqs|help|support|privacy|privacy policy|terms|terms ' +
    'of use|terms of service|terms & conditions|' +
    'terms and conditions|legal|legal notice|disclaimer|impressum|imprint|kontakt|' +
    'über uns|startseite|start|datenschutz|agb|accueil|contactez-nous|nous contacter|' +
    'mentions légales|à propos|qui sommes-nous|inicio|contacto|' +
    'contáctenos|quiénes somos|aviso legal|chi siamo|contatti|note legali|home page|' +
    'over ons|contacteer ons|contato|sobre|quem somos|contactos|kontakty|o nas|om ' +
    'oss|om os|kontakta oss|yhteystiedot|hem|hjem|' +
    'careers|jobs|gallery|portfolio|testimonials|locations|location|office locations|' +
    'offices|sitemap|site map|search|menu|index|untitled|untitled document|untitled ' +
    'page|new page|default|my site|my website|website|' +
    'company name|your company|your company name|logo|main page|page|error|404|not ' +
    'found|page not found|overview|information|info|office|headquarters|corporate ' +
    'headquarters|head office|mailing address|address|' +
    'latest news|events|press|media|general information|customer service|customer ' +
    'support|executive team|directions|map|hours|links|resources|download|downloads|' +
    'just another wordpress site|wordpress|' +
    'official site|official website|online|the company|all rights reserved|skip to ' +
    'content|skip to main content|read more|more|click here|back|our location|free ' +
    'quote|request a quote|shipping policy|delivery information|our staff|staff|' +
    'view larger map|get directions|our address|physical address|postal address|' +
    'visit us|find us|where to find us|by mail|mail|write to us|us|united states|' +
    'corporate office|main office|registered office|sales office|sales|address:|' +
    'location:'
  ).split('|'),
);

const LEAD = new RegExp(
  [
    '^(?:welcome to|willkommen bei|bienvenue (?:chez|sur|à)|bienvenidos? a|',
    'benvenuti (?:su|da|in)|welkom bij|contact(?: us)?(?: (?:at|for))?|',
    'about(?: us)?|home(?: page)?(?: of)?|kontakt|über|official (?:web)?site of|',
    'all content|this (?:web)?site is|contents?|to|by|from|at|of|',
    String.raw`the official (?:web)?site of|contact details for) (?=[\p{Lu}\d])`,
  ].join(''),
  'iu',
);
const TAIL = new RegExp(
  [
    String.raw`[\s,:]+(?:home ?page|home|official (?:web)?site|website|logo|contact (?:form|`,
    'page|details|information)|(?:help|support) cent(?:er|re)|contact us|contact|',
    '(?:corporate|head|main|home|registered) office|(?:corporate )?headquarters|',
    'online store|all rights? reserved|copyright|sitemap)$',
  ].join(''),
  'i',
);
/** The maker of a site says so. */
const MAKER =
  /^(?:powered|designed|created|developed|hosted|built|(?:web ?)?site(?: design)?) by\b/i;
const CHARS_MAX = 80;
const WORDS_MAX = 9;

/** The name within `raw`, or '' where there is none. */
export function companyName(raw: string): string {
  return NAMES.of(raw);
}

/** A site has its name on all its pages, and on each of them in several places. */
const NAMES = new Memo(1_000, 120, nameWithin);

function nameWithin(raw: string): string {
  let name = unescapeEntities(raw.slice(0, 160)).replace(/\s+/g, ' ');
  name = name
    .replace(/\ufffd/g, ' ')
    .replace(/[®™℠]|(?<=\p{Ll})(?:SM|TM)\b/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  name = name
    .replace(/^[\s"'“”«»‹›|,;:·•*>\-–—./\\()]+/, '')
    .replace(/[\s"“”«»‹›|,;:·•*<!\-–—/\\(]+$/, '');
  for (let turns = 0; turns < 2; turns++) {
    const bare = name.replace(LEAD, '');
    // `Welcome to the Acme Shop`
    name = (bare === name ? bare : bare.replace(/^(?:the|our) (?=\p{Lu})/u, '')).replace(TAIL, '');
  }
  name = name
    .replace(/ \.$/, '')
    .replace(/(\p{Ll}{3,})(?<!\b(?:Corp|Bros))\.$/u, '$1')
    .trim();
  if (isDotted(name) || (hasShortForm(name) && raw.includes(`${name}.`))) name = `${name}.`;
  return isName(name) ? name : '';
}

/** Whether a name ends in initials (`S.A`, `z o.o`, `e.K`), the last of which lost its dot. */
export function isDotted(name: string): boolean {
  return /(?:^|[\s,])(?:\p{L}\.)+\p{L}$/u.test(name);
}

/** Whether a name ends in a legal form that is shortened with a dot, when its writer does so. */
export function hasShortForm(name: string): boolean {
  return /\b(?:inc|ltd|ltda|lda|corp|co|bros|pvt|mfg)$/i.test(name);
}

function isName(name: string): boolean {
  if (name.length < 2 || name.length > CHARS_MAX) return false;
  if (!/\p{L}/u.test(name) || name.split(' ').length > WORDS_MAX) return false;
  if (/@|https?:|[!?<>{}]|\d{3}[-. ]\d{4}|\.(?:jpe?g|png|gif|svg|webp)$/i.test(name)) return false;
  if (countryCode(name) !== '' || MAKER.test(name)) return false;
  if (/^\d/.test(name) && streetIn(name)?.strength === 2) return false;
  return !isGenericName(name);
}

/** Whether a phrase is a heading or a menu item that any site has. */
export function isGenericName(name: string): boolean {
  return GENERICS.of(name);
}

/** Pages ask of their menu and of the segments of their titles. */
const GENERICS = new Memo(1_000, 60, (name) =>
  GENERIC.has(name.toLowerCase().replace(/[\s.:!]+$/, '')),
);

const BETWEEN_SEGMENTS =
  /\s*(?:\||»|«|›|‹|•|·|▪|::|\s[-–—:~]\s|–|—|:\s|\s-(?=\p{Lu})|\/\/|\s\/\s)\s*/u;

/** Splits a title at the marks that people put between a page's name and a site's. */
export function titleSegments(title: string): string[] {
  return title
    .slice(0, 400)
    .split(BETWEEN_SEGMENTS)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '')
    .slice(0, 12);
}
