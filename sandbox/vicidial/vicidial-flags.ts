/** The options of the stand-in as words of a command line: `--clients 6 --vicidial-faults reset:0.01`. */
import { FAULT_MODES, type FaultMode, type VicidialOptions } from './vicidial-options.ts';

export const VICIDIAL_NUMBERS = [
  'campaigns',
  'clients',
  'servers',
  'calls',
  'hours',
  'big-rows',
  'rows-max',
  'lock-ms',
] as const;
export const VICIDIAL_TEXTS = ['fault-shares'] as const;
export const VICIDIAL_USAGE = `  vicidial --dir DIR --campaigns N --clients N --servers N --calls N --hours N --big-rows N --rows-max N
           --epoch-ms N --latency-ms N --lock-ms N --fault-shares truncate:X,reset:X,…
`;

const NAMES = {
  campaigns: 'campaigns',
  clients: 'clients',
  servers: 'servers',
  calls: 'calls',
  hours: 'hours',
  'big-rows': 'bigRows',
  'rows-max': 'rowsMax',
  'lock-ms': 'lockMs',
  'epoch-ms': 'epochMs',
  'latency-ms': 'latencyMs',
} as const satisfies Record<string, keyof VicidialOptions>;

export interface VicidialWords {
  /** undefined where it was not given. */
  number(name: keyof typeof NAMES): number | undefined;
  text(name: (typeof VICIDIAL_TEXTS)[number]): string | undefined;
}

/** Throws RangeError for a kind of fault that there is not. */
export function readVicidialOptions(words: VicidialWords): VicidialOptions {
  const options: Record<string, unknown> = {};
  for (const [flag, name] of Object.entries(NAMES)) {
    const value = words.number(flag as keyof typeof NAMES);
    if (value !== undefined) options[name] = value;
  }
  const shares = words.text('fault-shares');
  if (shares !== undefined) options.faults = Object.fromEntries(shares.split(',').map(shareOf));
  return options;
}

function shareOf(part: string): readonly [FaultMode, number] {
  const [mode = '', share = ''] = part.trim().split(':');
  const value = Number(share);
  if (!FAULT_MODES.includes(mode as FaultMode) || share === '' || !(value >= 0)) {
    throw new RangeError(`--fault-shares needs NAME:SHARE pairs of ${FAULT_MODES.join(', ')}`);
  }
  return [mode as FaultMode, value];
}
