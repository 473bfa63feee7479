/**
 * What the markup around a number says it is: hCard and microdata names, telling classes, and the
 * icons that stand where a label would (`<i class="fa fa-fax"></i> 555 0100`).
 */
import { Memo } from './memo.ts';
import type { Mark } from './page-view.ts';
import { labelOfWords, type PhoneLabel } from './phone-labels.ts';

const MARKS_MAX = 300;
const ELEMENT_CHARS_MAX = 60;
/** Between an icon and its number. */
const GAP_CHARS_MAX = 2;

const FAX = /(?:^|[\s_-])(?:tele)?fax(?:$|[\s_-]|number)/i;
const PHONE = /(?:^|[\s_-])(?:tel|telephone|phone|mobile|telefono?)(?:$|[\s_-]|number)/i;

/** What class and property say; pages and their sites repeat them. */
const LABELS = new Memo<PhoneLabel>(2_000, 120, (names) =>
  FAX.test(names) ? 'fax' : PHONE.test(names) ? 'phone' : '',
);

const ICON_CHARS_MAX = 32;
/** Names of files and of parts of drawings. */
const FAX_FILE = /(?:^|[\W_]|ico|icon|img|btn)(?:tele)?fax(?:$|[\W\d_]|ico|img|btn)/i;

/** What a picture says it is: only a fax tells more than a number does by itself. */
function iconLabel({ tag, attributes }: Mark): PhoneLabel {
  for (const name of ['alt', 'title', 'aria-label']) {
    const words = attributes.get(name) ?? '';
    if (words === '' || words.length > ICON_CHARS_MAX) continue;
    const { label } = labelOfWords(words);
    if (label !== '') return label === 'fax' ? label : '';
  }
  const drawn = tag === 'use' ? (attributes.get('xlink:href') ?? attributes.get('href')) : '';
  const path = tag === 'img' ? attributes.get('src') : drawn;
  const file = path?.slice(path.lastIndexOf('/') + 1) ?? '';
  return file.length <= ICON_CHARS_MAX && FAX_FILE.test(file) ? 'fax' : '';
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly label: PhoneLabel;
}

export class PhoneMarkup {
  readonly #places: Place[] = [];

  constructor(marks: readonly Mark[]) {
    for (const mark of marks) {
      if (this.#places.length >= MARKS_MAX) return;
      if (mark.end - mark.start > ELEMENT_CHARS_MAX) continue;
      const named = LABELS.of(`${mark.className} ${mark.itemprop}`);
      const isEmpty = mark.end === mark.start && mark.attributes.size > 0;
      const label = named === '' && isEmpty ? iconLabel(mark) : named;
      if (label !== '') this.#places.push({ start: mark.start, end: mark.end, label });
    }
  }

  /** The label of the element that holds `span`, or of the icon right before it. */
  labelAt(span: { readonly start: number; readonly end: number }): PhoneLabel {
    let label: PhoneLabel = '';
    for (const place of this.#places) {
      if (place.start > span.start) break;
      const holds = place.end >= span.end;
      const leads = place.end === place.start && span.start - place.end <= GAP_CHARS_MAX;
      if (holds || leads) label = place.label;
    }
    return label;
  }
}
