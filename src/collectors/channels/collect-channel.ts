/**
 * One channel, from its newest message backwards, page by page. A page commits together with what
 * is kept of its messages, with their pictures, and with the ranges that are read by then: wherever
 * an attempt ends, the next goes on behind the last whole page and nothing is told twice. While a
 * page waits for its pictures, the next few are read and their pictures fetched, in order.
 */
import type { Keep } from '../../model/kept.ts';
import type { Page } from '../../model/task.ts';
import type { CollectContext } from '../collector.ts';
import { asDeleted, type ChangeOptions, isChanged, isNews, withKnownFiles } from './changes.ts';
import { progressLine, SweepShare } from './channel-progress.ts';
import type { ChannelPage, ChannelReader } from './channel-reader.ts';
import { type ImageOptions, keepImages } from './images.ts';
import { type ChannelMessage, MESSAGES, messageKey, STATES } from './message.ts';
import { type ReadRange, type SweepLimits, type SweepStep, sweepStep } from './sweep.ts';
import type { ChannelState } from './sweep-state.ts';
import { Turns } from './turns.ts';

export interface CollectOptions extends SweepLimits, ImageOptions {
  /** Between two pages, ms. */
  readonly pageDelayMs: number;
  /** Between a channel's end and the next one's beginning, ms. */
  readonly channelDelayMs: number;
  readonly changes: ChangeOptions;
}

interface SweepCursor {
  readonly before: number;
  readonly read: number;
}

interface Found {
  readonly page: ChannelPage;
  readonly before: number | undefined;
  readonly step: SweepStep<ChannelMessage>;
}

interface Prepared {
  readonly found: Found;
  /** Messages that are new or changed, with their pictures, then those that are gone. */
  readonly records: readonly ChannelMessage[];
  readonly told: number;
  readonly images: number;
}

/** Pages that are read while one waits for its pictures: a slow one or two hold up nobody then. */
const AHEAD = 3;
/** Entries that are asked for at once. */
const ASK_MAX = 1_000;
/** Ids between two messages that are looked up one by one; wider gaps hold nothing in practice. */
const GAP_MAX = 5_000;

export async function* collectChannel(
  key: string,
  reader: ChannelReader,
  ctx: CollectContext,
  options: CollectOptions,
): AsyncGenerator<Page<ChannelMessage, SweepCursor>> {
  const sweep = new Sweep(key, reader, ctx, options);
  await sweep.begin();
  for await (const prepared of pagesAhead(sweep)) {
    const done = prepared.found.step.next === undefined && options.channelDelayMs === 0;
    yield { ...sweep.toPage(prepared), done };
  }
  // The channel keeps its place meanwhile, so the next one begins no sooner.
  await ctx.sleep(options.channelDelayMs);
}

/** In order: each is read as soon as the one before it, its pictures are fetched in their turn. */
async function* pagesAhead(sweep: Sweep): AsyncGenerator<Prepared> {
  const ahead: Promise<Prepared | undefined>[] = [];
  let read: Promise<Found | undefined> = sweep.read();
  for (;;) {
    while (ahead.length < AHEAD) {
      ahead.push(read.then((found) => found && sweep.prepare(found)));
      read = read.then((found) => found && sweep.readNext(found));
      // Whoever waits for them hears of a failure; until then it is nobody's crash.
      for (const promise of [ahead.at(-1), read]) promise?.catch(() => {});
    }
    const prepared = await ahead.shift();
    if (!prepared) return;
    yield prepared;
  }
}

class Sweep {
  readonly #key: string;
  readonly #reader: ChannelReader;
  readonly #ctx: CollectContext;
  readonly #options: CollectOptions;
  readonly #startedMs: number;
  readonly #turns: Turns;
  #ranges: readonly ReadRange[] = [];
  #newest = 0;
  #readBefore = 0;
  #before: number | undefined;
  #share: SweepShare;
  #messages = 0;
  #images = 0;

  constructor(key: string, reader: ChannelReader, ctx: CollectContext, options: CollectOptions) {
    this.#key = key;
    this.#reader = reader;
    this.#ctx = ctx;
    this.#options = options;
    this.#startedMs = ctx.nowMs();
    this.#turns = new Turns(options.imageConcurrency);
    this.#share = new SweepShare([], options);
  }

  /** Where the last attempt, or the last run, left off. */
  async begin(): Promise<void> {
    const kept = await this.#ctx.kept.get(STATES, [this.#key]);
    const state = kept.get(this.#key) as ChannelState | undefined;
    this.#ranges = state?.ranges ?? [];
    this.#newest = state?.newest ?? 0;
    this.#share = new SweepShare(this.#ranges, this.#options);
    const cursor = this.#ctx.cursor as SweepCursor | undefined;
    this.#before = cursor?.before;
    this.#readBefore = cursor?.read ?? 0;
  }

  /** The first page; decides what of it is wanted and where to go on. */
  read(): Promise<Found> {
    return this.#read(this.#before, this.#ranges, this.#readBefore);
  }

  /** The page below, where there is one. */
  async readNext({ step }: Found): Promise<Found | undefined> {
    if (step.next === undefined) return undefined;
    const { pageDelayMs } = this.#options;
    if (pageDelayMs > 0) await this.#ctx.sleep(pageDelayMs);
    return this.#read(step.next, step.ranges, step.read);
  }

  async #read(
    before: number | undefined,
    ranges: readonly ReadRange[],
    read: number,
  ): Promise<Found> {
    const page = await this.#reader.page(before);
    return { page, before, step: sweepStep(ranges, { ...page, before }, read, this.#options) };
  }

  /** What of a page is new, with its pictures. */
  async prepare(found: Found): Promise<Prepared> {
    const { changes } = this.#options;
    const known = await this.#knownEntries(found);
    const changed = found.step.wanted
      .map((message) => withKnownFiles(known.get(message.id), message))
      .filter((message) => {
        const entry = known.get(message.id);
        return !entry || isChanged(entry, message, changes);
      });
    const gone = this.#gone(found, known);
    const images = await keepImages(changed, this.#reader, this.#ctx, this.#options, this.#turns);
    const told = images.messages.filter((message) => {
      const entry = known.get(message.id);
      return !entry || isNews(entry, message, changes);
    });
    return { found, records: [...told, ...gone], told: told.length, images: images.kept };
  }

  /** With what is kept of it. */
  toPage({ found, records, told, images }: Prepared): Page<ChannelMessage, SweepCursor> {
    const { page, step } = found;
    const [newest] = page.messages;
    this.#newest = Math.max(this.#newest, newest?.id ?? 0);
    this.#share.begin(this.#newest, newest?.date);
    this.#messages += told;
    this.#images += images;
    this.#note(page, step);
    return {
      records,
      keep: [...records.map((record, i) => this.#keepMessage(record, i)), this.#keepState(found)],
      ...(step.next === undefined ? {} : { cursor: { before: step.next, read: step.read } }),
    };
  }

  #keepMessage(record: ChannelMessage, index: number): Keep {
    const key = messageKey(this.#key, record.id);
    return { collection: MESSAGES, key, value: record, op: 'put', record: index };
  }

  #keepState({ page, step }: Found): Keep {
    const value: ChannelState = {
      name: page.channel.name,
      title: page.channel.title,
      newest: this.#newest,
      oldest: step.ranges[0]?.from ?? 0,
      ranges: step.ranges,
      unfinished: step.next !== undefined || step.ranges.length > 1,
    };
    return { collection: STATES, key: this.#key, value, op: 'put' };
  }

  /** What is kept of the messages of a page, and of those that should be among them. */
  async #knownEntries({ page, before, step }: Found): Promise<ReadonlyMap<number, ChannelMessage>> {
    const ids = new Set(step.wanted.map(({ id }) => id));
    const lowest = page.older === undefined && step.wanted.length > 0 ? 1 : step.wanted.at(-1)?.id;
    const highest = Math.min((before ?? this.#newest + 1) - 1, this.#newest);
    if (lowest !== undefined && highest - lowest <= GAP_MAX + page.messages.length) {
      for (let id = lowest; id <= highest; id += 1) ids.add(id);
    }
    const known = new Map<number, ChannelMessage>();
    const all = [...ids];
    for (let at = 0; at < all.length; at += ASK_MAX) {
      const keys = all.slice(at, at + ASK_MAX).map((id) => messageKey(this.#key, id));
      for (const value of (await this.#ctx.kept.get(MESSAGES, keys)).values()) {
        const message = value as ChannelMessage;
        known.set(message.id, message);
      }
    }
    return known;
  }

  /** Kept messages that a whole page between two others no longer shows. */
  #gone({ page }: Found, known: ReadonlyMap<number, ChannelMessage>): ChannelMessage[] {
    const here = new Set(page.messages.map(({ id }) => id));
    const lowest = page.messages.at(-1)?.id ?? Number.POSITIVE_INFINITY;
    const above = page.older === undefined && page.messages.length > 0 ? 0 : lowest;
    return [...known.values()]
      .filter(({ id, deleted }) => id > above && !deleted && !here.has(id))
      .sort((a, b) => b.id - a.id)
      .map(asDeleted);
  }

  #note(page: ChannelPage, step: SweepStep<ChannelMessage>): void {
    const oldest = step.wanted.at(-1)?.date;
    const line = progressLine({
      name: page.channel.name,
      messages: this.#messages,
      images: this.#images,
      elapsedMs: this.#ctx.nowMs() - this.#startedMs,
      share: this.#share.at(step.next, step.ranges[0]?.count ?? 0, oldest),
    });
    this.#ctx.note(line);
  }
}
