/** Figures from repeated runs. */
import type { Figure } from './scenario.ts';

/** The middle one; the lower of two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** A comparison of medians. */
export function figure(
  scenario: string,
  metric: string,
  sluice: number | readonly number[],
  peer: number | readonly number[],
  peerName: string,
): Figure {
  const mine = typeof sluice === 'number' ? sluice : median(sluice);
  const other = typeof peer === 'number' ? peer : median(peer);
  return {
    scenario,
    metric,
    sluice: rounded(mine),
    peer: rounded(other),
    peerName,
    ratio: rounded(mine / other),
  };
}

/** Four digits say more than a benchmark knows. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value;
}
