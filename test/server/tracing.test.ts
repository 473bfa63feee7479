import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { systemClock } from '../../src/base/clock.ts';
import { tracingObserver } from '../../src/server/tracing.ts';
import { openWorld } from './route-cases.ts';

describe('tracing', () => {
  it('costs nothing without an SDK, and makes spans with one', async (test) => {
    assert.equal(tracingObserver(systemClock, '1'), undefined);
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    trace.setGlobalTracerProvider(provider);
    test.after(() => trace.disable());
    const { jobId } = await openWorld(test);
    const spans = exporter.getFinishedSpans();
    const collect = spans.find(({ name }) => name === 'collect contacts');
    assert.equal(collect?.attributes['sluice.job.id'], jobId);
    assert.equal(collect?.attributes['sluice.outcome'], 'complete');
    const [startS] = collect?.startTime ?? [0];
    assert.ok(Math.abs(startS - systemClock.wallMs() / 1_000) < 60);
    const statuses = spans
      .filter(({ name }) => name === 'GET')
      .map(({ attributes }) => attributes['http.response.status_code']);
    assert.ok(statuses.includes(200), String(statuses));
    assert.ok(spans.some(({ name }) => name === 'commit'));
  });
});
