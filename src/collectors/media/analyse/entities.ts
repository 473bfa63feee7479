/** What in a text can be told by its form alone. */
import type { Entities } from '../media-record.ts';

const EACH_MAX = 100;

const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g;
const URL_LIKE = /\bhttps?:\/\/[^\s<>"'()[\]{}]{3,2000}/g;
const MONTH =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const DATES = [
  /(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g,
  /(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)/g,
  new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)? (${MONTH})\\.? (\\d{4})\\b`, 'gi'),
  new RegExp(`\\b(${MONTH})\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`, 'gi'),
] as const;
const NUMBER = /(?<![\w.,-])-?\d{1,15}(?:[.,']\d{1,15}){0,6}(?![\w-]|[.,]\d)/g;

export function entitiesOf(text: string): Entities {
  const emails = unique(text.match(EMAIL));
  const urls = unique(text.match(URL_LIKE)?.map((url) => url.replace(/[.,;:!?]+$/, '')));
  const dates: string[] = [];
  let rest = text.replace(URL_LIKE, ' ').replace(EMAIL, ' ');
  for (const [form, pattern] of DATES.entries()) {
    rest = rest.replace(pattern, (all, a: string, b: string, c: string) => {
      const date = isoDate(form, a, b, c);
      if (date === undefined) return all;
      dates.push(date);
      return ' ';
    });
  }
  return { emails, urls, dates: unique(dates), numbers: unique(rest.match(NUMBER)) };
}

/** 2024-02-30 is none. */
function isoDate(form: number, a: string, b: string, c: string): string | undefined {
  const [year, month, day] = (
    [
      [Number(a), Number(b), Number(c)],
      [Number(c), Number(b), Number(a)],
      [Number(c), monthOf(b), Number(a)],
      [Number(c), monthOf(a), Number(b)],
    ] as const
  )[form as 0 | 1 | 2 | 3];
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.toISOString().slice(0, 10) : undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function monthOf(name: string): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function unique(found: Iterable<string> | null | undefined): string[] {
  return [...new Set(found ?? [])].slice(0, EACH_MAX);
}
