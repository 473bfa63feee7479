/**
 * Spans by OpenTelemetry's API, for whoever starts the process with an SDK (`node --import`).
 * Without one this is undefined and nothing is gathered.
 */
import { ProxyTracerProvider, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Clock } from '../base/clock.ts';
import type { AttemptSeen, EngineObserver, RequestSeen } from '../engine/observer.ts';

export function tracingObserver(clock: Clock, version: string): EngineObserver | undefined {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider) || !hasSdk(provider)) return undefined;
  const tracer = trace.getTracer('sluice', version);
  // Spans carry wall times; what is measured is monotonic.
  const wall = (monoMs: number) => clock.wallMs() - (clock.monoMs() - monoMs);
  return {
    attemptEnded(seen: AttemptSeen) {
      const span = tracer.startSpan(`collect ${seen.collector}`, {
        startTime: wall(seen.startedMs),
        attributes: {
          'sluice.job.id': seen.jobId,
          'sluice.tenant': seen.tenant,
          'sluice.task.seq': seen.seq,
          'sluice.attempt': seen.attemptNo,
          'sluice.outcome': seen.outcome,
          'sluice.active_ms': seen.activeMs,
          ...(seen.failure === '' ? {} : { 'error.type': seen.failure }),
        },
      });
      if (seen.failure !== '') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(wall(seen.endedMs));
    },
    requestEnded(seen: RequestSeen) {
      const span = tracer.startSpan(seen.method, {
        kind: SpanKind.CLIENT,
        startTime: wall(seen.startedMs),
        attributes: {
          'http.request.method': seen.method,
          'server.address': seen.host,
          'http.response.status_code': seen.status,
          'sluice.job.id': seen.jobId,
          'sluice.tenant': seen.tenant,
          'sluice.task.seq': seen.seq,
          'sluice.waited_ms': seen.waitedMs,
        },
      });
      if (seen.status === 0 || seen.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(wall(seen.endedMs));
    },
    committed(commits, waitMs, writeMs) {
      const endMs = clock.wallMs();
      const span = tracer.startSpan('commit', {
        startTime: endMs - writeMs,
        attributes: { 'sluice.commits': commits, 'sluice.waited_ms': waitMs },
      });
      span.end(endMs);
    },
  };
}

function hasSdk(provider: ProxyTracerProvider): boolean {
  // The API's own stand-in knows no delegate but one that does nothing.
  return provider.getDelegate().constructor.name !== 'NoopTracerProvider';
}
