/**
 * Which part of a channel is read next. A sweep begins at the newest message and goes backwards;
 * what earlier sweeps have read is known as ranges of ids and jumped over. So new messages cost a
 * page or two, a sweep that was cut off leaves a gap that the next one fills, and a wider limit
 * goes on where the narrower one ended.
 *
 * Invariants: ranges are apart and in descending order; the first holds everything from the newest
 * message down to where this sweep has come, so a place to go on is its lower end.
 */

/** Ids that have been read, all of them, both ends included. */
export interface ReadRange {
  readonly from: number;
  readonly to: number;
  /** Messages in it. */
  readonly count: number;
  /** ISO time: what is newer than this and not above the range is in it. */
  readonly since?: string;
}

export interface SweepLimits {
  /** Newest messages of the channel that are wanted; undefined = all. */
  readonly maxMessages: number | undefined;
  /** ISO time from which on messages are wanted; undefined = all. */
  readonly since: string | undefined;
  /** Newest messages that are read again, to see what was edited or deleted. */
  readonly rereadMessages: number;
}

export interface SweptMessage {
  readonly id: number;
  readonly date?: string | undefined;
}

/** A page as it was asked for and came. */
export interface SweptPage<M extends SweptMessage> {
  /** Exclusive; undefined = from the newest. */
  readonly before: number | undefined;
  /** Newest first. */
  readonly messages: readonly M[];
  /** Where the next page begins, exclusive; undefined = the channel ends here. */
  readonly older: number | undefined;
}

export interface SweepStep<M extends SweptMessage> {
  /** The messages that are wanted, newest first. */
  readonly wanted: readonly M[];
  readonly ranges: readonly ReadRange[];
  /** Below which id to go on; undefined = the sweep is done. */
  readonly next: number | undefined;
  /** Messages read so far in this sweep. */
  readonly read: number;
}

/** Gaps that are remembered; beyond, the oldest is forgotten and read again some day. */
const RANGES_MAX = 50;
const ID_MAX = 2 ** 31 - 1;

/** `read`: messages read in this sweep before the page. */
export function sweepStep<M extends SweptMessage>(
  ranges: readonly ReadRange[],
  page: SweptPage<M>,
  read: number,
  limits: SweepLimits,
): SweepStep<M> {
  const below = page.messages.filter(({ id }) => page.before === undefined || id < page.before);
  const { wanted, cut } = withinLimits(ranges, below, page.before, limits);
  const lowest = below.at(-1)?.id;
  const older = page.older === undefined || lowest === undefined ? undefined : lowest;
  const merged = merge(ranges, page.before, wanted, cut ? undefined : (older ?? 1), {
    ...(cut === 'since' && limits.since !== undefined ? { since: limits.since } : {}),
  });
  const top = merged[0];
  const seen = read + below.length;
  return { wanted, ranges: merged, next: nextBefore(top, older, seen, limits), read: seen };
}

function nextBefore(
  top: ReadRange | undefined,
  older: number | undefined,
  seen: number,
  limits: SweepLimits,
): number | undefined {
  if (!top) return undefined;
  if (seen < limits.rereadMessages && older !== undefined && older > top.from) return older;
  return isFulfilled(top, limits) ? undefined : top.from;
}

/** Whether all that is wanted lies in the range. */
export function isFulfilled(top: ReadRange, limits: SweepLimits): boolean {
  if (top.from <= 1) return true;
  if (limits.maxMessages !== undefined && top.count >= limits.maxMessages) return true;
  return limits.since !== undefined && top.since !== undefined && top.since <= limits.since;
}

function withinLimits<M extends SweptMessage>(
  ranges: readonly ReadRange[],
  messages: readonly M[],
  before: number | undefined,
  limits: SweepLimits,
): { wanted: readonly M[]; cut: 'since' | 'count' | undefined } {
  const { maxMessages = Number.POSITIVE_INFINITY, since } = limits;
  const above = before === undefined ? undefined : ranges[0];
  let count = above?.count ?? 0;
  const wanted: M[] = [];
  for (const message of messages) {
    if (since !== undefined && message.date !== undefined && message.date < since) {
      return { wanted, cut: 'since' };
    }
    const known = ranges.find((range) => holds(range, message.id));
    if (!known && count >= maxMessages) return { wanted, cut: 'count' };
    // Those of the range above are in its count already.
    if (!known || known !== above) count += 1;
    wanted.push(message);
  }
  return { wanted, cut: undefined };
}

/** `from`: how far down the page is known to be whole; undefined = to its lowest wanted one. */
function merge(
  ranges: readonly ReadRange[],
  before: number | undefined,
  wanted: readonly SweptMessage[],
  from: number | undefined,
  reached: { readonly since?: string },
): readonly ReadRange[] {
  const lowest = from ?? wanted.at(-1)?.id;
  // Nothing was wanted of it: all above stays as it is, and nothing more is to be had.
  if (lowest === undefined) {
    const [top, ...rest] = ranges;
    return top && reached.since !== undefined
      ? [{ ...top, ...earlier(top, reached) }, ...rest]
      : ranges;
  }
  const to = before === undefined ? Math.max(wanted[0]?.id ?? 0, ranges[0]?.to ?? 0) : before - 1;
  const fresh = wanted.filter(({ id }) => !ranges.some((range) => holds(range, id))).length;
  const page: ReadRange = {
    from: lowest,
    to: Math.min(Math.max(to, lowest), ID_MAX),
    count: fresh,
    ...reached,
  };
  const touching = ranges.filter((range) => range.from <= page.to + 1 && range.to >= page.from - 1);
  const apart = ranges.filter((range) => !touching.includes(range));
  const joined = touching.reduce(join, page);
  return [...apart, joined].sort((a, b) => b.to - a.to).slice(0, RANGES_MAX);
}

function join(a: ReadRange, b: ReadRange): ReadRange {
  const from = Math.min(a.from, b.from);
  // Only the lower one says how far back the whole reaches.
  const since = a.from === b.from ? earlier(a, b).since : a.from < b.from ? a.since : b.since;
  return {
    from,
    to: Math.max(a.to, b.to),
    count: a.count + b.count,
    ...(since === undefined ? {} : { since }),
  };
}

function earlier(
  a: { readonly since?: string },
  b: { readonly since?: string },
): { since?: string } {
  if (a.since === undefined || b.since === undefined) {
    const since = a.since ?? b.since;
    return since === undefined ? {} : { since };
  }
  return { since: a.since < b.since ? a.since : b.since };
}

function holds(range: ReadRange, id: number): boolean {
  return id >= range.from && id <= range.to;
}
