/** An event stream as a text: all that was, and what comes until nothing came for a while. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const QUIET_MS = 1_000;

/** Rejects where nothing at all was told: then nothing could be found in it. */
export async function readStream(address: string, key: string): Promise<string> {
  const headers = { 'x-api-key': key, 'last-event-id': '0', accept: 'text/event-stream' };
  const answer = await fetch(address, { headers });
  assert.equal(answer.status, 200, address);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/, address);
  const reading = (answer.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  for (let next = reading.read(); ; ) {
    // The first event may be long in coming on a busy machine.
    const quiet = new AbortController();
    const waitMs = /^data:/m.test(text) ? QUIET_MS : 30 * QUIET_MS;
    const over = delay(waitMs, undefined, { signal: quiet.signal }).catch(() => undefined);
    const step = await Promise.race([next, over]);
    quiet.abort();
    if (step === undefined || step.done) break;
    text += step.value;
    next = reading.read();
  }
  await reading.cancel();
  assert.match(text, /^data:/m, `${address} told nothing`);
  return text;
}
