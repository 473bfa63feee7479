import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Failure, fingerprint } from '../model/failure.ts';
import { chooseFailures, shortFailureName } from './failure-choice.ts';

function group(code: string, message: string, failureClass: Failure['class'] = 'transient') {
  const sample: Failure = { class: failureClass, code, message };
  return { fingerprint: fingerprint(sample), sample };
}

const GROUPS = [
  group('fetch.timeout_headers', 'a.test did not begin to answer within 10 s.'),
  group('fetch.timeout_connect', 'a.test did not take the connection within 10 s.'),
  group('collector.threw', 'The collector threw: no price.', 'bug'),
  group('collector.threw', 'The collector threw: no price in this shop.', 'bug'),
  group('collector.threw', 'The collector threw: it’s down.', 'bug'),
  group('shop.odd', 'The shop is odd.', 'gone'),
  group('shop.odd', 'The shop is odd.', 'invalid'),
];

const choose = (name: string) => chooseFailures(GROUPS, name, 'j_1');

describe('the choice of failures', () => {
  it('takes a code, a fingerprint and as much of one as is needed', () => {
    assert.equal(choose('collector.threw'), 'collector.threw');
    assert.equal(choose('fetch.timeout_h'), GROUPS[0]?.fingerprint);
    assert.equal(choose('transient|fetch.timeout_c'), GROUPS[1]?.fingerprint);
    assert.equal(
      choose('collector.threw|The collector threw: no price in'),
      GROUPS[3]?.fingerprint,
    );
    for (const { fingerprint: print } of GROUPS) assert.equal(choose(print), print);
  });

  it('gives each group a short name that chooses it', () => {
    assert.deepEqual(
      GROUPS.map((each) => shortFailureName(each, GROUPS)),
      [
        'fetch.timeout_headers',
        'fetch.timeout_connect',
        'collector.threw|The collector threw: no price.',
        'collector.threw|The collector threw: no price in',
        'collector.threw|The collector threw: it’s',
        'gone|shop.odd|The shop is odd.',
        'invalid|shop.odd|The shop is odd.',
      ],
    );
    for (const each of GROUPS.slice(2)) {
      assert.equal(choose(shortFailureName(each, GROUPS)), each.fingerprint);
    }
  });

  it('chooses a group whose name begins another', () => {
    const groups = [group('a.b', 'no price'), group('a.b', 'no price here')];
    assert.equal(shortFailureName(groups[0] as (typeof groups)[0], groups), 'a.b|no price');
    assert.equal(chooseFailures(groups, 'a.b|no price', 'j_1'), groups[0]?.fingerprint);
  });

  it('says which there are where none or several are meant', () => {
    assert.throws(() => choose('fetch.timeout'), {
      code: 'usage.invalid',
      message: /several groups of failures: fetch.timeout_headers, fetch.timeout_connect\./,
    });
    assert.throws(() => choose('fetch.timeout_header5'), {
      code: 'usage.unknown',
      message: 'There is no failure of job j_1 named "fetch.timeout_header5".',
      hint: /^Did you mean fetch.timeout_headers\? There are: fetch.timeout_headers, .+\.$/,
    });
  });

  it('leaves a name to the store where there are more groups than are listed', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => group(`x.${'y'.repeat(i)}`, 'z'));
    assert.equal(chooseFailures(many, 'http.404', 'j_1'), 'http.404');
  });
});
