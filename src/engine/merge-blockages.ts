import type { Blockage } from '../model/lane.ts';

/** What several nodes say of one job, a lane once; most waiting first. */
export function mergeBlockages(all: readonly Blockage[], limit: number): readonly Blockage[] {
  const merged = new Map<string, Blockage>();
  for (const each of all) {
    const known = merged.get(each.lane);
    const { waiting, inUse } = each;
    if (known === undefined) merged.set(each.lane, each);
    else {
      const both = { waiting: known.waiting + waiting, inUse: known.inUse + inUse };
      merged.set(each.lane, { ...known, ...both });
    }
  }
  return [...merged.values()].sort((a, b) => b.waiting - a.waiting).slice(0, limit);
}
