/**
 * Lanes are owned in slices: a lane belongs to one slice, by its name alone, and whoever holds the
 * slice owns its lanes. So a million hosts need a thousand leases, every node can tell who owns a
 * lane, and work is cut along slices: what shares a lane is worked on in one place.
 */
import { ACCOUNTS_KIND } from './account.ts';
import { hostLane, type LaneKey, laneKind, laneName } from './lane.ts';

/** Part of what is stored: another number would give every lane another owner. */
export const SLICES = 1_024;

/** 0 … SLICES - 1. */
export function sliceOf(lane: LaneKey): number {
  return hash(kinOf(lane)) % SLICES;
}

/** `www.example.com` and `example.com` lead to each other: they belong to one owner. */
function kinOf(lane: LaneKey): string {
  const kind = laneKind(lane);
  const name = laneName(lane);
  // A tenant's endpoints at a service belong to whoever keeps its accounts there.
  if (kind === ACCOUNTS_KIND) return `${kind}:${name.split('/', 2).join('/')}`;
  if (kind !== 'host') return lane;
  return name.startsWith('www.') ? hostLane(name.slice(4)) : lane;
}

/** FNV-1a over UTF-16 units, with its bits mixed once more: short names differ in few places. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 12)) >>> 0;
}
