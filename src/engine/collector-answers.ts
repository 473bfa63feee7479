/**
 * What a collector's functions answer, looked at before it is used: a user's file is not compiled,
 * so an answer may be anything. What makes no sense is told as the collector's failure; it must
 * never reach the lanes or the store, which serve everybody.
 */
import { SluiceError } from '../base/errors.ts';
import type { Collector, JobOfLanes } from '../collectors/collector.ts';
import { type AccountNeed, accountsLane, endpointLane } from '../model/account.ts';
import { isCollectionName, KEEP_OPS, KEPT_KEY_CHARS_MAX, type Keep } from '../model/kept.ts';
import { type LaneKey, type LaneLimits, laneKind, laneName } from '../model/lane.ts';
import type { KeepChange } from '../store/store.ts';

/** The JSON text of what a collector made; throws where there is none. */
export function jsonOf(value: unknown, what: string): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw wrong(`${what} is a ${typeof value} and cannot be kept as JSON`);
  return text;
}

/** Changes of kept entries that one page may ask for. */
const KEEPS_MAX = 10_000;
const SHOWN_CHARS_MAX = 80;
const CONTROL = /\p{Cc}/u;

const SERVICE = /^[a-z0-9-]{1,32}$/;
const ENDPOINT = /^[\w.-]{1,64}$/;
const NO_LANES: readonly LaneKey[] = [];

/** The account that a task needs, if any; throws where it makes no sense. */
export function accountNeedOf(
  collector: Collector,
  input: unknown,
  options: unknown,
): AccountNeed | undefined {
  const need = collector.account?.(input, options);
  if (need === undefined) return undefined;
  const { service, endpoint } = (need ?? {}) as Partial<AccountNeed>;
  if (typeof service !== 'string' || !SERVICE.test(service)) {
    throw wrong(`the service of its account is ${JSON.stringify(service)}, no name such as x`);
  }
  if (!isEndpoint(endpoint)) {
    throw wrong(`the endpoint of its account is ${JSON.stringify(endpoint)}, no name`);
  }
  return need;
}

export function isEndpoint(endpoint: unknown): endpoint is string {
  return typeof endpoint === 'string' && ENDPOINT.test(endpoint);
}

/**
 * The lanes that a task of a job needs to start, those of its account first; throws where one of
 * them cannot be one.
 */
export function lanesOf(
  collector: Collector,
  input: unknown,
  options: unknown,
  job: JobOfLanes,
): readonly LaneKey[] {
  const need = accountNeedOf(collector, input, options);
  const own = ownLanesOf(collector, input, options, job);
  if (need === undefined) return own;
  const { service, endpoint } = need;
  const { tenant } = job;
  return [accountsLane(service, tenant), endpointLane(service, tenant, endpoint), ...own];
}

function ownLanesOf(
  collector: Collector,
  input: unknown,
  options: unknown,
  job: JobOfLanes,
): readonly LaneKey[] {
  if (!collector.lanes) return NO_LANES;
  const lanes: unknown = collector.lanes(input, options, job);
  if (!Array.isArray(lanes)) throw wrong('its lanes are no list');
  for (const lane of lanes) {
    if (!isLane(lane)) throw wrong(`${JSON.stringify(lane)} is no lane such as host:example.com`);
    limitsOf(collector, lane, options);
  }
  return lanes as LaneKey[];
}

/** What a collector says of a lane; undefined = nothing. Throws where it makes no sense. */
export function limitsOf(
  collector: Collector,
  lane: LaneKey,
  options: unknown,
): LaneLimits | undefined {
  const limits = collector.limits?.(lane, options);
  if (limits === undefined) return undefined;
  const { concurrency, rate } = limits ?? {};
  const slots =
    typeof concurrency === 'object' && concurrency !== null
      ? [concurrency.min, concurrency.start, concurrency.max]
      : [concurrency];
  if (!slots.every((count) => isAbove(count, 1))) {
    throw wrong(`its limits of ${lane} need a concurrency of 1 or more`);
  }
  const named = rate === 'learned' || rate === 'none';
  if (!named && !(isAbove(rate?.perSecond, Number.MIN_VALUE) && isAbove(rate?.burst, 1))) {
    throw wrong(`its limits of ${lane} need a rate: learned, none or { perSecond, burst }`);
  }
  return limits;
}

/** A page's changes of kept entries as they are stored; throws where one makes no sense. */
export function keepsOf(keep: unknown, recordCount: number): readonly KeepChange[] {
  if (!Array.isArray(keep)) throw wrong('the `keep` of a page is no list');
  if (keep.length > KEEPS_MAX) {
    throw wrong(`a page keeps ${keep.length} entries; yield it in several of ${KEEPS_MAX} or less`);
  }
  return keep.map((each) => keepOf(each, recordCount));
}

function keepOf(keep: Partial<Keep> | null | undefined, recordCount: number): KeepChange {
  const { op, value, record } = keep ?? {};
  const collection = collectionOf(keep?.collection);
  const key = keptKeyOf(keep?.key);
  const at = { collection, key };
  if (record !== undefined && !(isAbove(record, 0) && Number.isInteger(record))) {
    throw wrong(`the entry ${key} names a record by ${JSON.stringify(record)}`);
  }
  if (record !== undefined && record >= recordCount) {
    throw wrong(`the entry ${key} names record ${record} of a page with ${recordCount}`);
  }
  const named = record === undefined ? at : { ...at, record };
  switch (op) {
    case 'remove':
      return { ...named, op };
    case 'first':
    case 'put':
      return { ...named, op, json: jsonOf(value, `the value of the entry ${key}`) };
    default:
      throw wrong(`${JSON.stringify(op)} is none of ${KEEP_OPS.join(', ')}, asked of ${key}`);
  }
}

/** The name of a collection; throws where it cannot be one. */
export function collectionOf(name: unknown): string {
  if (isCollectionName(name)) return name;
  throw wrong(`${JSON.stringify(name)} is no name of a collection: 1 to 64 of a-z, 0-9 and -`);
}

/** The key of an entry; throws where it cannot be one. */
export function keptKeyOf(key: unknown): string {
  const isText = typeof key === 'string' && key.isWellFormed();
  if (isText && key !== '' && key.length <= KEPT_KEY_CHARS_MAX && !CONTROL.test(key)) return key;
  const shown = String(JSON.stringify(key)).slice(0, SHOWN_CHARS_MAX);
  throw wrong(`${shown} is no key of an entry: 1 to ${KEPT_KEY_CHARS_MAX} characters`);
}

function isLane(lane: unknown): lane is LaneKey {
  if (typeof lane !== 'string' || !lane.includes(':')) return false;
  return laneKind(lane as LaneKey) !== '' && laneName(lane as LaneKey) !== '';
}

function isAbove(value: unknown, min: number): boolean {
  return typeof value === 'number' && value >= min && value < Number.POSITIVE_INFINITY;
}

function wrong(detail: string): SluiceError {
  return new SluiceError('collector.threw', { detail });
}

/** `address.zip: `, or nothing for the whole. */
export function placeOf(path: readonly PropertyKey[] = []): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}
