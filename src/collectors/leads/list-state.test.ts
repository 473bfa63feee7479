/**
 * Sweeps against a list that changes while it is read: people come at the top and leave anywhere,
 * tokens are lost, processes die between any two pages. Whoever is still there at the end is known,
 * and nobody was taken for new twice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Random, randomInt, seededRandom } from '../../base/random.ts';
import {
  afterLoss,
  afterPage,
  beginRun,
  endRun,
  type ListState,
  nextPage,
  type RunEnd,
  type RunRules,
  type Sweep,
} from './list-state.ts';

const DAY_MS = 24 * 3_600_000;

/** Entries newest first: members, or posts of which each has an author. */
interface Entry {
  readonly order: number;
  readonly who: string;
}

class ModelList {
  entries: Entry[] = [];
  readonly #random: Random;
  readonly #bySearch: boolean;
  #order = 0;
  #people = 0;

  constructor(random: Random, bySearch: boolean, size: number) {
    this.#random = random;
    this.#bySearch = bySearch;
    for (let at = 0; at < size; at += 1) this.arrive();
  }

  arrive(): void {
    this.#order += 1;
    // Authors write again; a member comes once.
    const again = this.#bySearch && this.#people > 0 && this.#random.next() < 0.4;
    if (!again) this.#people += 1;
    const who = String(again ? randomInt(this.#random, 1, this.#people) : this.#people);
    this.entries.unshift({ order: this.#order, who });
  }

  leave(): void {
    const at = Math.floor(this.#random.next() * this.entries.length);
    if (!this.#bySearch) this.entries.splice(at, 1);
  }

  /** A page as X gives them: short ones and empty ones go on. */
  page({ token, sinceId }: Sweep, limit: number) {
    const below = token === undefined ? Number.POSITIVE_INFINITY : Number(token);
    const above = Number(sinceId ?? 0);
    const rest = this.entries.filter(({ order }) => order < below && order > above);
    const draw = this.#random.next();
    const size = draw < 0.05 ? 0 : draw < 0.2 ? Math.ceil(limit / 2) : limit;
    const shown = rest.slice(0, size);
    const last =
      shown.at(-1)?.order ?? (below === Number.POSITIVE_INFINITY ? this.#order + 1 : below);
    return {
      users: [...new Set(shown.map(({ who }) => who))],
      nextToken: shown.length < rest.length ? String(last) : undefined,
      newestId: this.#bySearch ? shown[0]?.order.toString() : undefined,
    };
  }
}

class Reader {
  state: ListState | undefined;
  readonly members = new Set<string>();
  readonly #rules: Omit<RunRules, 'jobId' | 'force'>;
  readonly list: ModelList;
  #jobs = 0;
  nowMs = 1;

  constructor(list: ModelList, rules: Omit<RunRules, 'jobId' | 'force'>) {
    this.list = list;
    this.#rules = rules;
  }

  /** One run; `world` does what happens between two pages, and says what becomes of the next. */
  run(world: () => 'ok' | 'lost' | 'crash', force = false): RunEnd {
    this.#jobs += 1;
    const rules = { ...this.#rules, jobId: `j${this.#jobs}`, force };
    for (let attempt = 0; ; attempt += 1) {
      assert.ok(attempt < 10_000, 'the run goes on for ever');
      this.nowMs += 1;
      let state = beginRun(this.state, rules, this.nowMs);
      for (;;) {
        this.nowMs += 1;
        const next = nextPage(state, rules, this.nowMs);
        if (typeof next === 'string') {
          assert.ok(state.run.new <= rules.batch, 'no more than a batch');
          this.state = endRun(state, next, this.nowMs);
          return next;
        }
        const event = world();
        if (event === 'crash') break;
        if (event === 'lost' && next.sweep.token !== undefined) {
          const again = afterLoss(state, next.sweep, 'token', rules.bySearch, this.nowMs);
          if (again === undefined) {
            this.state = endRun(state, 'failed', this.nowMs);
            return 'failed';
          }
          state = again;
          continue;
        }
        state = this.#take(state, next.sweep, next.limit);
        this.state = state;
      }
    }
  }

  #take(state: ListState, sweep: Sweep, limit: number): ListState {
    const page = this.list.page(sweep, limit);
    const fresh = page.users.filter((who) => !this.members.has(who));
    const room = (this.#rules.leadsMax ?? Number.POSITIVE_INFINITY) - state.leads;
    const taken = fresh.slice(0, room);
    for (const who of taken) this.members.add(who);
    const seen = {
      fresh: taken.length,
      known: page.users.length - fresh.length,
      cut: taken.length < fresh.length,
      nextToken: page.nextToken,
      newestId: page.newestId,
    };
    return afterPage(state, sweep, seen, this.#rules.bySearch, this.nowMs);
  }
}

const RULES = {
  bySearch: false,
  wholeEveryMs: 0,
  batch: 40,
  leadsMax: undefined,
  pagesMax: 1_000,
  page: { min: 1, max: 20 },
};

function missing({ list, members }: Reader): readonly string[] {
  return list.entries.map(({ who }) => who).filter((who) => !members.has(who));
}

function readToTheEnd(reader: Reader): void {
  for (let runs = 0; reader.run(() => 'ok') !== 'complete'; runs += 1) {
    assert.ok(runs < 1_000, 'the list is never complete');
  }
}

describe('sweeps over a list', () => {
  for (const bySearch of [false, true]) {
    it(`finds everybody who stays, whatever happens meanwhile (search: ${bySearch})`, () => {
      for (let seed = 1; seed <= 400; seed += 1) {
        const random = seededRandom(seed);
        const list = new ModelList(random, bySearch, randomInt(random, 0, 150));
        const batch = randomInt(random, 10, 60);
        const reader = new Reader(list, { ...RULES, bySearch, batch, pagesMax: 30 });
        const world = () => {
          const draw = random.next();
          if (draw < 0.3) for (let n = randomInt(random, 1, 30); n > 0; n -= 1) list.arrive();
          else if (draw < 0.4) list.leave();
          else if (draw < 0.45) return 'crash';
          return random.next() < 0.05 ? 'lost' : 'ok';
        };
        for (let runs = randomInt(random, 1, 12); runs > 0; runs -= 1) reader.run(world);
        readToTheEnd(reader);
        assert.deepEqual(missing(reader), [], `seed ${seed}`);
        assert.equal(reader.state?.leads, reader.members.size, `seed ${seed}: counted once each`);
      }
    });
  }

  it('reads one page where nothing is new, and the whole when that is due or asked for', () => {
    const list = new ModelList(seededRandom(2), false, 200);
    list.page = pageWithoutGaps(list);
    const reader = new Reader(list, { ...RULES, batch: 1_000, wholeEveryMs: DAY_MS });
    const pages = (force = false) => {
      assert.equal(
        reader.run(() => 'ok', force),
        'complete',
      );
      return reader.state?.run.pages;
    };
    assert.equal(pages(), 10);
    assert.equal(pages(), 1);
    reader.nowMs += DAY_MS;
    assert.equal(pages(), 10, 'due');
    assert.equal(pages(), 1);
    assert.equal(pages(true), 10, 'by force');
    list.arrive();
    assert.equal(pages(), 2, 'the second page holds nobody new');
    assert.equal(reader.state?.run.new, 1);
  });

  it('goes on with an unfinished sweep after what is new at the top', () => {
    const list = new ModelList(seededRandom(2), false, 100);
    list.page = pageWithoutGaps(list);
    const reader = new Reader(list, RULES);
    assert.equal(
      reader.run(() => 'ok'),
      'batch',
    );
    for (let n = 0; n < 5; n += 1) list.arrive();
    assert.equal(
      reader.run(() => 'ok'),
      'batch',
    );
    assert.equal(reader.state?.run.new, 40);
    const known = new Set(reader.members);
    assert.ok(
      list.entries.slice(0, 5).every(({ who }) => known.has(who)),
      'the new ones first',
    );
    readToTheEnd(reader);
    assert.deepEqual(missing(reader), []);
  });

  it('stops at the number of leads that the list may have, and goes on when that is raised', () => {
    const list = new ModelList(seededRandom(3), false, 100);
    const short = new Reader(list, { ...RULES, batch: 1_000, leadsMax: 33 });
    assert.equal(
      short.run(() => 'ok'),
      'limit',
    );
    assert.equal(short.members.size, 33);
    assert.equal(
      short.run(() => 'ok'),
      'limit',
    );
    assert.equal(short.state?.run.pages, 0, 'no call for a full list');
    const raised = new Reader(list, { ...RULES, batch: 1_000 });
    raised.state = short.state;
    for (const who of short.members) raised.members.add(who);
    readToTheEnd(raised);
    assert.deepEqual(missing(raised), []);
  });

  it('gives up a run that loses its place twice, and the next one finds everybody', () => {
    const list = new ModelList(seededRandom(4), false, 100);
    const reader = new Reader(list, RULES);
    assert.equal(
      reader.run(() => 'lost'),
      'failed',
    );
    readToTheEnd(reader);
    assert.deepEqual(missing(reader), []);
  });
});

function pageWithoutGaps(list: ModelList): ModelList['page'] {
  return ({ token }, limit) => {
    const below = token === undefined ? Number.POSITIVE_INFINITY : Number(token);
    const rest = list.entries.filter(({ order }) => order < below);
    const shown = rest.slice(0, limit);
    const nextToken = shown.length < rest.length ? String(shown.at(-1)?.order) : undefined;
    return { users: shown.map(({ who }) => who), nextToken, newestId: undefined };
  };
}
