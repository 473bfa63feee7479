import { systemClock } from '../../src/base/clock.ts';
import type { FetchRequest } from '../../src/transport/fetcher.ts';
import { withHttpCache } from '../../src/transport/http-cache.ts';
import { createMemoryHttpCache } from '../../src/transport/memory-http-cache.ts';
import { conformanceScript, exerciseFetcher } from '../conformance/fetcher.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { httpServer, type Respond, readBody, testFetcher } from './loopback.ts';

/** The conformance script as a real server. */
const serve: Respond = async (incoming, response) => {
  const request: FetchRequest = {
    method: incoming.method ?? 'GET',
    url: new URL(incoming.url ?? '/', 'http://127.0.0.1'),
    headers: incoming.headers as Record<string, string>,
    body: await readBody(incoming),
    timeoutMs: 0,
    deadlineMs: 0,
    bodyBytesMax: 0,
  };
  const answer = conformanceScript(request) ?? {};
  const { status = 200, headers = {}, body = '', delayMs = 0, bodyDelayMs = 0 } = answer;
  if (delayMs === Number.POSITIVE_INFINITY) return;
  setTimeout(() => {
    response.writeHead(status, headers);
    if (bodyDelayMs === Number.POSITIVE_INFINITY) response.write(body);
    else response.end(body);
  }, delayMs);
};

exerciseFetcher('undici', async () => {
  const server = await httpServer(serve);
  const fetcher = testFetcher();
  return {
    fetcher,
    origin: server.origin,
    async close() {
      await fetcher.close();
      await server[Symbol.asyncDispose]();
    },
  };
});

exerciseFetcher('the scripted fake', async () => {
  const fetcher = new ScriptedFetcher(systemClock, conformanceScript);
  return { fetcher, origin: 'http://site.test', close: () => fetcher.close() };
});

exerciseFetcher('the HTTP cache around the fake', async () => {
  const inner = new ScriptedFetcher(systemClock, conformanceScript);
  const fetcher = withHttpCache(inner, createMemoryHttpCache(1_000_000), systemClock);
  return { fetcher, origin: 'http://site.test', close: () => fetcher.close() };
});
