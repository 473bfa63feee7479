/** Legal forms of companies at the end of a name, in the languages of the pages we read. */
import { Memo } from './memo.ts';
import { textMarks } from './text-marks.ts';

const FORMS =
  'inc|incorporated|llc|l\\.l\\.c|llp|l\\.l\\.p|lp|l\\.p|ltd|limited|plc|corp|' +
  'corporation|co|company|pllc|' +
  'dac|clg|pc|p\\.c|pty ltd|pty\\. ltd|pty limited|pty|cic|gmbh & co\\. kg|gmbh & co\\.? ' +
  'kgaa|gmbh|ggmbh|mbh|ug ?\\(haftungsbeschränkt\\)|ug|ag|kg|ohg|gbr|e\\.k|e\\. k|' +
  'ek|e\\.v|e\\. v|eg|kgaa|' +
  's\\.a\\.s|sas|sasu|sarl|s\\.a\\.r\\.l|s\\.à r\\.l|eurl|s\\.a|sa|snc|sci|scop|' +
  'b\\.v|bv|n\\.v|nv|v\\.o\\.f|vof|bvba|sprl|srl|s\\.r\\.l|s\\.p\\.a|spa|' +
  's\\.n\\.c|s\\.a\\.s di|s\\.l|sl|s\\.l\\.u|slu|s\\.c|lda|ltda|unipessoal lda|s/a|' +
  'eireli|me|sp\\. z o\\.o|sp\\.z\\.o\\.o|sp\\. z o\\. o|sp\\. j|sp\\. k|s\\.k\\.a|' +
  'ab|a/s|aps|as|asa|oy|oyj|ky|s\\.r\\.o|spol\\. s r\\.o|a\\.s|v\\.o\\.s|kft|zrt|' +
  'nyrt|bt|d\\.o\\.o|d\\.d|o\\.ü|oü|sia|uab|ood|eood|pvt ltd|pvt\\. ltd|private ' +
  'limited|pvt|' +
  'k\\.k|kk|co\\., ltd|co\\. ltd|sdn bhd|sdn\\. bhd|pte ltd|pte\\. ltd|wll|fze|' +
  'fzco|a\\.ş|san\\. tic|s\\.a\\. de c\\.v|sa de cv';

const AT_END = new RegExp(`[\\s,]+(?:${FORMS})\\.?$`, 'i');
/** Forms that are no word of a language, and so mark a name wherever they stand. */
const IN_TEXT = new RegExp(
  [
    String.raw`[ ,](?:Inc|LLC|L\.L\.C|LLP|Ltd|Limited|PLC|Corp|Corporation|GmbH|mbH|AG|KG|`,
    String.raw`OHG|GbR|e\.K|e\.V|UG|SARL|S\.A\.R\.L|SAS|S\.A\.S|EURL|S\.A|B\.V|BV|N\.V|BVBA|`,
    String.raw`SPRL|S\.r\.l|SRL|S\.p\.A|SpA|S\.L|S\.L\.U|SL|Lda|Ltda|Sp\. z o\.o|AB|A\/S|ApS|`,
    String.raw`AS|Oy|Oyj|s\.r\.o|Kft|d\.o\.o|Pty|Pvt|Pte|Sdn|KK)(?![\p{L}\d])`,
  ].join(''),
  'uy',
);

interface NameParts {
  readonly bare: string;
  readonly form: string;
}

/** The same few names are asked about in turn. */
const PARTS = new Memo<NameParts>(1_000, 120, (name) => {
  const form = AT_END.exec(name)?.[0] ?? '';
  return { bare: form === '' ? name : bareName(name), form };
});

/** A name without the legal form at its end (`Acme, Inc.` gives `Acme`). */
export function withoutLegalForm(name: string): string {
  return PARTS.of(name).bare;
}

function bareName(name: string): string {
  let bare = name;
  for (let turns = 0; turns < 3; turns++) {
    const next = bare.replace(AT_END, '');
    if (next === bare || next.length < 2) break;
    bare = next;
  }
  return bare;
}

/** The legal form at the end of a name, folded (`Ltd.` and `Limited` are one), or ''. */
export function legalFormOf(name: string): string {
  const form = PARTS.of(name)
    .form.replace(/[^\p{L}]/gu, '')
    .toLowerCase();
  return SHORT_FORMS[form] ?? form;
}

const SHORT_FORMS: Readonly<Record<string, string>> = {
  limited: 'ltd',
  incorporated: 'inc',
  corporation: 'corp',
  company: 'co',
  ptylimited: 'ptyltd',
};

/** Whether a name ends in a legal form. */
export function hasLegalForm(name: string): boolean {
  return PARTS.of(name).form !== '';
}

const NAME_CHARS_MAX = 70;

/**
 * Names that end in a legal form, in order of the text's first `charsMax` characters: the
 * capitalised words before the form. At most `namesMax` are read.
 */
export function legalNames(whole: string, namesMax: number, charsMax: number): string[] {
  const names: string[] = [];
  const text = whole.length > charsMax ? whole.slice(0, charsMax) : whole;
  let end = 0;
  for (const at of textMarks(whole).forms) {
    if (at < end) continue;
    IN_TEXT.lastIndex = at;
    const form = IN_TEXT.exec(text)?.[0];
    if (form === undefined) continue;
    end = at + form.length;
    const before = text.slice(Math.max(0, at - NAME_CHARS_MAX), at);
    const words = (NAME_BEFORE.exec(before)?.[0] ?? '').replace(NOT_NAME, '');
    if (words.length > 1) names.push(`${words}${form}`);
    if (names.length >= namesMax) break;
  }
  return names;
}

/** What a capitalised run picks up before the name: copyright words, years, labels. */
const NOT_NAME = /^(?:[\s(]+|copyright\b|the name\b|by\b|(?:19|20)\d\d\b|[-–—,]\s?)+/i;

/** Capitalised words with small ones (`of`, `&`, `and`) between them, up to the end. */
const NAME_BEFORE = new RegExp(
  [
    String.raw`(?:^|[\s(])(?:[\p{Lu}\d][\p{L}\d.'’&+-]{0,30},? (?:(?:of|and|the|for|de|la|du|`,
    String.raw`des|und|für|et|y|e|&|\+|-) ){0,2}){0,6}[\p{Lu}\d][\p{L}\d.'’&+-]{0,30},?$`,
  ].join(''),
  'u',
);
