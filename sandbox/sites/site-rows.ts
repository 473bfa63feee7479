/**
 * The rows of the CSV: every site once, some of them again in other words (scheme, www, slash,
 * capitals, home path), and a few cells that are no site at all.
 */
import type { Failure } from './behaviours.ts';
import { seedOf } from './seed.ts';
import { type SiteName, siteName } from './site-name.ts';

export interface SiteRow {
  /** From 1. */
  readonly row: number;
  /** The site, or undefined for a cell that is none. */
  readonly index: number | undefined;
  readonly website: string;
  readonly name: string;
  readonly notes: string;
  /** What a cell that is no site fails with. */
  readonly failures: readonly Failure[];
}

/** Cells that are no site, spread over the file. */
const NO_SITES: readonly (readonly [website: string, ...Failure[]])[] = [
  ['', 'invalid-url'],
  ['n/a', 'invalid-url'],
  ['javascript:alert(1)', 'invalid-url'],
  ['http://127.0.0.1/', 'address-blocked'],
  ['ask Mrs. Lindgren, 2nd floor', 'invalid-url'],
  ['http://169.254.169.254/latest/meta-data/', 'address-blocked'],
  ['mailto:info@example.com', 'invalid-url'],
  ['http://[::1]:8080/', 'address-blocked'],
  ['ftp://files.example.com/', 'invalid-url'],
  ['http://192.168.1.1/setup', 'address-blocked'],
];

/** One such cell after this many sites. */
const NO_SITE_EVERY = 29;
/** One repetition after this many sites. */
const REPEAT_EVERY = 10;

/** The rows for `count` sites; a little more than `count` of them. */
export function* siteRows(seed: number, count: number): Generator<SiteRow> {
  let row = 0;
  for (let index = 0; index < count; index += 1) {
    const name = siteName(seed, index);
    row += 1;
    yield siteRow(seed, row, name, firstForm(seed, name));
    if (index % REPEAT_EVERY === REPEAT_EVERY - 1) {
      // An ordinary site from before, so that the repetition is not next to the first.
      const back = siteName(seed, index - (index % 4 === 3 ? 7 : 5));
      if (back.behaviour === 'ordinary') {
        row += 1;
        yield siteRow(seed, row, back, otherForm(back, Math.floor(index / REPEAT_EVERY)));
      }
    }
    if (index % NO_SITE_EVERY === NO_SITE_EVERY - 1) {
      const at = Math.floor(index / NO_SITE_EVERY) % NO_SITES.length;
      const [website, ...failures] = NO_SITES[at] as readonly [string, ...Failure[]];
      row += 1;
      yield { row, index: undefined, website, name: '?', notes: 'to be checked', failures };
    }
  }
}

function siteRow(seed: number, row: number, name: SiteName, website: string): SiteRow {
  return {
    row,
    index: name.index,
    website,
    name: name.company,
    notes: NOTES[seedOf(seed, 'notes', row) % NOTES.length] as string,
    failures: [],
  };
}

function firstForm(seed: number, name: SiteName): string {
  if (name.behaviour.startsWith('tls-')) return `https://${name.host}/`;
  const forms = [name.shownHost, `http://${name.host}/`, `http://www.${name.host}/`];
  if (name.behaviour !== 'ordinary') return forms[1] as string;
  return forms[seedOf(seed, 'form', name.index) % forms.length] as string;
}

function otherForm(name: SiteName, turn: number): string {
  const forms = [
    `http://www.${name.host}`,
    `HTTP://${name.host.toUpperCase()}/`,
    `http://${name.host}/index.html`,
    `http://${name.host}/?utm_source=list`,
    `http://${name.host}:80/#top`,
  ];
  return forms[turn % forms.length] as string;
}

const NOTES: readonly string[] = [
  '',
  '',
  'met at the fair, call back',
  'said: "send an offer"',
  'two lines:\nfirst floor, left',
  'Größe: 12 – 40 Mitarbeiter',
  'déjà client depuis 2019; facture n° 4471',
  '見積もり依頼中',
  'cena 1 299,00 zł, "pilne"',
  '=SUM(A1:A9)',
  "it's theirs, not ours",
];
