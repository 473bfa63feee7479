/**
 * The names of fields that forms and tables write beside the parts of an address: `PLZ / Ort`,
 * `Code postal`, `City, State, Zip`. In a cell or on a line of their own they are no part of it.
 */
import type { CodeAnchor } from './address-candidate.ts';
import type { UnitText } from './address-window.ts';
import { LetterGate } from './letter-gate.ts';

const TOWNS =
  'city|town|suburb|ort|wohnort|stadt|ville|commune|localité|ciudad|población|poblacion|' +
  'localidad|municipio|città|citta|comune|località|localita|plaats|woonplaats|stad|gemeente|by|' +
  'poststed|postort|postitoimipaikka|kaupunki|cidade|concelho|miasto|miejscowość|město|mesto|' +
  'obec|város|grad|oraș|localitate';
const CODES =
  'zip|zipcode|postcode|postalcode|plz|postleitzahl|cp|cap|cep|postnummer|postnr|' +
  'postinumero|psč|irányítószám';
const OTHERS =
  'street|address|strasse|straße|str|anschrift|adresse|adres|adress|adresa|dirección|direccion|' +
  'indirizzo|endereço|endereco|morada|straat|gatuadress|gateadresse|osoite|katuosoite|ulica|' +
  'hausnummer|huisnummer|nr|state|province|county|region|bundesland|kanton|provincia|région|' +
  'provincie|estado';
/** `Code postal`, `post code`, `kod pocztowy`: of a field's name, but not alone. */
const HALVES = 'code|postal|post|codigo|código|kod|pocztowy';
const JOINERS = 'und|and|et|y|e|en|line|1|2|3';

const WORDS = new Set(`${TOWNS}|${CODES}|${OTHERS}`.split('|'));
const HALF_WORDS = new Set(HALVES.split('|'));
const JOINING = new Set(JOINERS.split('|'));
const GATE = new LetterGate([...WORDS, ...HALF_WORDS]);
const NAME_CHARS_MAX = 32;
const BETWEEN_WORDS = /[\s/&+,.-]+/;

/** Whether a part is nothing but the name of a field, or of several. */
export function isFieldName(part: string): boolean {
  if (part.length > NAME_CHARS_MAX || !GATE.opens(part, 0)) return false;
  const words = part.replace(/\s?[:*]$/, '').split(BETWEEN_WORDS);
  let known = 0;
  for (const each of words) {
    const word = each.toLowerCase();
    if (WORDS.has(word)) known += 2;
    else if (HALF_WORDS.has(word)) known++;
    else if (word !== '' && !JOINING.has(word)) return false;
  }
  return known > 1;
}

const TOWN_NAMED = new RegExp(
  String.raw`[\t\n ]{0,3}(?:${TOWNS})(?: ?[/,] ?\p{L}{2,12})?(?: ?:[\t\n ]{0,3}|[\t\n]{1,2})`,
  'iuy',
);

/** Where a town begins whose field's name stands on the line behind `end`, or `end`. */
export function townFieldEnd({ text, units }: UnitText, end: number): number {
  const code = units[end];
  if (code !== 9 && code !== 10) return end;
  TOWN_NAMED.lastIndex = end + 1;
  return TOWN_NAMED.test(text) ? TOWN_NAMED.lastIndex : end;
}

const CODE_NAMED = new RegExp(
  String.raw`(?:^|[\s/(])(?:${CODES}|c\.p|p\.c|c\.a\.p|code postal|c[oó]digo postal|` +
    String.raw`post(?:al)? code|pin(?: code)?|〒)[.:\s-]{0,4}$`,
  'iu',
);
const CODE_GATE = new LetterGate([
  ...CODES.split('|'),
  'c.p',
  'p.c',
  'a.p',
  'postal',
  'code',
  '〒',
]);
const CODE_NAME_CHARS_MAX = 18;

/** Characters before the code that are the name of its field, 0 where there is none. */
export function codeNameBefore({ text, units, start, floor }: CodeAnchor): number {
  let end = start;
  while (end > floor && start - end < 4 && isBetween(units[end - 1]!)) end--;
  if (!CODE_GATE.closesIn(units, end)) return 0;
  const from = Math.max(floor, start - CODE_NAME_CHARS_MAX);
  const name = CODE_NAMED.exec(text.slice(from, start));
  return name === null ? 0 : name[0].length;
}

/** White space, colon, dot, dash. */
function isBetween(code: number): boolean {
  return code <= 32 || code === 58 || code === 46 || code === 45;
}
