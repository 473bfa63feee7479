/** The options of the stand-in as words of a command line: `--list-size 500 --faults reset:0.01`. */
import { ENDPOINT_NAMES, type EndpointName } from './endpoints.ts';
import type { XFaults, XOptions } from './x-options.ts';

const NUMBERS = {
  users: 'users',
  accounts: 'accounts',
  apps: 'apps',
  lists: 'lists',
  'list-size': 'listSize',
  'big-list-size': 'bigListSize',
  'window-ms': 'windowMs',
  'limit-scale': 'limitScale',
  'user-day-cap': 'userDayCap',
  'app-day-cap': 'appDayCap',
  'day-ms': 'dayMs',
  credits: 'credits',
  'usage-cap': 'usageCap',
  'short-pages': 'shortPages',
  'empty-pages': 'emptyPages',
  'suspended-share': 'suspendedShare',
  'protected-share': 'protectedShare',
  'arrivals-every': 'arrivalsEvery',
  arrivals: 'arrivals',
  'epoch-ms': 'epochMs',
} as const satisfies Record<string, keyof XOptions>;

const CHOICES = {
  'target-forms': ['targetForms', ['plain', 'mixed']],
  naming: ['naming', ['tweet', 'post']],
  'throttle-body': ['throttleBody', ['title', 'code88', 'both']],
  'problem-host': ['problemHost', ['twitter', 'x', 'both']],
} as const satisfies Record<string, readonly [keyof XOptions, readonly string[]]>;

const FAULT_NAMES = ['error500', 'error503', 'reset', 'cutBody'] as const;

export const X_NUMBERS = Object.keys(NUMBERS) as readonly (keyof typeof NUMBERS)[];
export const X_TEXTS = [...Object.keys(CHOICES), 'limits', 'faults'] as readonly string[];
export const X_FLAGS = ['odd-lists', 'limits-on-refusals'] as const;

export const X_USAGE = `  x        --dir DIR --users N --accounts N --apps N --lists N --list-size N --big-list-size N
           --odd-lists --target-forms plain|mixed --naming tweet|post
           --window-ms N --limit-scale X --limits followers:15,… --limits-on-refusals
           --user-day-cap N --app-day-cap N --day-ms N --credits N --usage-cap N
           --short-pages X --empty-pages X --suspended-share X --protected-share X
           --arrivals-every N --arrivals N --latency-ms N --epoch-ms N
           --faults error500:X,error503:X,reset:X,cutBody:X
           --throttle-body title|code88|both --problem-host twitter|x|both
`;

export interface XWords {
  /** The number of an option; undefined where it was not given. Throws for what is no number. */
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean;
}

/** Reads the options. Throws RangeError for a choice or name that there is not. */
export function readXOptions(words: XWords): XOptions {
  const options: Record<string, unknown> = {
    oddLists: words.flag('odd-lists'),
    limitsOnRefusals: words.flag('limits-on-refusals'),
  };
  for (const [flag, name] of Object.entries(NUMBERS)) {
    const value = words.number(flag);
    if (value !== undefined) options[name] = value;
  }
  for (const [flag, [name, allowed]] of Object.entries(CHOICES)) {
    const value = words.text(flag);
    if (value === undefined) continue;
    if (!(allowed as readonly string[]).includes(value)) {
      throw new RangeError(`--${flag} is one of ${allowed.join(', ')}, not "${value}"`);
    }
    options[name] = value;
  }
  const latencyMs = words.number('latency-ms');
  if (latencyMs !== undefined) options.latencyMs = latencyMs;
  const limits = words.text('limits');
  if (limits !== undefined) options.limits = pairs<EndpointName>('limits', limits, ENDPOINT_NAMES);
  const faults = words.text('faults');
  if (faults !== undefined) {
    options.faults = pairs<keyof XFaults>('faults', faults, FAULT_NAMES);
  }
  return options;
}

function pairs<Name extends string>(
  flag: string,
  text: string,
  names: readonly Name[],
): Partial<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.trim().split(':');
    const number = Number(value);
    if (!names.includes(name as Name) || value === '' || !(number >= 0)) {
      throw new RangeError(`--${flag} needs NAME:NUMBER pairs of ${names.join(', ')}`);
    }
    found[name as Name] = number;
  }
  return found;
}
