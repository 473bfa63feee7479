/** Values of flags as users write them; each rejects with `usage.invalid`. */
import { parseBytes, parseDurationMs } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { InputWishes } from '../sources/inspect-input.ts';

const WHOLE_MAX = 999_999_999;

export function wholeNumber(flag: string, value: unknown, min = 0): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  if (number >= min && number <= WHOLE_MAX) return number;
  const range = number > WHOLE_MAX ? `up to ${WHOLE_MAX}` : `of ${min} or more`;
  throw wrong(flag, `a whole number ${range}`, value);
}

/** More than nothing: `0.5`, `3`. */
export function positiveNumber(flag: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number(value) > 0 && Number.isFinite(Number(value))) return Number(value);
  throw wrong(flag, 'a number above 0', value);
}

/** @param example - one that is of use with this flag */
export function duration(flag: string, value: unknown, example: string): number {
  const ms = parseDurationMs(String(value));
  if (ms !== undefined) return ms;
  throw wrong(flag, `a duration such as ${example}`, value);
}

export function sizeBytes(flag: string, value: unknown, example: string): number {
  const bytes = parseBytes(String(value));
  if (bytes !== undefined) return bytes;
  throw wrong(flag, `a size such as ${example}`, value);
}

/** `--retries takes a whole number of 0 or more, not "x"`: the flag as it was typed. */
function wrong(flag: string, takes: string, value: unknown): SluiceError {
  return new SluiceError('usage.invalid', { detail: `${flag} takes ${takes}, not "${value}"` });
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
