/** Values of flags as users write them; each rejects with `usage.invalid`. */
import { SluiceError } from '../base/errors.ts';
import type { InputWishes } from '../sources/inspect-input.ts';

export function wholeNumber(flag: string, value: unknown, min = 0): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(String(value)) && Number(value) >= min) return Number(value);
  const least = min > 0 ? ` of ${min} or more` : '';
  throw new SluiceError('usage.invalid', {
    detail: `${flag} takes a whole number${least}, not ${String(value)}`,
  });
}

/** `--opt mode=linkedin --opt pages=3` as an object. */
export function jobOptions(flags: unknown): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const flag of (flags as readonly string[] | undefined) ?? []) {
    const at = flag.indexOf('=');
    if (at < 1) {
      throw new SluiceError('usage.invalid', { detail: `--opt takes name=value, not ${flag}` });
    }
    options[flag.slice(0, at)] = flag.slice(at + 1);
  }
  return options;
}

const FORMATS = ['csv', 'jsonl', 'text'] as const;

/** What the input flags say about the file. */
export function inputWishes(flags: Readonly<Record<string, unknown>>): InputWishes {
  const { inputFormat, delimiter, quote, encoding, header } = flags;
  const format = FORMATS.find((known) => known === inputFormat);
  return {
    ...(format === undefined ? {} : { format }),
    ...(delimiter === undefined ? {} : { delimiter: delimiterOf(String(delimiter)) }),
    ...(quote === undefined ? {} : { quote: oneCharacter('--quote', quote, '') }),
    ...(encoding === undefined ? {} : { encoding: String(encoding) }),
    // commander sets header to true unless --no-header is given.
    ...(header === false ? { header: false } : {}),
  };
}

function delimiterOf(text: string): string {
  const named = { tab: '\t', '\\t': '\t', comma: ',', semicolon: ';', pipe: '|' }[
    text.toLowerCase()
  ];
  return named ?? oneCharacter('--delimiter', text, undefined);
}

function oneCharacter(flag: string, value: unknown, none: string | undefined): string {
  const text = String(value);
  if (text.length === 1 && !/[\r\n\0]/.test(text)) return text;
  if (text === '' && none !== undefined) return none;
  throw new SluiceError('usage.invalid', { detail: `${flag} takes one character, not "${text}"` });
}
