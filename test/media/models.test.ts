/** Questions to the stand-in of an OpenAI-compatible endpoint, and what its answers mean. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transcriptOf } from '../../sandbox/openai/answers.ts';
import { type OpenAi, startOpenAi } from '../../sandbox/openai/start-openai.ts';
import type { CollectContext, FetchInit } from '../../src/collectors/collector.ts';
import { translate } from '../../src/collectors/media/ask-models.ts';
import { Refused } from '../../src/collectors/media/endpoint.ts';
import { transcribe } from '../../src/collectors/media/transcribe.ts';
import { FailureError } from '../../src/model/failure.ts';

const ctx = {
  nowMs: () => 1_000_000,
  async fetch(url: string, init: FetchInit) {
    const { method = 'GET', headers = {}, body } = init;
    const reply = await fetch(url, { method, headers, body: body as string });
    const text = await reply.text();
    return {
      url,
      status: reply.status,
      headers: Object.fromEntries(reply.headers),
      json: () => JSON.parse(text) as unknown,
    };
  },
} as unknown as CollectContext;

describe('models', () => {
  let ai: OpenAi;
  before(async () => {
    ai = await startOpenAi({ key: 'right' });
  });
  after(() => ai.close());
  const model = (apiKey = 'right') => {
    return { baseUrl: `${ai.url}/v1/`, apiKey, timeoutMs: 5_000, model: 'm' };
  };
  const recording = { bytes: Buffer.from('sound'), type: 'audio/wav', name: 'a "b".wav' };

  it('get a recording whole, and answer with segments', async () => {
    const { text, segments, language } = await transcribe(ctx, model(), recording, 'de');
    assert.equal(text, transcriptOf(recording.bytes));
    assert.equal(segments.length, 2);
    assert.equal(segments.map((segment) => segment.text).join(' '), text);
    assert.equal(language, 'de');
  });

  it('translate', async () => {
    assert.equal((await translate(ctx, model(), 'Guten Tag', 'en')).text, '[en] Guten Tag');
  });

  for (const { status, code, expected } of [
    { status: 429, expected: 'throttled http.429' },
    { status: 429, code: 'insufficient_quota', expected: 'stop media.quota' },
    { status: 402, expected: 'stop media.quota' },
    { status: 404, code: 'model_not_found', expected: 'stop media.model' },
    { status: 403, expected: 'stop media.key' },
    { status: 500, expected: 'transient http.500' },
    { status: 503, expected: 'throttled http.503' },
    { status: 409, expected: 'transient http.409' },
    { status: 400, expected: 'refused' },
    { status: 413, expected: 'refused' },
    { status: 422, expected: 'refused' },
  ]) {
    it(`${status} ${code ?? ''} means ${expected}`, async () => {
      ai.order({ do: 'fail', status, times: 1, retryAfterS: 7, ...(code && { code }) });
      const error: unknown = await translate(ctx, model(), 'x', 'en').catch((thrown) => thrown);
      if (expected === 'refused') return assert.ok(error instanceof Refused);
      assert.ok(error instanceof FailureError);
      const { failure } = error;
      assert.equal(`${failure.class} ${failure.code}`, expected);
      assert.match(failure.message, /As ordered/);
      if (failure.class === 'throttled') assert.equal(failure.untilMs, 1_007_000);
    });
  }

  it('with a wrong key stop the job', async () => {
    const error = await translate(ctx, model('wrong'), 'x', 'en').catch((thrown) => thrown);
    assert.equal((error as FailureError).failure.code, 'media.key');
    assert.match((error as FailureError).message, /Incorrect API key/);
  });
});
