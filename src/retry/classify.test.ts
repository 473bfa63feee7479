import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortCause } from '../base/abort.ts';
import { ERROR_TABLE } from '../base/error-table.ts';
import { SluiceError } from '../base/errors.ts';
import { FAILURE_CLASSES, FailureError } from '../model/failure.ts';
import { classify, classifyStatus, classOfCode } from './classify.ts';

const NOW_MS = 1_764_000_000_000;
const PAGE = new URL('https://example.com/page');
const coded = (code: string, more: object = {}) =>
  Object.assign(new Error(`connect ${code}`), { code, ...more });

const THROWN: [string, unknown, string, string][] = [
  [
    'our own',
    new SluiceError('fetch.refused', { host: 'a.example' }),
    'transient',
    'fetch.refused',
  ],
  ['a host that is not there', coded('ENOTFOUND'), 'gone', 'fetch.dns_not_found'],
  ['name servers', coded('EAI_AGAIN'), 'transient', 'fetch.dns_failed'],
  ['a reset', coded('ECONNRESET'), 'transient', 'fetch.reset'],
  ['undici', coded('UND_ERR_HEADERS_TIMEOUT'), 'transient', 'fetch.timeout_headers'],
  ['a certificate', coded('CERT_HAS_EXPIRED'), 'invalid', 'fetch.tls'],
  ['a handshake', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'invalid', 'fetch.tls'],
  ['open files', coded('EMFILE'), 'transient', 'fetch.local_limit'],
  [
    'fetch, which wraps',
    new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }),
    'transient',
    'fetch.refused',
  ],
  [
    'several addresses tried',
    new TypeError('fetch failed', { cause: new AggregateError([coded('ECONNREFUSED')]) }),
    'transient',
    'fetch.refused',
  ],
  ['AbortSignal.timeout', new DOMException('late', 'TimeoutError'), 'transient', 'fetch.deadline'],
  ['a deadline', new AbortCause('deadline'), 'transient', 'attempt.interrupted'],
  ['a mistake', new TypeError('x is undefined'), 'bug', 'collector.threw'],
  ['a disk', coded('ENOSPC'), 'bug', 'collector.threw'],
  ['a string', 'oops', 'bug', 'collector.threw'],
  ['nothing', undefined, 'bug', 'collector.threw'],
  ['null', null, 'bug', 'collector.threw'],
];
for (const [name, error, failureClass, code] of THROWN) {
  test(`thrown: ${name}`, () => {
    const failure = classify(error);
    assert.deepEqual([failure.class, failure.code], [failureClass, code]);
    assert.ok(failure.message.length > 0 && !failure.message.includes('{'), failure.message);
  });
}

test('a judged failure passes through, however deep', () => {
  const failure = { class: 'auth', code: 'http.403', message: 'no' } as const;
  assert.deepEqual(classify(new FailureError(failure)), failure);
  assert.deepEqual(classify(new Error('outer', { cause: new FailureError(failure) })), failure);
});

test('causes that go in a circle and messages without end do no harm', () => {
  const error = new Error('x'.repeat(1_000_000));
  error.cause = error;
  const failure = classify(error);
  assert.equal(failure.class, 'bug');
  assert.ok(failure.message.length < 400);
});

test('every code that a row can meet while fetching has a class', () => {
  const codes = Object.keys(ERROR_TABLE).filter((code) => /^(fetch|compute|attempt)\./.test(code));
  assert.ok(codes.length > 20);
  for (const code of codes) {
    assert.ok(FAILURE_CLASSES.includes(classOfCode(code) as never), `${code} has no class`);
  }
});

const STATUSES: [number, Record<string, string>, string][] = [
  [400, {}, 'invalid'],
  [401, {}, 'auth'],
  [403, {}, 'auth'],
  [403, { 'retry-after': '5' }, 'auth'],
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }, 'throttled'],
  [404, {}, 'gone'],
  [408, {}, 'transient'],
  [410, {}, 'gone'],
  [418, {}, 'invalid'],
  [429, {}, 'throttled'],
  [451, {}, 'auth'],
  [500, {}, 'transient'],
  [501, {}, 'invalid'],
  [502, {}, 'transient'],
  [503, {}, 'transient'],
  [503, { 'retry-after': '5' }, 'throttled'],
  [504, {}, 'transient'],
  [520, {}, 'transient'],
  [999, {}, 'auth'],
  [304, {}, 'invalid'],
];
for (const [status, headers, failureClass] of STATUSES) {
  test(`status ${status} ${JSON.stringify(headers)}`, () => {
    const failure = classifyStatus(status, headers, NOW_MS, PAGE);
    assert.equal(failure.class, failureClass);
    assert.equal(failure.code, `http.${status}`);
    assert.equal(failure.status, status);
  });
}

test('a status says who answered what, and until when to wait', () => {
  assert.deepEqual(classifyStatus(429, { 'retry-after': '7' }, NOW_MS, PAGE), {
    class: 'throttled',
    code: 'http.429',
    message: 'example.com answered 429 Too Many Requests.',
    hint: 'It is tried again by itself when the host allows it.',
    status: 429,
    untilMs: NOW_MS + 7_000,
  });
});
