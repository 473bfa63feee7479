/**
 * What filters say: `state:failed since:2h catalogue`. The address holds the same, part by part.
 */
import { SHOWN_STATES } from './wire.ts';

export const JOB_WORDS = ['state', 'waiting', 'collector', 'failure', 'since', 'tenant'] as const;
export const ROW_WORDS = ['state', 'failure', 'since'] as const;
export const ROW_STATES = ['discarded', 'waiting', 'available', 'completed', 'cancelled'] as const;

export interface Filter {
  /** By the word before the colon. */
  readonly values: Readonly<Record<string, string>>;
  /** What is looked for as text. */
  readonly text: string;
  /** Words that say nothing. */
  readonly unknown: readonly string[];
}

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** @param states - that can be meant here */
export function parseFilter(
  text: string,
  words: readonly string[],
  states: readonly string[] = SHOWN_STATES,
): Filter {
  const values: Record<string, string> = {};
  const plain: string[] = [];
  const unknown: string[] = [];
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const [, name, value] = /^([a-z]+):(?!\/\/)(.*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) plain.push(word);
    else if (!words.includes(name) || !isMeant(name, value, states)) unknown.push(word);
    // Names of limits may have spaces.
    else values[name] = name === 'waiting' ? value.replaceAll('%20', ' ') : value;
  }
  return { values, text: plain.join(' '), unknown };
}

function isMeant(name: string, value: string, states: readonly string[]): boolean {
  if (name === 'state') return states.includes(value);
  if (name === 'waiting') return /^[a-z-]+:./.test(value);
  return name === 'since' ? spanMs(value) !== undefined : value !== '';
}

/** `30m`, `2h`, `7d` in ms; undefined: it is none. */
export function spanMs(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,4})([mhdw])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * (UNITS_MS[unit] as number);
}

/** As it is typed, from the parts of an address. */
export function filterText(
  query: Readonly<Record<string, string>>,
  words: readonly string[],
): string {
  const said = (word: string, value: string) =>
    `${word}:${word === 'waiting' ? value.replaceAll(' ', '%20') : value}`;
  const parts = words.flatMap((word) => (query[word] ? [said(word, query[word])] : []));
  return [...parts, ...(query.q ? [query.q] : [])].join(' ');
}

/** Parts of an address: all words of the filter, those that it does not say taken away. */
export function filterQuery(
  { values, text }: Filter,
  words: readonly string[],
): Record<string, string | undefined> {
  const parts = words.map((word) => [word, values[word]] as const);
  return { ...Object.fromEntries(parts), q: text === '' ? undefined : text };
}

/** What could be meant by the word that is being typed, whole words first. */
export function completions(
  typed: string,
  known: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const at = typed.indexOf(':');
  if (at < 0) {
    return Object.keys(known)
      .filter((name) => name.startsWith(typed))
      .map((name) => `${name}:`);
  }
  const name = typed.slice(0, at);
  const begun = typed.slice(at + 1).toLowerCase();
  return (known[name] ?? [])
    .filter((value) => value.toLowerCase().includes(begun) && value !== begun)
    .map((value) => `${name}:${value}`);
}
