import assert from 'node:assert/strict';
import { it } from 'node:test';
import { serverEvents } from './server-events.ts';

const STREAM = `retry: 1000

id: 7
event: snapshot
data: {"name":"Ünal"}

: alive
id: 9

event: job.state\r
data: {"state":
data: "completed"}\r
\r
event: cut
data: {"lost": true}`;

async function read(pieces: readonly Uint8Array[]) {
  const ids: string[] = [];
  const events: unknown[] = [];
  async function* body() {
    yield* pieces;
  }
  for await (const event of serverEvents(body(), (id) => ids.push(id))) events.push(event);
  return { events, ids: [...new Set(ids)] };
}

it('reads events whole, wherever the stream is cut into pieces', async () => {
  const bytes = new TextEncoder().encode(STREAM);
  const expected = {
    events: [
      { name: 'snapshot', id: '7', data: { name: 'Ünal' } },
      { name: 'job.state', id: '9', data: { state: 'completed' } },
    ],
    ids: ['7', '9'],
  };
  assert.deepEqual(await read([bytes]), expected);
  assert.deepEqual(await read([...bytes].map((byte) => Uint8Array.of(byte))), expected);
  for (let at = 1; at < bytes.length; at += 1) {
    assert.deepEqual(await read([bytes.subarray(0, at), bytes.subarray(at)]), expected);
  }
});
