/**
 * The labels that stand before an address on its line, with a colon (`Head office: 12 Elm St`) or
 * without (`Address 12 Elm St`, as a cell or a bold word reads once the markup is gone).
 */
import { isFieldName } from './address-fields.ts';

const LABEL = new RegExp(
  [
    String.raw`^(?:.*\b(?:address|office|offices|location|headquarters|hq|mail|mailing|`,
    'postal|visit(?: us)?|street|post|branch|store|shop|warehouse|us at|located at|',
    'delivery|physical|write to|factory|showroom|adresse|anschrift|dirección|',
    String.raw`indirizzo|adres|endereço)\b[^:]{0,20}|\p{L}[\p{L}-]{0,20}|sitz der gesellschaft):\s*`,
  ].join(''),
  'iu',
);

/** Words that mean the address behind them, in the languages of the pages we read. */
const ADDRESS_WORDS = new Set(
  (
    'address addresses anschrift adresse adress besöksadress postadress adres bezoekadres ' +
    'postadres indirizzo dirección direccion domicilio morada endereço endereco adresa ' +
    'cím osoite käyntiosoite adresas aadress adrese siedziba sídlo адрес headquarters location ' +
    'sede siège hauptsitz firmensitz postanschrift hausanschrift besucheradresse sitz'
  ).split(' '),
);
/** Words before `office` or an address word that make a label of both. */
const LABEL_LEADS = new Set(
  (
    'our head main registered postal mailing street business office physical visiting company ' +
    'corporate contact shipping mail central principal home legal'
  ).split(' '),
);
const LABEL_WORDS_MAX = 3;

/**
 * A part without the label before it: `Mailing address: PO Box 1` gives `PO Box 1`, and so does
 * `Mailing address PO Box 1`, as a cell or a bold word before the value reads.
 */
export function withoutLabel(part: string): string {
  const colon = part.indexOf(':');
  if (colon < 0) return withoutLabelWords(part);
  const rest = part.replace(LABEL, '');
  if (rest !== part || !isFieldName(part.slice(0, colon))) return rest;
  return part.slice(colon + 1).trimStart();
}

function withoutLabelWords(part: string): string {
  let start = 0;
  for (let words = 0; words < LABEL_WORDS_MAX; words++) {
    const end = part.indexOf(' ', start);
    if (end < 0) return part;
    const word = part.slice(start, end).toLowerCase().replace(/\.$/, '');
    start = end + 1;
    if (ADDRESS_WORDS.has(word) || (words > 0 && word === 'office')) {
      const rest = part.slice(start).replace(/^[-–—] ?/, '');
      return /^[\p{Lu}\d#]/u.test(rest) ? rest : part;
    }
    if (!LABEL_LEADS.has(word)) return part;
  }
  return part;
}
