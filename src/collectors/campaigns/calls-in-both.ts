/**
 * Calls that are in both exports, of calls made and of calls taken: one call, and one record. Each
 * export has columns of its own of it, so what each said last is kept; the record is made of the
 * two, and stays the same whichever of them is read again.
 *
 * Such calls are few. Calls taken are looked up among those that are kept; calls made only where
 * the client has had such a call.
 */
import type { Keep } from '../../model/kept.ts';
import type { CollectContext } from '../collector.ts';
import type { CallRecord } from './call-record.ts';
import type { Direction } from './vicidial-requests.ts';

/** What a tenant keeps: every call; and of those in both exports, what each says of it. */
export const CALLS = 'calls';
const CALLS_IN_BOTH = 'calls-in-both';

interface BothSides {
  readonly outbound: CallRecord;
  readonly inbound: CallRecord;
}

export interface CallTexts {
  readonly keys: readonly string[];
  /** JSON texts. */
  readonly texts: readonly string[];
}

export interface JoinedTexts extends CallTexts {
  /** What is kept of calls in both exports. */
  readonly keep: readonly Keep[];
}

const KEYS_MAX = 1_000;
const NO_KEEPS: readonly Keep[] = [];

/** `met` = the client has had calls in both exports. */
export async function joinExports(
  kept: Pick<CollectContext['kept'], 'get'>,
  { keys, texts }: CallTexts,
  direction: Direction,
  met: boolean,
): Promise<JoinedTexts> {
  const inbound = direction === 'inbound';
  if (!inbound && !met) return { keys, texts, keep: NO_KEEPS };
  const calls = inbound ? await all<CallRecord>(kept, CALLS, keys) : undefined;
  const asked = calls ? keys.filter((key) => isMade(calls.get(key))) : keys;
  if (asked.length === 0) return { keys, texts, keep: NO_KEEPS };
  const known = await all<BothSides>(kept, CALLS_IN_BOTH, asked);
  const joined = [...texts];
  const keep: Keep[] = [];
  const toJoin = new Set(asked);
  for (const [i, key] of keys.entries()) {
    if (!toJoin.has(key)) continue;
    const here = JSON.parse(texts[i] as string) as CallRecord;
    const sides = sidesOf(here, inbound, known.get(key), calls?.get(key));
    if (sides === undefined) continue;
    joined[i] = JSON.stringify(joinedCall(sides));
    keep.push({ collection: CALLS_IN_BOTH, key, value: sides, op: 'put' });
  }
  return { keys, texts: joined, keep };
}

/** Whether a call that is kept was in the export of calls made. */
function isMade(call: CallRecord | undefined): boolean {
  return call !== undefined && call.direction !== 'inbound';
}

function sidesOf(
  here: CallRecord,
  inbound: boolean,
  known: BothSides | undefined,
  kept: CallRecord | undefined,
): BothSides | undefined {
  if (!inbound) return known && { outbound: here, inbound: known.inbound };
  const outbound = known?.outbound ?? kept;
  return outbound && { outbound, inbound: here };
}

/** The export of calls made says how it ended; the other adds what it alone has. */
export function joinedCall({ outbound, inbound }: BothSides): CallRecord {
  const { campaignId: inGroup, ...taken } = inbound;
  return { ...taken, ...outbound, direction: 'both', ...(inGroup !== undefined && { inGroup }) };
}

async function all<T>(
  kept: Pick<CollectContext['kept'], 'get'>,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for (let at = 0; at < keys.length; at += KEYS_MAX) {
    const some = await kept.get(collection, keys.slice(at, at + KEYS_MAX));
    for (const [key, value] of some) found.set(key, value as T);
  }
  return found;
}
