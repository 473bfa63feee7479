/**
 * What a collector's functions answer, looked at before it is used: a user's file is not compiled,
 * so an answer may be anything. What makes no sense is told as the collector's failure; it must
 * never reach the lanes or the store, which serve everybody.
 */
import { SluiceError } from '../base/errors.ts';
import type { Collector } from '../collectors/collector.ts';
import { type LaneKey, type LaneLimits, laneKind, laneName } from '../model/lane.ts';

/** The JSON text of what a collector made; throws where there is none. */
export function jsonOf(value: unknown, what: string): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw wrong(`${what} is a ${typeof value} and cannot be kept as JSON`);
  return text;
}

const NO_LANES: readonly LaneKey[] = [];

/** The lanes that a task needs to start; throws where one of them cannot be one. */
export function lanesOf(
  collector: Collector,
  input: unknown,
  options: unknown,
): readonly LaneKey[] {
  if (!collector.lanes) return NO_LANES;
  const lanes: unknown = collector.lanes(input, options);
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
