/**
 * Scores telephone numbers by their digits. A label is matched by a number that ends in its
 * digits (trunk zeros and extensions apart; letters count as the keypad's digits). Labels of
 * fewer than seven digits (`ext. 23`, the torn end of a number) name no number by themselves and
 * are counted apart, as are labels whose digits do not stand on the page.
 */

const KEYPAD = '22233344455566677778889999';
const DIGITS_MIN = 7;

export interface PhoneScore {
  readonly matched: readonly string[];
  readonly missed: readonly string[];
  /** Labels that are no number by themselves. */
  readonly fragments: readonly string[];
  /** Missed labels whose digits are not on the page. */
  readonly absent: readonly string[];
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

/** `found` are E.164; `text` is the page's visible text. */
export function scorePhones(
  found: readonly string[],
  tel: readonly string[],
  fax: readonly string[],
  text: string,
): PhoneScore {
  const labels = [...new Set([...whole(tel), ...whole(fax)])];
  const spoken = labels.map((label) => ({ label, numbers: numbersOf(label) }));
  const numbers = [...new Set(found)];
  const pageDigits = text.replace(/\D/g, '');
  const score = { matched: [], missed: [], fragments: [], absent: [], right: [], wrong: [] } as {
    [K in keyof PhoneScore]: string[];
  };
  for (const { label, numbers: alternatives } of spoken) {
    if (alternatives.length === 0) score.fragments.push(label);
    else if (numbers.some((n) => alternatives.some((a) => isSame(n, a)))) score.matched.push(label);
    else if (!alternatives.some((a) => pageDigits.includes(a)) && !/[a-z]{3}/i.test(label)) {
      score.absent.push(label);
    } else score.missed.push(label);
  }
  for (const number of numbers) {
    const known = spoken.some(({ numbers: all }) => all.some((a) => isSame(number, a)));
    (known ? score.right : score.wrong).push(number);
  }
  return score;
}

/** Labels in which the two halves of a torn number (`(602) 555`, `- 0100`) are one again. */
function whole(labels: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < labels.length; i++) {
    const joined = `${labels[i]}${labels[i + 1] ?? ''}`;
    const isTorn = [labels[i]!, labels[i + 1] ?? ''].every((half) =>
      /^[\d\s().-]{2,10}$/.test(half),
    );
    const fits = isTorn && joined.replace(/\D/g, '').length === 10;
    out.push(fits ? joined : labels[i]!);
    if (fits) i++;
  }
  return out;
}

/** The digit strings that a label stands for; none where it names no number by itself. */
export function numbersOf(label: string): string[] {
  const bare = label.replace(/[\s,;(]*(?:ext(?:ension|n)?|x)[.\s]*\d+.*$/i, '');
  const dialled = bare.replace(/[a-z]/gi, (letter) => KEYPAD[(letter.charCodeAt(0) & ~32) - 65]!);
  const candidates = [
    dialled.replace(/\(0\)/, ''),
    ...bare.split(/[/(]|\s-\s(?=\d{7})/).map((part) => part.replace(/[^\d]/g, '')),
    dialled.split('/')[0]!,
    (dialled.split('(')[0] ?? '').trim(),
    bare,
  ];
  const digits = candidates.map((candidate) => candidate.replace(/\D/g, ''));
  return [...new Set(digits)].filter((candidate) => candidate.length >= DIGITS_MIN);
}

function isSame(e164: string, label: string): boolean {
  const number = e164.slice(1);
  const spoken = label.replace(/^0+/, '');
  if (number === spoken || (spoken.length >= DIGITS_MIN && number.endsWith(spoken))) return true;
  if (number.length >= 10 && spoken.length >= 9 && number.slice(-9) === spoken.slice(-9))
    return true;
  // A range of lines (`23970072-79`) or a torn label: one is the beginning of the other.
  for (const tail of [number, number.slice(1), number.slice(2), number.slice(3)]) {
    if (tail.length < 8 || spoken.length < 8) continue;
    if (spoken.startsWith(tail) && spoken.length - tail.length <= 4) return true;
    if (tail.startsWith(spoken) && tail.length - spoken.length <= 2) return true;
  }
  return false;
}
