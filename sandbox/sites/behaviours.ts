/**
 * How sites behave, by name: one table, which the server acts on and the truth is made from.
 *
 * `expect` is what a perfect collector reports: `completed`, or the causes of failure that are
 * right (several where a careful reading allows several). `reach` says which pages it may read.
 */
export const FAILURES = [
  'dns',
  'tls',
  'connection-reset',
  'timeout',
  'http-status',
  'robots',
  'redirect-loop',
  'address-blocked',
  'body-too-large',
  'body-broken',
  'headers-broken',
  'content-type',
  'invalid-url',
] as const;
export type Failure = (typeof FAILURES)[number];

/** Which pages may be read: all, all but the contact page, or none that holds a value. */
export type Reach = 'all' | 'no-contact' | 'nothing';

export interface BehaviourEntry {
  readonly sentence: string;
  readonly expect: 'completed' | readonly Failure[];
  readonly reach: Reach;
  /** HTTP status that a failed row should name, where there is one. */
  readonly status?: number;
}

const ok = (sentence: string, reach: Reach = 'all'): BehaviourEntry => ({
  sentence,
  expect: 'completed',
  reach,
});
const fails = (sentence: string, ...expect: readonly Failure[]): BehaviourEntry => ({
  sentence,
  expect,
  reach: 'nothing',
});
const answers = (status: number, sentence: string): BehaviourEntry => ({
  sentence,
  expect: ['http-status'],
  reach: 'nothing',
  status,
});

export const BEHAVIOURS = {
  ordinary: ok('Answers every page at its own latency.'),
  'heavy-tail': ok('Latency by page with a heavy tail: most at once, some after seconds.'),

  'throttle-seconds': ok('One request a second, burst of two; beyond it 429 with Retry-After: 2.'),
  'throttle-date': ok('The same limit; Retry-After is an HTTP date.'),
  'throttle-bare': ok('The same limit; 429 without Retry-After.'),
  'unavailable-once': ok('The first request meets 503 with Retry-After: 1.'),
  unavailable: answers(503, 'Always 503.'),
  'flaky-500': ok('The home page fails once with 500, then works.'),
  'flaky-502-twice': ok('The home page fails twice with 502, then works.'),
  'flaky-contact': ok('The contact page fails once with 500, then works.'),
  'flaky-reset': ok('The first connection to the home page is reset.'),
  'flaky-truncated': ok('The first body of the home page ends half-way.'),

  'slow-headers': ok('Two seconds before the head of the home page.'),
  'slow-body': ok('The body of the home page trickles for two seconds.'),
  'stalled-headers': fails('Takes the request and never answers.', 'timeout'),
  'stalled-body': fails('Stops in the middle of the body and holds the connection.', 'timeout'),
  'endless-body': fails('A body without end.', 'body-too-large', 'timeout'),
  'reset-before-headers': fails('Resets every connection before the head.', 'connection-reset'),
  'reset-mid-body': fails('Resets in the middle of every body.', 'connection-reset', 'body-broken'),

  'redirect-www': ok('The bare name answers 301 to www.'),
  'redirect-path': ok('The root answers 302 to the home page in a folder.'),
  'redirect-hops': ok('Four hops of 301, 302, 307 and 308 to the home page.'),
  'redirect-relative': ok('The root answers 303 with a relative Location.'),
  'redirect-cross-domain': ok('The name answers 301 to another name, which serves the site.'),
  'redirect-loop': fails('Two pages that answer 302 to each other.', 'redirect-loop'),
  'redirect-endless': fails('Each page answers 302 to the next, without end.', 'redirect-loop'),
  'redirect-private': fails('302 to an address in 10.0.0.0/8.', 'address-blocked'),
  'redirect-metadata': fails('302 to the metadata address 169.254.169.254.', 'address-blocked'),

  'charset-header-lies': ok('Head and meta say utf-8, the bytes are windows-1252.'),
  'charset-meta-only': ok('windows-1252, said by the meta element only.'),
  'charset-none': ok('windows-1252, said nowhere.'),
  'charset-header-only': ok('iso-8859-15, said by the head only.'),
  'charset-utf8-bom': ok('utf-8 with a byte order mark, said by the mark only.'),
  'charset-utf16-bom': ok('utf-16 little endian with a byte order mark.'),
  'charset-shift-jis': ok('Shift_JIS, said by the meta element.'),
  'charset-windows-1251': ok('windows-1251, said by the head.'),

  'encoding-gzip': ok('Bodies are gzip.'),
  'encoding-br': ok('Bodies are brotli.'),
  'encoding-deflate': ok('Bodies are deflate with the zlib frame.'),
  'encoding-deflate-raw': ok('Bodies are deflate without the zlib frame.'),
  'gzip-bomb': fails('64 KiB of gzip that inflate to 64 MiB.', 'body-too-large'),
  'gzip-truncated': fails('Every gzip body is cut short.', 'body-broken'),
  'length-too-long': fails(
    'Content-Length is larger than the body, then the connection ends.',
    'body-broken',
    'connection-reset',
  ),

  'robots-disallow-all': fails('robots.txt disallows everything.', 'robots'),
  'robots-disallow-contact': ok('robots.txt disallows the contact page.', 'no-contact'),
  'robots-bom': ok('robots.txt with a byte order mark disallows the contact page.', 'no-contact'),
  'robots-huge': ok(
    '600 KB of robots.txt; its first rules disallow the contact page.',
    'no-contact',
  ),
  'robots-crawl-delay': ok('robots.txt asks for one second between requests.'),
  'robots-others': ok('robots.txt disallows everything to another crawler only.'),
  'robots-404': ok('No robots.txt.'),
  'robots-403': ok('robots.txt is forbidden, which allows everything (RFC 9309).'),
  'robots-500': fails('robots.txt answers 500, which disallows everything.', 'robots'),
  'robots-redirect': ok('robots.txt is moved; it disallows the contact page.', 'no-contact'),

  'gone-404': answers(404, 'No page answers but 404.'),
  'gone-410': answers(410, 'No page answers but 410.'),
  'forbidden-403': answers(403, 'No page answers but 403.'),
  'empty-page': ok('200 with no body.', 'nothing'),
  parked: ok('A page that offers the name for sale.', 'nothing'),
  'revalidate-etag': ok('ETag; If-None-Match is answered with 304.'),
  'revalidate-modified': ok('Last-Modified; If-Modified-Since is answered with 304.'),
  'pdf-home': fails('The home page is a PDF.', 'content-type'),
  'image-home': fails('The home page is a PNG.', 'content-type'),
  'headers-large': ok('8 KiB of response headers.'),
  'headers-huge': fails('96 KiB of response headers.', 'headers-broken'),
  'headers-malformed': fails('The answer is not HTTP.', 'headers-broken'),

  'form-only': ok('A contact form and no address, number or profile.', 'nothing'),
  'image-only': ok('The contact details are in a picture.', 'nothing'),

  'tls-expired': fails('The certificate has expired.', 'tls'),
  'tls-wrong-host': fails('The certificate is for another name.', 'tls'),
  'tls-self-signed': fails('The certificate is signed by itself.', 'tls'),
  'dns-failure': fails('The name does not resolve.', 'dns', 'connection-reset'),
} as const satisfies Record<string, BehaviourEntry>;

export type Behaviour = keyof typeof BEHAVIOURS;

export const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS) as readonly Behaviour[];

/** Every behaviour but the ordinary one: the known special sites. */
export const SPECIAL_BEHAVIOURS = BEHAVIOUR_NAMES.filter((name) => name !== 'ordinary');

/** The entry of a behaviour, widened. */
export function behaviourEntry(name: Behaviour): BehaviourEntry {
  return BEHAVIOURS[name];
}
