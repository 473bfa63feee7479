/** Values of flags as users write them; each rejects with `usage.invalid`. */
import { SluiceError } from '../base/errors.ts';

export function wholeNumber(flag: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(String(value))) return Number(value);
  throw new SluiceError('usage.invalid', {
    detail: `${flag} takes a whole number, not ${String(value)}`,
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
