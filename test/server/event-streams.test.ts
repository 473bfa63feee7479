/** The streams by themselves, over real connections and in virtual time. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ProgressBook } from '../../src/engine/progress-book.ts';
import type { Failure } from '../../src/model/failure.ts';
import { type Job, NO_COUNTERS } from '../../src/model/job.ts';
import { EventStreams, type StreamRequest } from '../../src/server/events.ts';
import { setUp, spec } from '../fakes/engine-rig.ts';
import { EventClient, type ServerEvent } from './event-client.ts';

const FAILURE: Failure = { class: 'transient', code: 'x.y', message: 'It is as it is.' };

/** Streams of one job, `j_1`, whose engine says what the test makes it say. */
async function streamsOver(test: TestContext, over: Partial<StreamRequest> = {}) {
  const { clock, store, engine } = setUp({ name: 'test', collect: async () => undefined }, 0);
  const { job } = await store.createJob(spec('j_1', clock));
  const progress = new ProgressBook(engine, clock);
  const streams = new EventStreams({ engine, store, progress, clock, streamsMax: 1_000 });
  const server = createServer((request, response) => {
    const after = request.headers['last-event-id'];
    const begun = streams.open({
      subject: { jobId: job.id, tenant: job.tenant },
      job,
      after: after === undefined ? undefined : Number(after),
      untilEnd: false,
      allowed: async () => true,
      connect: () => response.writeHead(200, { 'content-type': 'text/event-stream' }),
      ...over,
    });
    begun.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  test.after(async () => {
    await play();
    server.closeAllConnections();
    await Promise.all([streams.close(), new Promise((resolve) => server.close(resolve))]);
    await engine.close();
  });
  const play = (ms = 0) => clock.run(() => false, clock.monoMs() + ms);
  const counters = (completed: number) => ({ ...NO_COUNTERS, tasks: 1_000_000, completed });
  const say = {
    state: (state: Job['state'], more: Partial<Job> = {}) =>
      engine.feed.append({
        type: 'job.state',
        jobId: job.id,
        state,
        job: { ...job, state, ...more },
      }),
    progress: (completed: number) =>
      engine.feed.append({
        type: 'job.progress',
        jobId: job.id,
        counters: counters(completed),
        running: 1,
      }),
    failed: (seq: number) =>
      engine.feed.append({
        type: 'task.failed',
        jobId: job.id,
        seq,
        attemptNo: 1,
        failure: FAILURE,
        final: true,
      }),
  };
  const open = async (after?: string) => {
    const client = await EventClient.open(`http://127.0.0.1:${port}/`, '', { after });
    return client;
  };
  return { clock, engine, streams, port, play, say, open, counters };
}

const named = (client: EventClient, type: string) =>
  client.events.filter((event) => event.type === type);

describe('event streams', () => {
  it('tell progress four times a second and its last in any case', async (test) => {
    const { play, say, open } = await streamsOver(test);
    say.state('running');
    const client = await open();
    await client.until(({ type }) => type === 'snapshot');
    for (let i = 1; i <= 1_000; i += 1) {
      say.progress(i);
      await play(5);
    }
    say.progress(1_001);
    say.state('completed');
    await play();
    await client.until(({ data }) => data.state === 'completed');
    const told = named(client, 'job.progress');
    assert.ok(told.length >= 19 && told.length <= 23, `${told.length} in five seconds`);
    const gaps = told.slice(2, -1).map(({ data }, i) => data.atMs - told[i + 1]?.data.atMs);
    assert.ok(Math.min(...gaps) >= 250, gaps.join());
    assert.equal(told.at(-1)?.data.counters.completed, 1_001);
    assert.equal(client.events.at(-1)?.type, 'job.state');
    client.close();
  });

  it('tell some failures a second, and how many there were besides', async (test) => {
    const { play, say, open } = await streamsOver(test);
    say.state('running');
    const client = await open();
    await client.until(({ type }) => type === 'snapshot');
    for (let i = 0; i < 500; i += 1) say.failed(i);
    await play(3_000);
    const { data } = await client.until(({ type }) => type === 'task.omitted');
    assert.equal(named(client, 'task.failed').length, 10);
    assert.deepEqual([data.failed, data.notes], [490, 0]);
    say.failed(500);
    for (let i = 0; i < 50; i += 1) say.failed(501 + i);
    say.state('completed');
    await play();
    await client.until(({ data: { state } }) => state === 'completed');
    const omitted = named(client, 'task.omitted').reduce((sum, each) => sum + each.data.failed, 0);
    assert.equal(named(client, 'task.failed').length + omitted, 551);
    client.close();
  });

  it('say that they are alive, and how far they are', async (test) => {
    const { play, say, open } = await streamsOver(test);
    say.state('running');
    const client = await open();
    await client.until(({ type }) => type === 'snapshot');
    const begin = client.lastId;
    await play(15_000);
    await client.until(() => client.comments.length === 1);
    assert.equal(client.lastId, begin);
    say.state('paused');
    await play(15_000);
    await client.until(() => client.comments.length === 2);
    assert.equal(Number(client.lastId), Number(begin) + 1);
    client.close();
  });

  it('end for a key that no longer opens them', async (test) => {
    let allowed = true;
    const { play, open } = await streamsOver(test, { allowed: async () => allowed });
    const client = await open();
    await client.until(({ type }) => type === 'snapshot');
    await play(15_000);
    await client.until(() => client.comments.length === 1);
    allowed = false;
    await play(15_000);
    await client.untilEnded();
  });

  it('start anew where too much was told meanwhile', async (test) => {
    const { play, say, open } = await streamsOver(test);
    say.state('running');
    await play();
    const before = await open();
    await before.until(({ type }) => type === 'snapshot');
    before.close();
    for (let i = 0; i < 25_000; i += 1) say.state('running');
    await play();
    const after = await open(before.lastId);
    await after.until(({ type }) => type === 'snapshot');
    assert.deepEqual(after.events[0]?.data, { reason: 'too_old' });
    after.close();
  });

  it('cut a client off that does not read, and go on for the others', async (test) => {
    const { play, say, open, streams, port } = await streamsOver(test);
    say.state('running');
    const stuck = await stuckClient(port);
    const client = await open();
    await client.until(({ type }) => type === 'snapshot');
    assert.equal(streams.size, 2);
    let said = 0;
    while (streams.size === 2 && said < 200_000) {
      for (let i = 0; i < 200; i += 1) say.state('running');
      said += 200;
      await play();
      // The one that reads gets the time to.
      await client.until(({ type }) => type === 'job.state', client.events.length - 1);
    }
    assert.equal(streams.size, 1);
    say.state('completed');
    await play();
    await client.until(({ data }) => data.state === 'completed');
    assert.equal(named(client, 'job.state').length, said + 1);
    assertGapless(client.events);
    client.close();
    stuck.destroy();
  });
});

function assertGapless(events: readonly ServerEvent[]): void {
  const ids = events.flatMap(({ id }) => id ?? []);
  ids.forEach((id, i) => {
    assert.equal(id, (ids[0] as number) + i);
  });
}

/** Asks, and then never looks at what comes. */
async function stuckClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.pause();
  return socket;
}
