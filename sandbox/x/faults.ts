/** What goes wrong on the way, and how long answers take: by seed, account, endpoint and call. */
import { randomOf } from '../sites/seed.ts';
import type { XConfig } from './x-options.ts';

export type Fault = 'error500' | 'error503' | 'reset' | 'cutBody' | 'none';

export interface Mishap {
  readonly fault: Fault;
  readonly latencyMs: number;
}

const FAULTS = ['error500', 'error503', 'reset', 'cutBody'] as const;
const UNHARMED: Mishap = { fault: 'none', latencyMs: 0 };

/** The mishap of the call with this number by this caller on this endpoint. */
export function mishapOf(config: XConfig, caller: string, endpoint: string, call: number): Mishap {
  const { faults, latencyMs, seed } = config;
  const share = FAULTS.reduce((sum, name) => sum + faults[name], 0);
  if (share === 0 && latencyMs === 0) return UNHARMED;
  const random = randomOf(seed, 'mishap', caller, endpoint, call);
  let draw = random.next();
  const fault = FAULTS.find((name) => {
    draw -= faults[name];
    return draw < 0;
  });
  // The median is latencyMs; one in eight takes four times as long, and nothing longer than eight.
  const tail = Math.min(8, 0.5 / (1 - random.next()));
  return { fault: fault ?? 'none', latencyMs: latencyMs * Math.max(0.5, tail) };
}
