/**
 * What the words around a number say it is. Only the words next to it count: those since the
 * number before on the same line, or the whole line above where the number starts its own.
 */

import { codeAt } from './code-at.ts';
import { foldWord } from './contact-words.ts';
import { Memo } from './memo.ts';

export type PhoneLabel = 'phone' | 'fax' | 'other' | '';

const WORDS_BEFORE_CHARS_MAX = 48;
const WORDS_AFTER_CHARS_MAX = 24;

const FAX =
  'tele ?fax|fax|fx|facsimile|t[ée]l[ée]copieu?r?|t[ée]l[ée]copie|t[ée]l[ée]c|faks\\p{L}*|faxe|f[aá]x|факс|φαξ|传真|傳真|ファックス|ファクス|팩스|فاكس|פקס|โทรสาร|แฟกซ์|tel[eé]kopi\\p{L}*';
const PHONE =
  'tel(?:e?(?:f|ph)(?:on|oon|ón|ono|one|oni|onnummer|ones|onos|oons|oonnummer)\\p{L}*|efax)?|t[ée]l(?:[ée]phone)?|tlf|tfno|telf|tfn|phones?|ph|fon|fono|mob(?:ile?|il|ilní)?|kom(?=[.:])|m[óo]vil|cell(?:ulare?|ular|phone)?|celular|handy|gsm|portable|hot ?line|helpline|toll[ -]?free|free ?phone|freecall|call(?: us)?|dial|text|sms|whats ?app|office|direct|main|contact|enquiries|inquiries|reservations?|appointments?|booking|sales|support|service|reception|switchboard|emergency|after hours|local|phone number|rufnummer|telefonnummer|rufen|puh(?:elin)?|τηλ\\p{L}*|κιν\\p{L}*|тел(?:ефон\\p{L}*)?|моб\\p{L}*|电话|電話|手机|手機|전화|연락처|هاتف|تلفون|جوال|טלפון|טל|נייד|โทร\\p{L}*|điện thoại|hotline|đt|telp|telepon|hp|numéro|appel\\p{L}*|llam\\p{L}*|chiama\\p{L}*|ligue|bel|tālr\\p{L}*|tel\\.?nr|сот';
/** One letter is a label with a colon or the like behind it; some also right before the number. */
const SINGLE = '(?<=^|[\\s|(\\[,;•·/])(?:[tpmocdhvw](?=\\s?[.:)\\]|])|[tm](?= $))';
const SINGLE_FAX = '(?<=^|[\\s|(\\[,;•·/])f(?=\\s?[.:)\\]|]| $)';
const OTHER =
  'isbn|issn|abn|acn|arbn|afsl|vat|ust|uid|tva|iva|nif|cif|siret|siren|rcs|hrb|hra|iban|bic|swift|kvk|btw|cnpj|cpf|gst(?:in)?|tin|ein|duns|d-u-n-s|licen[sc]e|lic|permit|reg(?:\\.|istration|istered)?|nmls|dre|bre|cslb|roc|mls|id|sku|upc|ean|gtin|item|order(?= ?(?:#|№|(?:no|nr|num|number|id)(?!\\p{L})))|invoice|model|part|serial|version|patents?|box|zip|account|acct|policy|charity|company|ref(?:erence)?|case|docket|bankleitzahl|blz|konto|steuernummer|ссрн|инн|огрн|кпп|bsb|lat(?:itude)?|long?(?:itude)?|lng|copyright|isrc|doi|ip|route|rev|code|postcode|plz|cap|pin';

const LABELS = new RegExp(
  `(?<![\\p{L}\\d])(?:(?<fax>${FAX})|(?<phone>${PHONE})|(?<other>${OTHER}))(?![\\p{L}])` +
    `|(?<fax1>${SINGLE_FAX})|(?<phone1>${SINGLE})|(?<other1>№|©|#)`,
  'giu',
);

export interface LabelFinding {
  readonly label: PhoneLabel;
  /** The label is nothing but a label (`Tel:`), not a word of a sentence. */
  readonly near: boolean;
  /** No word but `number` stands between the label and the number. */
  readonly direct: boolean;
  /** Another number stands between: the label is likely that one's. */
  readonly spent: boolean;
}

const NONE: LabelFinding = { label: '', near: false, direct: false, spent: false };

/**
 * What the words before `start` say, looking back no further than `floor` (the end of the number
 * before). `Tel/Fax` is a phone that also takes faxes.
 */
export function labelBefore(text: string, start: number, floor: number): LabelFinding {
  const from = Math.max(floor, start - WORDS_BEFORE_CHARS_MAX, 0);
  const line = Math.max(text.lastIndexOf('\n', start - 1) + 1, from);
  if (mayHoldWords(text, line, start)) {
    const own = text.slice(line, start);
    const onLine = LABELS_BY_WORDS.of(own);
    if (onLine.label !== '') return onLine;
    if (/[\p{L}\d]/u.test(own)) return NONE;
  }
  if (line <= from) return NONE;
  // The number starts its line: a label may stand alone on the line above.
  const above = text.lastIndexOf('\n', line - 2) + 1;
  // Another number stands on that line: what is behind it is its own.
  if (above < from) return NONE;
  const label = text.slice(above, Math.max(above, line - 1));
  return label.length <= 32 && !/\d{3}/.test(label) ? LABELS_BY_WORDS.of(label) : NONE;
}

/** Whether anything but white space and signs stands there. */
function mayHoldWords(text: string, from: number, to: number): boolean {
  for (let at = to - 1; at >= from; at--) {
    const code = codeAt(text, at);
    if (code >= 65 || (code >= 48 && code <= 57) || code === 35) return true;
  }
  return false;
}

/** Most numbers stand behind the same few words. */
const LABELS_BY_WORDS = new Memo(2_000, WORDS_BEFORE_CHARS_MAX, lastLabel);

/** What a few words say by themselves. */
export function labelOfWords(words: string): LabelFinding {
  return LABELS_BY_WORDS.of(words);
}

function lastLabel(written: string): LabelFinding {
  if (written.length === 0) return NONE;
  const words = foldWord(written);
  let label: PhoneLabel = '';
  let labelEnd = 0;
  let phoneEnd = -1;
  LABELS.lastIndex = 0;
  for (let m = LABELS.exec(words); m !== null; m = LABELS.exec(words)) {
    const found = m.groups!;
    labelEnd = m.index + m[0].length;
    if (found.fax ?? found.fax1) {
      // `Tel/Fax`, `Phone & Fax`: one number for both.
      const joined = phoneEnd >= 0 && /^[\s.:]*(?:[/&+,-]|and|und|et|y|e|и)[\s.]*$/iu;
      const shared = joined !== false && joined.test(words.slice(phoneEnd, m.index));
      label = shared ? 'phone' : 'fax';
    } else if (found.phone ?? found.phone1) {
      // `Fax/Tel` is shared as well; `Fax number`, `Fax direct` are not.
      label = 'phone';
      phoneEnd = labelEnd;
    } else if (label !== 'phone' && label !== 'fax') label = 'other';
    else if (found.other !== undefined && !/^(?:id|code|pin)$/i.test(found.other)) label = 'other';
    if (m[0].length === 0) LABELS.lastIndex++;
  }
  if (label === '') return NONE;
  const rest = words.slice(labelEnd);
  const direct = !/\p{L}/u.test(rest.replace(NUMBER_WORD, ''));
  const near = rest.length <= 18 && !/[\p{L}]{4,}.*[\p{L}]{4,}/u.test(rest);
  return { label, near, direct, spent: /\d/.test(rest) };
}

/** `Part No.`, `Account number`: these words belong to the label before them. */
const NUMBER_WORD = /^[\s.:-]*(?:no|nr|num|number)(?!\p{L})/iu;

const FAX_BEHIND = new RegExp(
  `^\\s*[-–,]?\\s*[(\\[]?\\s*(?:${FAX}|f)\\s*[)\\]]?(?=\\s*(?:$|[\\n\\t,;|/•·.]))`,
  'iu',
);
const PHONE_BEHIND = new RegExp(
  `^\\s*[-–,]?\\s*[(\\[]?\\s*(?:${PHONE}|[tpmocv])\\s*[)\\]]?(?=\\s*(?:$|[\\n\\t,;|/•·.]))`,
  'iu',
);

export interface LabelBehind {
  readonly label: PhoneLabel;
  /** Where the label ends. */
  readonly end: number;
}

/**
 * What the words right behind `end` say: `555 0100 (fax)`; a label with a colon is the next
 * number's.
 */
export function labelBehind(text: string, end: number): LabelBehind | undefined {
  const code = codeAt(text, end);
  if (code === 10 || Number.isNaN(code)) return undefined;
  if (!isBeforeLetter(text, end)) return undefined;
  const newline = text.indexOf('\n', end);
  const stop = Math.min(end + WORDS_AFTER_CHARS_MAX, newline < 0 ? text.length : newline + 1);
  const words = text.slice(end, stop);
  const fax = FAX_BEHIND.exec(words)?.[0];
  if (fax !== undefined) return { label: 'fax', end: end + fax.length };
  const phone = PHONE_BEHIND.exec(words)?.[0];
  return phone === undefined ? undefined : { label: 'phone', end: end + phone.length };
}

/** Whether a letter may follow `end` with no more than white space and a few signs between. */
function isBeforeLetter(text: string, end: number): boolean {
  let at = end;
  while (at < end + WORDS_AFTER_CHARS_MAX && isGap(codeAt(text, at))) at++;
  return codeAt(text, at) >= 65;
}

/** White space, `-`, `,` and `(`: of ASCII, all that may stand between a number and its label. */
function isGap(code: number): boolean {
  return code <= 32 || code === 40 || code === 44 || code === 45;
}
