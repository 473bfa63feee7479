/**
 * robots.txt by RFC 9309: groups by product token, the longest matching rule, `*` and `$`. Matching
 * is linear in path times pattern at worst (a `*` never tries more than one way), and the file is
 * read up to 500 KiB, so no file makes it slow.
 */
export interface Robots {
  /** Of `pathname + search`, as a URL writes it. */
  allows(pathAndQuery: string): boolean;
  /** Crawl-delay of the group that applies, ms: an extension that many sites use. */
  readonly crawlDelayMs: number | undefined;
  /** Set where the answer is not the site's own word but follows from not being able to read it. */
  readonly unreachable: boolean;
}

/** Largest part of the file that is read: the RFC's least. */
export const ROBOTS_BYTES_MAX = 500 * 1024;
/** Longest pattern and path compared; what is longer is cut, both alike. */
const PATTERN_CHARS_MAX = 2_048;

interface Rule {
  readonly allow: boolean;
  /** Literal pieces between the `*`. */
  readonly pieces: readonly string[];
  readonly anchored: boolean;
  /** Length of the normalised pattern, by which rules are ranked. */
  readonly rank: number;
}

interface Group {
  readonly rules: Rule[];
  crawlDelayMs: number | undefined;
}

export const ALLOW_ALL: Robots = {
  allows: () => true,
  crawlDelayMs: undefined,
  unreachable: false,
};

/** For as long as robots.txt cannot be read; it is fetched itself all the same. */
export const DISALLOW_ALL: Robots = {
  allows: (path) => path === '/robots.txt',
  crawlDelayMs: undefined,
  unreachable: true,
};

/**
 * What an answer to `/robots.txt` means (RFC 9309, 2.3.1): 2xx is read, 4xx means that there are no
 * rules, 5xx and 429 that nothing may be fetched for now. Redirects are followed before this is
 * asked; a redirect that could not be followed counts as 4xx. For no answer at all pass 0.
 */
export function robotsFromReply(status: number, body: Uint8Array, userAgent: string): Robots {
  if (status >= 200 && status < 300) return parseRobots(decode(body), userAgent);
  if (status >= 300 && status < 500 && status !== 429) return ALLOW_ALL;
  return DISALLOW_ALL;
}

/** The rules for `userAgent`, of which the product token counts: `-`, `_`, letters at its start. */
export function parseRobots(text: string, userAgent: string): Robots {
  const token = productToken(userAgent);
  const own: Group = { rules: [], crawlDelayMs: undefined };
  const any: Group = { rules: [], crawlDelayMs: undefined };
  let ownNamed = false;
  // The groups that the present lines belong to.
  let current: Group[] = [];
  let inAgents = false;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const [key, value] = readLine(line);
    if (key === undefined) continue;
    if (key === 'user-agent') {
      if (!inAgents) current = [];
      inAgents = true;
      // A token never contains `*`, so `*` alone is everybody.
      if (/^\*(?:\s|$)/.test(value)) current.push(any);
      else if (token !== '' && productToken(value) === token) {
        ownNamed = true;
        current.push(own);
      }
    } else if (key === 'allow' || key === 'disallow') {
      inAgents = false;
      const rule = parseRule(key === 'allow', value);
      if (rule !== undefined) for (const group of current) group.rules.push(rule);
    } else if (key === 'crawl-delay') {
      inAgents = false;
      const delayMs = parseDelayMs(value);
      for (const group of current) group.crawlDelayMs ??= delayMs;
    }
  }
  return new ParsedRobots(ownNamed ? own : any);
}

class ParsedRobots implements Robots {
  readonly crawlDelayMs: number | undefined;
  readonly unreachable = false;
  /** The longest first, and of equals the allowing one: the first that matches decides. */
  readonly #rules: readonly Rule[];

  constructor(group: Group) {
    this.crawlDelayMs = group.crawlDelayMs;
    this.#rules = group.rules.toSorted(
      (a, b) => b.rank - a.rank || Number(b.allow) - Number(a.allow),
    );
  }

  allows(pathAndQuery: string): boolean {
    if (pathAndQuery === '/robots.txt' || this.#rules.length === 0) return true;
    const path = literal(normalise(pathAndQuery.slice(0, PATTERN_CHARS_MAX)));
    return this.#rules.find((rule) => matches(rule, path))?.allow ?? true;
  }
}

/** `Sluice/0.1 (…)` is `sluice`. */
function productToken(userAgent: string): string {
  return (/^[a-z_-]+/i.exec(userAgent.trim())?.[0] ?? '').toLowerCase();
}

function readLine(line: string): [key: string | undefined, value: string] {
  const colon = line.indexOf(':');
  const hash = line.indexOf('#');
  if (colon < 0 || (hash >= 0 && hash < colon)) return [undefined, ''];
  const value = line.slice(colon + 1, hash < 0 ? undefined : hash);
  return [line.slice(0, colon).trim().toLowerCase(), value.trim()];
}

/** An empty Disallow forbids nothing and an empty Allow permits nothing more: no rule. */
function parseRule(allow: boolean, value: string): Rule | undefined {
  if (value === '') return undefined;
  const text = normalise(value.slice(0, PATTERN_CHARS_MAX));
  const anchored = text.endsWith('$');
  const pattern = (anchored ? text.slice(0, -1) : text).replace(/\*+/g, '*');
  // A pattern without a leading slash can match no path, unless a `*` stands there.
  if (!pattern.startsWith('/') && !pattern.startsWith('*')) return undefined;
  return { allow, pieces: pattern.split('*').map(literal), anchored, rank: text.length };
}

function parseDelayMs(value: string): number | undefined {
  const seconds = /^\d{1,6}(?:\.\d{1,6})?(?=\s|$)/.exec(value)?.[0];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

/** The earliest place for each piece is always good enough, so nothing is ever tried again. */
function matches({ pieces, anchored }: Rule, path: string): boolean {
  const first = pieces[0] as string;
  if (!path.startsWith(first)) return false;
  if (pieces.length === 1) return !anchored || path.length === first.length;
  let at = first.length;
  const last = pieces.length - 1;
  for (let i = 1; i < last; i += 1) {
    const found = path.indexOf(pieces[i] as string, at);
    if (found < 0) return false;
    at = found + (pieces[i] as string).length;
  }
  const tail = pieces[last] as string;
  if (!anchored) return path.indexOf(tail, at) >= 0;
  return path.length - tail.length >= at && path.endsWith(tail);
}

/**
 * One spelling for equal paths: what must be escaped is, in upper case; what need not be escaped
 * (letters, digits, `-._~`) is not.
 */
function normalise(path: string): string {
  if (/^[\w\-.~/?=&*$]*$/.test(path)) return path;
  return path
    .replace(/[^\x21-\x7e]+/g, (raw) => encodeURIComponent(raw.toWellFormed()))
    .replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
      const char = String.fromCharCode(Number.parseInt(hex, 16));
      return /[\w\-.~]/.test(char) ? char : escaped.toUpperCase();
    });
}

/** `*` and `$` where they stand for themselves, as a pattern has to write them (`%2A`, `%24`). */
function literal(text: string): string {
  if (!text.includes('*') && !text.includes('$')) return text;
  return text.replaceAll('*', '%2A').replaceAll('$', '%24');
}

function decode(body: Uint8Array): string {
  const head = body.subarray(0, ROBOTS_BYTES_MAX);
  return new TextDecoder('utf-8').decode(head);
}
