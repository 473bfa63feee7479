/**
 * Sweeps over a channel that changes, against a model of it: messages come, are edited and deleted
 * between runs, runs are cut off at any page, limits change. What is kept in the end is what there
 * was to keep, and nothing is told twice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Keep } from '../../model/kept.ts';
import type { Page } from '../../model/task.ts';
import type { CollectContext } from '../collector.ts';
import type { ChannelPage, ChannelReader } from './channel-reader.ts';
import { type CollectOptions, collectChannel } from './collect-channel.ts';
import { type ChannelMessage, MESSAGES, messageKey, STATES } from './message.ts';

const CHANNEL = { name: 'Model', title: 'A model' };
const KEY = 'model';
const NEWEST_MS = Date.UTC(2026, 0, 1);

const ALL: CollectOptions = {
  maxMessages: undefined,
  since: undefined,
  rereadMessages: 10,
  images: false,
  imageConcurrency: 2,
  maxImageBytes: 1_000,
  pageDelayMs: 0,
  channelDelayMs: 0,
  changes: { counts: false, images: false },
};

function message(id: number, text: string): ChannelMessage {
  return {
    kind: 'message',
    channel: CHANNEL,
    id,
    url: `https://t.me/Model/${id}`,
    // A minute a message, so that dates go with ids.
    date: new Date(NEWEST_MS + id * 60_000).toISOString(),
    edited: false,
    text,
    entities: [],
    reactions: [],
    media: [],
  };
}

/** A channel, its pages, and everything that a tenant keeps of it. */
class Model {
  readonly messages = new Map<number, string>();
  readonly kept = new Map<string, unknown>();
  readonly told: ChannelMessage[] = [];
  cursor: unknown;
  pages = 0;
  readonly #pageSize: number;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  add(gap: number, text: string): void {
    const newest = Math.max(0, ...this.messages.keys());
    this.messages.set(newest + 1 + gap, text);
  }

  nth(at: number): number | undefined {
    const ids = [...this.messages.keys()].sort((a, b) => b - a);
    return ids[at];
  }

  reader(): ChannelReader {
    return {
      page: async (before) => this.#page(before),
      image: () => Promise.reject(new Error('there are none')),
      close: async () => {},
    };
  }

  #page(before: number | undefined): ChannelPage {
    this.pages += 1;
    const ids = [...this.messages.keys()]
      .filter((id) => before === undefined || id < before)
      .sort((a, b) => b - a);
    const here = ids.slice(0, this.#pageSize);
    const messages = here.map((id) => message(id, this.messages.get(id) as string));
    return {
      channel: CHANNEL,
      messages,
      older: ids.length > here.length ? here.at(-1) : undefined,
    };
  }

  /** Runs to its end, or until so many pages are committed. */
  async run(options: CollectOptions, pagesMax = Number.POSITIVE_INFINITY): Promise<boolean> {
    let pages = 0;
    const ctx = {
      cursor: this.cursor,
      kept: {
        get: async (collection: string, keys: readonly string[]) =>
          new Map(
            keys.flatMap((key) => {
              const value = this.kept.get(`${collection} ${key}`);
              return value === undefined ? [] : [[key, structuredClone(value)] as const];
            }),
          ),
      },
      nowMs: () => 0,
      sleep: async () => {},
      note() {},
      signal: new AbortController().signal,
    } as unknown as CollectContext;
    for await (const page of collectChannel(KEY, this.reader(), ctx, options)) {
      if (pages >= pagesMax) return false;
      pages += 1;
      this.#commit(page);
    }
    this.cursor = undefined;
    return true;
  }

  #commit(page: Page<ChannelMessage>): void {
    const dropped = new Set<number>();
    for (const keep of page.keep as readonly Keep[]) {
      const key = `${keep.collection} ${keep.key}`;
      const same = JSON.stringify(this.kept.get(key)) === JSON.stringify(keep.value);
      if (same && keep.record !== undefined) dropped.add(keep.record);
      this.kept.set(key, structuredClone(keep.value));
    }
    this.told.push(...page.records.filter((_, i) => !dropped.has(i)));
    if (page.cursor !== undefined) this.cursor = structuredClone(page.cursor);
  }

  keptMessages(): Map<number, string> {
    const found = new Map<number, string>();
    for (const [key, value] of this.kept) {
      const kept = value as ChannelMessage;
      if (key.startsWith(MESSAGES) && !kept.deleted) found.set(kept.id, kept.text);
    }
    return found;
  }

  get ranges(): number {
    return (this.kept.get(`${STATES} ${KEY}`) as { ranges: unknown[] }).ranges.length;
  }
}

function sorted(messages: ReadonlyMap<number, string>): [number, string][] {
  return [...messages].sort(([a], [b]) => a - b);
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), gap: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const), gap: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), at: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      pages: fc.nat(4),
      max: fc.option(fc.nat(12), { nil: undefined }),
    }),
  },
);

describe('sweeps over a channel', () => {
  it('keep what there is, whatever happens between runs and in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        async (pageSize, steps) => {
          const model = new Model(pageSize);
          let turn = 0;
          for (const each of steps) {
            turn += 1;
            if (each.kind === 'add') model.add(each.gap, `words ${turn}`);
            else if (each.kind === 'run') {
              await model.run({ ...ALL, maxMessages: each.max || undefined }, each.pages);
              // A run that failed for good begins anew the next time.
              if (each.pages % 2 === 0) model.cursor = undefined;
            } else {
              const id = model.nth(each.at);
              if (id === undefined) continue;
              if (each.kind === 'edit') model.messages.set(id, `edited ${turn}`);
              else model.messages.delete(id);
            }
          }
          // A window over everything, so that all that changed is seen.
          model.cursor = undefined;
          assert.ok(await model.run({ ...ALL, rereadMessages: 1_000 }));
          if (model.messages.size === 0) return;
          assert.deepEqual(sorted(model.keptMessages()), sorted(model.messages));
          assert.equal(model.ranges, 1);
          for (const [i, told] of model.told.entries()) {
            const next = model.told.slice(i + 1).find(({ id }) => id === told.id);
            if (next) assert.notDeepEqual(next, told, 'told twice');
          }
          const before = model.told.length;
          assert.ok(await model.run({ ...ALL, rereadMessages: 1_000 }));
          assert.equal(model.told.length, before, 'nothing has changed, and something was told');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cost a few pages where little is new', async () => {
    const model = new Model(10);
    for (let i = 0; i < 500; i += 1) model.add(0, 'words');
    await model.run(ALL);
    assert.equal(model.pages, 50);
    assert.equal(model.told.length, 500);
    model.add(0, 'new');
    model.pages = 0;
    await model.run({ ...ALL, rereadMessages: 0 });
    assert.equal(model.pages, 1);
    await model.run({ ...ALL, rereadMessages: 30 });
    assert.equal(model.pages, 1 + 3);
    assert.equal(model.told.length, 501);
  });

  it('go on below where a narrower limit ended', async () => {
    const model = new Model(10);
    for (let i = 0; i < 100; i += 1) model.add(0, 'words');
    await model.run({ ...ALL, maxMessages: 25 });
    assert.equal(model.keptMessages().size, 25);
    model.pages = 0;
    await model.run({ ...ALL, maxMessages: 25, rereadMessages: 0 });
    assert.equal(model.pages, 1);
    await model.run({ ...ALL, maxMessages: 60, rereadMessages: 0 });
    assert.equal(model.keptMessages().size, 60);
    assert.equal(model.told.length, 60);
  });

  it('end at a date, and look no further the next time', async () => {
    const model = new Model(10);
    for (let i = 0; i < 100; i += 1) model.add(0, 'words');
    const since = message(71, '').date as string;
    await model.run({ ...ALL, since });
    assert.deepEqual(Math.min(...model.keptMessages().keys()), 71);
    assert.equal(model.keptMessages().size, 30);
    model.pages = 0;
    await model.run({ ...ALL, since, rereadMessages: 0 });
    assert.equal(model.pages, 1);
  });

  it('fill the gap that a run left which never came to its end', async () => {
    const model = new Model(5);
    for (let i = 0; i < 20; i += 1) model.add(0, 'words');
    await model.run(ALL);
    for (let i = 0; i < 40; i += 1) model.add(1, 'more');
    await model.run(ALL, 2);
    assert.equal(model.ranges, 2);
    model.cursor = undefined;
    for (let i = 0; i < 3; i += 1) model.add(0, 'newest');
    await model.run(ALL);
    assert.equal(model.ranges, 1);
    assert.deepEqual(sorted(model.keptMessages()), sorted(model.messages));
    assert.equal(model.told.length, 63);
  });

  it('tell of a deletion once, with what was there', async () => {
    const model = new Model(10);
    for (let i = 0; i < 30; i += 1) model.add(0, `words ${i}`);
    await model.run(ALL);
    for (const id of [30, 25, 21]) model.messages.delete(id);
    await model.run(ALL);
    const gone = model.told.filter(({ kind }) => kind === 'deletion');
    assert.deepEqual(
      gone.map(({ id, text, deleted }) => [id, text, deleted]),
      [
        [30, 'words 29', true],
        [25, 'words 24', true],
        [21, 'words 20', true],
      ],
    );
    await model.run(ALL);
    assert.equal(model.told.length, 33);
    assert.equal(
      (model.kept.get(`${MESSAGES} ${messageKey(KEY, 25)}`) as ChannelMessage).deleted,
      true,
    );
  });
});
