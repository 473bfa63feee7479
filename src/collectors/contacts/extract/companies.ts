import { codeAt } from './code-at.ts';
import { companyName, isGenericName, titleSegments } from './company-name.ts';
import { copyrightHolders } from './copyright-line.ts';
import type { FoundAddress, FoundText } from './found.ts';
import { hasLegalForm, legalFormOf, legalNames, withoutLegalForm } from './legal-forms.ts';
import { Memo } from './memo.ts';
import type { PageView } from './page-view.ts';
import { likeness, type SiteLabel, siteLabel, spelledLabel, squashed } from './site-label.ts';
import type { StructuredData } from './structured-data.ts';

/**
 * Names the organisation behind a page.
 *
 * No single place is to be trusted: titles are stuffed with key words, copyright lines name the
 * site's maker, logos say `Home`. So every place votes with a weight, votes for the same name
 * add up
 * (as independent chances do), a name that another contains shares its votes, and likeness to the
 * site's own domain counts as one more vote.
 */

const NAMES_MAX = 5;
const CANDIDATES_MAX = 60;
const CONFIDENCE_MIN = 0.2;
/** From this likeness to the site's name on, a name is taken to be its own. */
const ALIKE = 0.6;
const STRANGER_SHARE = 0.75;
/** From this likeness on a name is the site's own, whatever words it is made of. */
const SAME = 0.8;
const KEY_WORDS_SHARE = 0.5;

/** Names of the organisation, best first; `addresses` are those found on the page. */
export function findCompanies(
  view: PageView,
  structured?: StructuredData,
  addresses: readonly FoundAddress[] = [],
): FoundText[] {
  const site = siteLabel(view);
  const votes = new NameVotes(
    site,
    addresses.map((address) => address.city.toLowerCase()).filter((city) => city !== ''),
  );
  for (const name of structured?.names ?? []) {
    votes.add(name.value, name.method, name.confidence * 0.8);
  }
  voteMeta(view, votes);
  voteTitle(view.title, votes);
  voteCopyright(view.text, votes);
  voteLogo(view, votes);
  const spelled = spelledLabel(site.label, view.title, view.text);
  if (spelled.includes(' ') || site.weight > 0.5)
    votes.add(spelled, 'domain', site.weight * (spelled.includes(' ') ? 0.55 : 0.25));
  voteLinesAbove(view.text, addresses, votes);
  if (votes.leader() < 0.6) voteLikeLines(view.text, site, votes);
  if (votes.leader() < 0.8) {
    for (const name of legalNames(view.text, 12, 40_000)) votes.add(name, 'legal-form', 0.25);
  }
  return votes.result();
}

function voteMeta(view: PageView, votes: NameVotes): void {
  const { meta } = view;
  for (const name of [
    'application-name',
    'apple-mobile-web-app-title',
    'dc.publisher',
    'publisher',
  ]) {
    votes.add(meta.get(name) ?? '', 'meta', 0.45);
  }
  votes.add(meta.get('author') ?? '', 'meta', 0.2);
  const copyright = meta.get('copyright') ?? meta.get('dc.rights') ?? '';
  if (copyright !== '') {
    const holder = copyrightHolders(`© ${copyright}`)[0] ?? copyright;
    votes.add(holder, 'copyright', 0.4);
  }
  if (view.title === '')
    votes.add(titleSegments(meta.get('og:title') ?? '').at(-1) ?? '', 'title', 0.2);
}

function voteTitle(title: string, votes: NameVotes): void {
  const segments = titleSegments(title);
  const named = segments.filter((segment) => !isGenericName(segment));
  for (const segment of named) {
    const at = segments.indexOf(segment);
    const { words, tail, place } = SEGMENTS.of(segment);
    let weight = at === 0 || at === segments.length - 1 ? 0.3 : 0.15;
    if (named.length === 1) weight = 0.4;
    if (words > 5) weight /= 3;
    votes.add(segment, 'title', weight);
    votes.add(tail, 'title', 0.2);
    votes.add(place, 'title', 0.15);
  }
}

interface Segment {
  /** Number of words of the name in it. */
  readonly words: number;
  /** What stands behind `by`, `at` and the like, or ''. */
  readonly tail: string;
  /** What stands before a place, or ''. */
  readonly place: string;
}

/** The segments of a title: all pages of a site share one of them. */
const SEGMENTS = new Memo<Segment>(1_000, 120, (segment) => ({
  words: (companyName(segment) || segment).split(' ').length,
  tail: / (?:by|at|from|with|to|of) ((?:the )?\p{Lu}.*)$/u.exec(segment)?.[1] ?? '',
  place: /^(.{4,50}?)(?:,| in| of) \p{Lu}/u.exec(segment)?.[1] ?? '',
}));

function voteCopyright(text: string, votes: NameVotes): void {
  let weight = 0.6;
  for (const holder of copyrightHolders(text).slice(0, 3)) {
    votes.add(holder, 'copyright', weight);
    weight -= 0.15;
  }
}

/** The text or alternative text of the link to the site's root. */
function voteLogo(view: PageView, votes: NameVotes): void {
  let seen = 0;
  for (const link of view.links.slice(0, 60)) {
    if (!isRoot(link.href)) continue;
    const segment = titleSegments(link.text).find((part) => !isGenericName(part));
    if (segment !== undefined && !ORDER.test(segment) && segment.split(' ').length <= 7)
      votes.add(segment, 'logo', 0.35);
    if (++seen >= 3) break;
  }
}

/** Links that tell the reader to do something are no logos. */
const ORDER = new RegExp(
  [
    '^(?:back|go|change|read|print|return|click|view|skip|switch|bookmark|close|',
    'sign|log|email|e-mail|download|follow|share|add|find|get|learn|see|visit|menu|',
    String.raw`open|toggle|site design|web ?design)\b`,
  ].join(''),
  'i',
);

function isRoot(href: string): boolean {
  const path = (codeAt(href, 0) | 32) === 104 ? href.indexOf('/', 8) : 0;
  const second = codeAt(href, path) === 47 ? codeAt(href, path + 1) | 32 : 0;
  // Paths that begin as no `/index`, `/default`, `/home` or `//host` does.
  if (second > 47 && second !== 100 && second !== 104 && second !== 105) return false;
  // And those on the page itself.
  if (codeAt(href, 0) === 35) return false;
  return ROOT.test(href);
}

const ROOT = /^(?:https?:\/\/[^/]+)?(?:\/?|\.?\/?(?:index|default|home)\.\w{2,5})$/i;

/** The line above an address is often the name that a letter there would carry. */
function voteLinesAbove(text: string, addresses: readonly FoundAddress[], votes: NameVotes): void {
  for (const address of addresses.slice(0, 3)) {
    const first = address.street.split(', ', 1)[0] ?? '';
    const at = first.length < 4 ? -1 : text.indexOf(first);
    if (at < 0) continue;
    const before = withoutTail(text.slice(Math.max(0, at - 90), at));
    const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\t')) + 1);
    if (before.length === line.length && at > 90) continue;
    if (line.includes(':') || !/^[\p{Lu}\d]/u.test(line) || SENTENCE.test(line)) continue;
    votes.add(line, 'address', hasLegalForm(line) ? 0.45 : 0.25);
  }
}

/** `Visit our office at` leads to the street. */
const SENTENCE = / (?:at|on|in|to|is|near|from)$/;

/** Without white space, commas, bars and bullets at its end. */
function withoutTail(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s,|•·]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** A name that is a host's (`shop.example.com`) says less than one in words. */
const HOST_NAME = /^[a-z\d-]+(?:\.[a-z\d-]+)+$/;

/** A capital, then at most four more words that a name may have, no digits, commas or colons. */
const NAME_LINE = new RegExp(
  [
    String.raw`^\p{Lu}[^\s\d,:]*(?: (?:[\p{Lu}&+-][^\s\d,:]*|of|the|and|for|at|by|in|on|de|la|du|`,
    'des|und|y|e|et|di|van|der|den)){0,4}$',
  ].join(''),
  'u',
);

/** Short lines at the head and the foot of a page that are like the site's own name. */
function voteLikeLines(text: string, site: SiteLabel, votes: NameVotes): void {
  if (site.weight < 0.5) return;
  const lines = [...text.slice(0, 2_000).split('\n'), ...text.slice(-1_000).split('\n')];
  for (const line of lines.slice(0, 120)) {
    if (line.length < 4 || line.length > 50 || !NAME_LINE.test(line)) continue;
    const like = likeness(site, line);
    if (like >= 0.6) votes.add(line, 'text', 0.35 * like);
  }
}

interface Candidate {
  readonly name: string;
  readonly key: string;
  readonly method: string;
  /** Chance that none of the votes for it is right. */
  doubt: number;
  best: number;
  /** Legal forms that it was seen with. */
  readonly forms: Set<string>;
  /** The kinds of places that name it. */
  readonly places: Set<string>;
}

/** What the votes ask of a name. */
interface Reading {
  /** The same for all ways to write a name, with a legal form or without. */
  readonly key: string;
  readonly form: string;
  readonly isHost: boolean;
  readonly isFull: boolean;
}

/** A site has its names on all its pages, and on each of them in several places. */
const READINGS = new Memo<Reading>(1_000, 120, (name) => ({
  key: squashed(withoutLegalForm(name.replace(/^the /i, ''))),
  form: legalFormOf(name),
  isHost: HOST_NAME.test(name),
  isFull: hasLegalForm(name),
}));

class NameVotes {
  readonly #site: SiteLabel;
  readonly #cities: readonly string[];
  readonly #candidates = new Map<string, Candidate>();

  constructor(site: SiteLabel, cities: readonly string[]) {
    this.#site = site;
    this.#cities = cities;
  }

  add(raw: string, method: string, chance: number): void {
    if (raw === '') return;
    const name = this.#withoutCity(companyName(raw));
    if (name === '') return;
    const { key, form, isHost, isFull } = READINGS.of(name);
    if (key.length < 2) return;
    const known = this.#candidates.get(key);
    const weight = isHost ? chance * 0.5 : chance;
    if (known === undefined) {
      if (this.#candidates.size >= CANDIDATES_MAX) return;
      const forms = new Set(form === '' ? [] : [form]);
      const places = new Set([method]);
      const doubt = 1 - weight;
      this.#candidates.set(key, { name, key, method, doubt, best: weight, forms, places });
      return;
    }
    known.doubt *= 1 - weight;
    known.places.add(method);
    if (form !== '') known.forms.add(form);
    const fuller = (isFull && !hasLegalForm(known.name)) || name === `${known.name}.`;
    if ((weight > known.best && known.name !== `${name}.`) || fuller) {
      const best = Math.max(weight, known.best);
      this.#candidates.set(key, { ...known, name, method, best });
    }
  }

  /** `Foo Tools, Springfield` on a page with an address there is `Foo Tools`. */
  #withoutCity(name: string): string {
    const comma = name.indexOf(', ');
    if (comma < 3) return name;
    const place = name.slice(comma + 2).toLowerCase();
    const placed = this.#cities.some((city) => place === city || place.startsWith(`${city}, `));
    return placed ? name.slice(0, comma) : name;
  }

  /** Confidence of the best name so far, before names share votes. */
  leader(): number {
    let least = 1;
    for (const candidate of this.#candidates.values()) least = Math.min(least, candidate.doubt);
    return 1 - least;
  }

  result(): FoundText[] {
    const candidates = [...this.#candidates.values()];
    const likes = candidates.map(({ name }) => likeness(this.#site, withoutLegalForm(name)));
    const alike =
      this.#site.weight > 0.5 &&
      likes.some((like, at) => like >= ALIKE && !isKeyWords(candidates[at]!));
    const scored = candidates.map((candidate, at) => {
      const like = likes[at]!;
      // Where one name is like the site's, a copyright in another's is often the site maker's.
      const strange = alike && like === 0 && isStranger(candidate);
      let doubt = strange ? 1 - (1 - candidate.doubt) * STRANGER_SHARE : candidate.doubt;
      const share = like < SAME && isKeyWords(candidate) ? KEY_WORDS_SHARE : 1;
      doubt *= 1 - this.#site.weight * like * share;
      for (const other of candidates) {
        if (other !== candidate && related(candidate.key, other.key)) {
          const lent = candidate.key.length > other.key.length ? 0.5 : 0.25;
          doubt *= 1 - (1 - other.doubt) * lent;
        }
      }
      const { name } = candidate;
      const value = isGroup(candidate) ? withoutLegalForm(name) : name;
      return { value, method: candidate.method, confidence: round(1 - doubt) };
    });
    return scored
      .filter((found) => found.confidence >= CONFIDENCE_MIN)
      .sort((one, other) => other.confidence - one.confidence)
      .slice(0, NAMES_MAX);
  }
}

/** A copyright's holder that stands above no address of the page. */
function isStranger({ method, places }: Candidate): boolean {
  return method === 'copyright' && !places.has('address');
}

/**
 * Whether it reads as what people search for (`Dentist in Akron, OH`), and only the title has it:
 * the domain may be made of the same words.
 */
function isKeyWords({ name, places }: Candidate): boolean {
  return places.size === 1 && places.has('title') && KEY_WORDS.test(name);
}

const KEY_WORDS = /,| in \p{Lu}| [A-Z]{2}$/u;

/** Whether several firms (`Foo GmbH`, `Foo Inc.`) share the name: it stands without their forms. */
function isGroup({ forms }: Candidate): boolean {
  if (forms.size < 2) return false;
  const [first, ...others] = [...forms].filter((form) => form !== 'co');
  return others.some((form) => !form.startsWith(first!) && !first!.startsWith(form));
}

/** Whether one key begins the other: `acmetools` and `acmetoolsofboston`. */
function related(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < 4) return false;
  return one.startsWith(other) || other.startsWith(one);
}

function round(confidence: number): number {
  return Math.round(Math.min(confidence, 0.98) * 100) / 100;
}
