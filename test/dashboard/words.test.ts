/** The sentences of the dashboard, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  completions,
  filterQuery,
  filterText,
  JOB_WORDS,
  parseFilter,
  spanMs,
} from '../../src/dashboard/filter.ts';
import { inputLine, inputWords } from '../../src/dashboard/input-words.ts';
import type { Job, Lane, Overview, Progress, Wait } from '../../src/dashboard/wire.ts';
import {
  bytes,
  duration,
  etaWords,
  jobHeadline,
  nowHeadline,
  relative,
  shown,
  shutWords,
  spanWords,
  valueText,
  waitStateWords,
  waitWords,
} from '../../src/dashboard/words.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const counters = {
  tasks: 18_204,
  completed: 12_000,
  discarded: 480,
  cancelled: 0,
  waiting: 31,
  duplicates: 0,
  records: 24_000,
  failedAttempts: 511,
};
const job: Job = {
  id: 'j_1',
  tenant: 'acme',
  collector: 'prices',
  state: 'running',
  shown: 'running',
  planned: true,
  counters,
  running: 12,
  input: { name: 'list.csv', format: 'csv' },
  concurrency: 0,
  retries: 3,
  weight: 1,
  createdMs: NOW - 60_000,
  updatedMs: NOW,
  activeMs: 720_000,
};
const progress: Progress = {
  jobId: 'j_1',
  state: 'running',
  shown: 'running',
  planned: true,
  counters,
  running: 12,
  perSecond: 412,
  atMs: NOW,
};
const idle: Job = { ...job, shown: 'waiting' };
const wait: Wait = {
  lane: 'host:api.example.com',
  kind: 'host',
  name: 'api.example.com',
  reason: 'rest',
  text: '',
  waiting: 188,
  inUse: 0,
  slots: 5,
  untilMs: NOW + 40_000,
};

describe('the first line of a job', () => {
  it('says that it moves, how fast and until when', () => {
    const etaMs = { low: 9 * 60_000, high: 14 * 60_000 };
    const words = jobHeadline(
      { job, progress: { ...progress, etaMs }, still: undefined, wait },
      NOW,
    );
    assert.match(
      words,
      /^Moving: 12,480 of 18,204 rows, 412\/s, 9 to 14 min left, done between \d\d:\d9 and \d\d:\d4\.$/,
    );
  });

  it('names no end that it cannot defend, and no total that is not final', () => {
    const still = undefined;
    assert.equal(
      jobHeadline({ job, progress, still, wait }, NOW),
      'Moving: 12,480 of 18,204 rows, 412/s, estimating the end.',
    );
    const open = { ...job, planned: false };
    assert.equal(
      jobHeadline({ job: open, progress, still, wait }, NOW),
      'Moving: 12,480 rows done, at least 18,204 so far, 412/s.',
    );
  });

  it('says on which limit it waits, and until when', () => {
    const standing = { job: idle, progress: { ...progress, running: 0 }, still: 'Waiting', wait };
    assert.match(
      jobHeadline(standing, NOW),
      /^Waiting for host api\.example\.com: asked for rest until \d\d:00:40 \(in 40 s\), 188 rows waiting\.$/,
    );
    const alone = { ...standing, wait: undefined, still: 'Waiting: 31 rows are tried again' };
    assert.equal(jobHeadline(alone, NOW), 'Waiting: 31 rows are tried again.');
  });

  it('says how it ended', () => {
    const ended = (state: Job['state'], more: Partial<Job> = {}) =>
      jobHeadline(
        { job: { ...job, state, shown: state, ...more }, progress, still: undefined, wait },
        NOW,
      );
    assert.equal(ended('completed'), 'Done in 12 min: 18,204 rows, 480 failed, 24,000 records.');
    assert.equal(
      ended('paused'),
      'Paused: 12,480 of 18,204 rows. Nothing moves until it is resumed.',
    );
    const failure = { class: 'invalid', code: 'x', message: 'The file broke off' };
    assert.equal(ended('failed', { failure }), 'Failed: The file broke off. 5,724 rows left.');
    assert.equal(ended('cancelled'), 'Cancelled: 12,000 of 18,204 rows had been done.');
  });
});

describe('the first line of all', () => {
  it('counts what runs, what waits and what needs somebody', () => {
    const stuck = {
      job: idle,
      progress: { ...progress, running: 0, perSecond: 0 },
      still: 'x',
      wait,
    };
    const moving = { job, progress };
    const of = (running: Overview['running'], needs: readonly Job[], paused: number) =>
      nowHeadline({ running, needs }, paused, NOW);
    assert.match(
      of([moving, stuck], [job], 2),
      /^2 jobs running, 412 rows\/s, 1 waiting on host api\.example\.com until \d\d:00, 2 paused, 1 needs you\.$/,
    );
    assert.equal(
      of([moving, stuck, stuck], [job, job], 0),
      '3 jobs running, 412 rows/s, 2 waiting on limits, 2 need you.',
    );
    assert.match(
      of([stuck], [], 0),
      /^Nothing moves: 1 waiting on host api.*, nothing needs you\.$/,
    );
    assert.equal(of([], [], 0), 'Nothing runs, nothing needs you.');
    const inLine = { ...stuck, wait: { ...wait, kind: 'turn', name: 'jobs' } };
    assert.equal(
      of([moving, inLine, inLine], [], 0),
      '3 jobs running, 412 rows/s, 2 waiting for their turn, nothing needs you.',
    );
    const accounts = { service: 'x', tenant: 'acme', why: 'none', count: 0 } as const;
    const { untilMs: _, ...lasting } = { ...wait, kind: 'accounts', name: 'x/acme/list', accounts };
    assert.equal(
      of([{ ...stuck, wait: lasting }], [], 0),
      'Nothing moves: 1 waiting for an account of x, nothing needs you.',
    );
  });
});

describe('words', () => {
  it('tell waits by their reason', () => {
    const of = (more: Partial<Wait>) => waitWords({ ...wait, ...more }, NOW);
    assert.match(
      of({ reason: 'concurrency', inUse: 5 }),
      /: 5 of 5 slots in use, 188 rows waiting$/,
    );
    assert.match(
      of({ reason: 'rate', perSecond: 5, waiting: 1 }),
      /: limited to 5\.0\/s.*1 row wai/,
    );
    assert.match(of({ reason: 'breaker' }), /: does not answer, tried again at/);
    assert.match(of({ kind: 'rows-per-day', name: 'acme' }), /^the next day of tenant acme/);
    const accounts = { service: 'x', tenant: 'acme', why: 'resting', count: 3 } as const;
    assert.match(
      of({ reason: 'rest', accounts, untilMs: NOW + 60_000 }),
      /^account x: all 3 rest until .+ \(in 60 s\), 188 rows waiting$/,
    );
    assert.equal(
      of({ reason: 'rest', accounts: { ...accounts, why: 'none' }, waiting: 1 }),
      'account x: tenant acme has none yet, 1 row waiting',
    );
  });

  it('call a limit that is used up by what it is, and no rest that somebody asked for', () => {
    const of = (kind: string, more: Partial<Lane> = {}) =>
      shutWords({
        ...{ lane: `${kind}:x`, kind, name: 'x', inUse: 0, waiting: 1, slots: 0 },
        ...{ blocked: 'rest', ...more },
      });
    const accounts = { service: 'x', tenant: 'acme', why: 'resting', count: 1 } as const;
    assert.equal(of('rows-per-day'), 'used up for today');
    assert.equal(of('accounts', { accounts }), 'the only one rests');
    assert.equal(of('accounts'), 'no account is ready');
    assert.deepEqual(
      [of('host'), of('accounts', { blocked: 'concurrency' })],
      [undefined, undefined],
    );
    const inFew = (more: Partial<Wait>) => waitStateWords({ ...wait, reason: 'rest', ...more });
    assert.equal(inFew({ kind: 'accounts', accounts: { ...accounts, why: 'none' } }), 'no account');
    assert.equal(inFew({ kind: 'rows-per-day' }), 'used up for today');
    assert.deepEqual([inFew({}), inFew({ kind: 'accounts', accounts })], [undefined, undefined]);
  });

  it('tell spans and times', () => {
    assert.deepEqual([400, 40_000, 99_000, 540_000, 4_800_000, 200_000_000].map(duration), [
      '400 ms',
      '40 s',
      '99 s',
      '9 min',
      '1 h 20 min',
      '2 d 7 h',
    ]);
    assert.equal(spanWords(540_000, 840_000), '9 to 14 min');
    assert.equal(spanWords(540_000, 7_200_000), '9 min to 2 h');
    assert.equal(spanWords(540_000, 541_000), '9 min');
    assert.equal(relative(NOW - 12_000, NOW), '12 s ago');
    assert.equal(relative(NOW + 240_000, NOW), 'in 4 min');
    assert.equal(relative(NOW + 300, NOW), 'now');
    assert.equal(etaWords(progress, NOW), undefined);
    assert.equal(bytes(10 * 2 ** 30), '10.0 GiB');
  });

  it('show what others wrote as it is', () => {
    assert.equal(shown('a\u202egnp.exe\0', 100), 'a\\u202egnp.exe\\u0000');
    assert.equal(shown('x'.repeat(10_000), 5), 'xxxxx… (10,000 characters)');
    assert.equal(shown('<b>\n=1+1', 100), '<b>\n=1+1');
    assert.equal(valueText({ url: 'https://a.example' }), 'https://a.example');
    assert.equal(valueText({ a: 1, b: 2 }), '{"a":1,"b":2}');
    assert.equal(valueText(['a', 'b']), 'a, b');
  });
});

describe('the filter of a list', () => {
  it('is read from words and from the address alike', () => {
    const parse = (text: string) => parseFilter(text, JOB_WORDS);
    const given = parse('state:failed collector:prices red shoes state:odd when:now since:2h');
    assert.deepEqual(given.values, { state: 'failed', collector: 'prices', since: '2h' });
    assert.equal(given.text, 'red shoes');
    assert.deepEqual(given.unknown, ['state:odd', 'when:now']);
    assert.equal(parse('http://a.example/x').text, 'http://a.example/x', 'no word of ours');
    assert.deepEqual(parse('since:soon failure:').unknown, ['since:soon', 'failure:']);
    const query = filterQuery(given, JOB_WORDS);
    assert.deepEqual(query, {
      state: 'failed',
      waiting: undefined,
      collector: 'prices',
      failure: undefined,
      since: '2h',
      tenant: undefined,
      q: 'red shoes',
    });
    const address = { state: 'failed', since: '2h', q: 'red shoes', before: 'j_1' };
    assert.equal(filterText(address, JOB_WORDS), 'state:failed since:2h red shoes');
    const lane = parse('waiting:host:a.example state:waiting waiting:');
    assert.deepEqual(lane.values, { waiting: 'host:a.example', state: 'waiting' });
    assert.deepEqual(lane.unknown, ['waiting:']);
    const spaced = { waiting: 'shop:old town' };
    const typed = filterText(spaced, JOB_WORDS);
    assert.deepEqual([typed, parse(typed).values], ['waiting:shop:old%20town', spaced]);
    assert.deepEqual([spanMs('30m'), spanMs('2h'), spanMs('x')], [1_800_000, 7_200_000, undefined]);
  });

  it('says what may come next', () => {
    const known = { state: ['failed', 'running'], since: ['1h', '24h'], failure: ['http.404'] };
    assert.deepEqual(completions('s', known), ['state:', 'since:']);
    assert.deepEqual(completions('', known), ['state:', 'since:', 'failure:']);
    assert.deepEqual(completions('state:r', known), ['state:running']);
    assert.deepEqual(completions('failure:404', known), ['failure:http.404']);
    assert.deepEqual(completions('state:failed', known), []);
    assert.deepEqual(completions('other:', known), []);
  });
});

describe('a row', () => {
  it('is known by the one value that tells it apart', () => {
    assert.deepEqual(inputWords({ pages: 3, url: 'https://a.example/' }), {
      main: 'https://a.example/',
      more: ['pages 3'],
    });
    assert.equal(inputLine({ n: 4, label: 'x', website: 'a.example' }), 'a.example, n 4, label x');
    assert.equal(inputLine({ first: 'Ada', last: 'L' }, 'last'), 'L, first Ada');
    assert.equal(inputLine({ count: 2, colour: 'red' }), 'red, count 2');
    assert.equal(inputLine({ user_name: 'ada', empty: '', none: null }), 'ada');
    const site = { url: 'http://a.example/', host: 'a.example', guessed: false };
    assert.equal(inputLine(site), 'http://a.example/');
    assert.equal(inputLine('plain'), 'plain');
    assert.equal(inputLine(['a', 'b']), 'a, b');
    assert.equal(inputLine({}), '');
    assert.equal(inputLine({ many: [{ a: 1 }, { a: 2 }] }), '2 values');
    assert.equal(inputLine({ id: 7, tags: ['x', 'y'] }), '7, tags x, y');
  });
});

describe('the end of a job', () => {
  it('is not told to the millisecond', () => {
    const eta = (low: number, high: number) => {
      return etaWords({ ...progress, etaMs: { low, high } }, NOW);
    };
    assert.equal(eta(841, 841), 'a few seconds left');
    assert.equal(eta(0, 4_900), 'a few seconds left');
    assert.match(eta(841, 20_000) ?? '', /^1 to 20 s left, done /);
  });
});
