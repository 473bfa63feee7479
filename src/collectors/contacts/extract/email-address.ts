/**
 * What is an e-mail address that somebody reads, and what only looks like one: file names,
 * package versions, placeholders of forms and templates, keys of error trackers. An address at
 * the page's own domain is believed whatever its top-level domain is.
 */
import { parse } from 'tldts';
import { Memo } from './memo.ts';

const LOCAL_CHARS_MAX = 64;
const DOMAIN_CHARS_MAX = 253;

const PLACEHOLDER_DOMAINS =
  /^(?:(?:.+\.)?example\.[a-z.]+|(?:your|my|tu|votre|ihre?|deine?|some)-?(?:domain|site|website|company|firma|email)\.[a-z.]+|domain\.(?:com|tld|net|org|ext|de|fr)|domaine\.(?:fr|com)|dominio\.(?:com|es|it)|(?:.+\.)?sentry(?:-next)?\.(?:io|wixpress\.com)|(?:.+\.)?wixpress\.com|email\.(?:tld|ext)|x+\.com|abc\.(?:com|xyz)|test\.(?:com|de|test)|(?:.+\.)?ingest\.sentry\.io|mysite\.com|yoursite\.com|placeholder\.com|foo\.(?:com|bar)|bar\.com)$/;
const PLACEHOLDER_LOCALS =
  /^(?:your?[-._]?(?:name|e?-?mail|address|id|username|login)?|(?:e?mail|name|user|username|someone|somebody|nobody|xxx+|abc|foo|bar|test|me|you|jane|john|max|mustermann)|(?:john|jane)[-._]?(?:doe|smith)|max\.?mustermann)$/;
const TEMPLATE_LOCALS =
  /^(?:your?[-._]?(?:name|e-?mail|address|username)|name\.surname|first-?_?name[-._]?last-?_?name|vorname[-._]nachname|(?:votre|nom|pr[eé]nom)[-._](?:nom|pr[eé]nom|email|mail)|ihr[-._]?name|ihre?[-._]?e?-?mail|deine?[-._]?e?-?mail|tu[-._]?(?:email|correo|nombre)|seu[-._]?e?-?mail|nome[-._]cognome|u-?naam|jouw[-._]?naam|[%$][a-z]+)$/;
/** Domains at which forms show how an address looks. */
const FORM_DOMAINS =
  /^(?:email|mail|company|website|site|address|domain|provider|host|server|gmail|firma|unternehmen|empresa|entreprise|azienda|correo|mailserver)\.(?:com|de|net|org|fr|es|it|co|tld)$/;
const FREE_MAIL =
  /^(?:gmail|googlemail|outlook|hotmail|live|yahoo|ymail|icloud|me|aol|gmx|web|t-online|protonmail|proton|mail|yandex|orange|wanadoo|free|laposte|libero|virgilio|alice|tin|seznam|wp|o2|onet|interia|qq|163|126|sina|btinternet|comcast|verizon|att|sbcglobal|bellsouth|cox|bigpond|optusnet|telus|shaw|rogers|sympatico|naver|hanmail|daum|docomo|ezweb|softbank|bluewin|skynet|telenet|ziggo|kpnmail|xs4all|planet|home|uol|bol|terra|ig)\./;
const NOSPAM = /[-._]?(?:no-?spam|remove-?(?:this|me)|delete-?this|antispam|spamfree)[-._]?/gi;
/** Suffixes of files that are names of domains nowhere or hardly anywhere. */
const FILES =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|js|mjs|css|html?|php|aspx?|json|xml|woff2?|ttf|pdf)$/;

export interface EmailAddress {
  /** Domain in lower case, local part as written. */
  readonly value: string;
  /** At the page's own registrable domain. */
  readonly ownDomain: boolean;
  /** At a provider of mailboxes for everyone. */
  readonly freeMail: boolean;
}

/**
 * The address made of `local` and `domain` as written, or undefined where it is none. `siteHost`
 * is the host name of the page. Words that are glued to either end are cut off.
 */
export function emailAddress(
  local: string,
  domain: string,
  siteHost: string,
): EmailAddress | undefined {
  return ADDRESSES.of(`${local}\n${domain}\n${siteHost}`) ?? undefined;
}

/** A link and its text give an address twice, and the pages of a site give the same ones. */
const ADDRESSES = new Memo(2_000, 200, (key) => {
  const [local, domain, siteHost] = key.split('\n') as [string, string, string];
  return readAddress(local, domain, siteHost) ?? null;
});

function readAddress(local: string, domain: string, siteHost: string): EmailAddress | undefined {
  let name = trimLocal(local);
  let host = domain.replace(/^[.-]+|[.-]+$/g, '');
  if (/spam|remove|delete/i.test(name) || /spam|remove|delete/i.test(host)) {
    name = name.replace(NOSPAM, '');
    host = host.replace(/^[-._]?(?:no-?spam|remove-?(?:this|me)|delete-?this|antispam)[-._]/i, '');
  }
  if (name === '' || name.length > LOCAL_CHARS_MAX || host.length > DOMAIN_CHARS_MAX)
    return undefined;
  if (host.includes('..') || host.length < 3) return undefined;
  const lower = host.toLowerCase();
  const ownDomain = isOwnDomain(lower, siteHost);
  const real = ownDomain ? lower : realDomain(host);
  if (real === '') return undefined;
  if (!ownDomain && isPlaceholder(name.toLowerCase(), real)) return undefined;
  if (/^\d+x\./.test(real) || FILES.test(real)) return undefined;
  if (/^[0-9a-f]{24,}$/i.test(name)) return undefined;
  return {
    value: `${name}@${real}`,
    ownDomain: ownDomain || isOwnDomain(real, siteHost),
    freeMail: FREE_MAIL.test(real),
  };
}

/** `614-555-0142jane@`: the number on the line before. */
const PHONE_BEFORE = /^(?:(?:1[-.])?\d{3}[-.])?\d{3}[-.]\d{4}(?=[-.]?[a-z])/i;

function trimLocal(local: string): string {
  const bare = local
    .replace(PHONE_BEFORE, '')
    .replace(/^[.'+\-*]+|[.']+$/g, '')
    .replace(/\.{2,}/g, '.');
  // `0301234567info@`, `Emailinfo@`: what stood before it in another element.
  const glued =
    /^(?:[\d-]{6,}|e-?mail|mailto|mail|email us)(?=(?:info|contact|sales|office|hello|support|admin|enquir|inquir|service|kontakt|team|hr|jobs)[a-z]*$)/i;
  return bare.replace(glued, '');
}

export function isOwnDomain(domain: string, siteHost: string): boolean {
  if (siteHost === '' || !domain.includes('.')) return false;
  return siteHost === domain || siteHost.endsWith(`.${domain}`) || domain === bareHost(siteHost);
}

function bareHost(host: string): string {
  return host.startsWith('www.') ? host.slice(4) : host;
}

/** The domain in lower case with what is glued to its end cut off, or '' where none can be seen. */
function realDomain(host: string): string {
  const www = host.search(/(?<=\.[a-z]{2,6})www\./i);
  if (www > 0) return realDomain(host.slice(0, www));
  // `example.comTel`, `example.com.Phone`: a capital begins another word.
  const cut = /^(.*[a-z\d]\.[a-z]{2,})\.?[A-Z][a-z]+.*$/.exec(host)?.[1];
  if (cut !== undefined && isRegistrable(cut.toLowerCase())) return cut.toLowerCase();
  const lower = host.toLowerCase();
  if (isRegistrable(lower)) return lower;
  // `example.com614-555-0142`, `example.com-Jane`
  const prefix =
    /^(.+\.(?:com|org|net|edu|gov|info|biz|eu|de|co\.uk|fr|it|es|nl|at|ch))(?:[a-z]{3,}|\d[\d.-]*|-.*|www\..*|\..*)$/.exec(
      lower,
    )?.[1];
  return prefix !== undefined && isRegistrable(prefix) ? prefix : '';
}

/** Whether a host name, in lower case, lies under a suffix that is in public use. */
export function isRegistrable(host: string): boolean {
  const { domain, isIcann, isIp } = parse(host);
  return domain !== null && isIcann === true && isIp !== true;
}

function isPlaceholder(local: string, domain: string): boolean {
  if (PLACEHOLDER_DOMAINS.test(domain) || TEMPLATE_LOCALS.test(local)) return true;
  return PLACEHOLDER_LOCALS.test(local) && FORM_DOMAINS.test(domain);
}
