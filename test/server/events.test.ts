/** Streams of events from outside: what a client sees, whatever happens to it and to the server. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import { createWorkbench } from '../../src/main.ts';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import {
  EVENT_WIRES,
  type EventName,
  JobSnapshotWire,
  JobsSnapshotWire,
  ResetWire,
} from '../../src/server/events-wire.ts';
import { closeGate, openGate } from '../fixtures/told-collector.ts';
import { EventClient, type ServerEvent } from './event-client.ts';
import { type RigKey, type ServerRig, startServer } from './server-rig.ts';

const collectors = [fileURLToPath(new URL('../fixtures/told-collector.ts', import.meta.url))];
const settings = { collectors, resultTtlMs: 0 };

async function startJob(
  { call }: Pick<ServerRig, 'call'>,
  rows: readonly string[],
  { ms = 0, key = 'run' }: { readonly ms?: number; readonly key?: RigKey } = {},
): Promise<string> {
  const json = {
    collector: 'told',
    input: { rows: rows.map((word) => ({ do: word })) },
    options: { ms },
    concurrency: 4,
  };
  const answer = await call('POST', '/v1/jobs', { key, json });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.job.id;
}

const isEnd = ({ type, data }: ServerEvent) => type === 'job.state' && data.state === 'completed';
const repeated = (count: number, word: string) => Array.from({ length: count }, () => word);

function assertSound(events: readonly ServerEvent[]): void {
  let last = 0;
  for (const { type, id, data } of events) {
    if (type === 'reset') ResetWire.strict().parse(data);
    else if (type === 'snapshot') ('jobs' in data ? JobsSnapshotWire : JobSnapshotWire).parse(data);
    else EVENT_WIRES[type as EventName].parse(data);
    if (id === undefined) continue;
    assert.ok(id >= last, `${type} ${id} comes after ${last}`);
    last = id;
  }
}

describe('events of a job', () => {
  it('begin with a snapshot, tell what happens and end with the last state', async (test) => {
    const rig = await startServer(test, settings);
    closeGate();
    const rows = ['fail', ...repeated(50, 'ok'), 'note', 'wait'];
    const id = await startJob(rig, rows);
    const url = `${rig.url}/v1/jobs/${id}/events?until=end`;
    const client = await EventClient.open(url, rig.keys.read);
    const { data } = await client.until(({ type }) => type === 'snapshot');
    assert.equal(client.events[0]?.type, 'snapshot');
    assert.equal(data.job.id, id);
    assert.equal(data.job.tenant, 'acme');
    assert.deepEqual(data.job.options, { ms: 0 });
    assert.equal(data.progress.state, 'running');
    assert.equal(client.retryMs, 1_000);
    openGate();
    await client.untilEnded();
    const end = client.events.at(-1) as ServerEvent;
    assert.ok(isEnd(end), JSON.stringify(end));
    assert.equal(end.data.job.counters.completed, 52);
    assert.equal(end.data.job.counters.discarded, 1);
    const progress = client.events.findLast(({ type }) => type === 'job.progress');
    assert.equal(progress?.data.counters.completed, 52);
    assertSound(client.events);
    const again = await EventClient.open(url, rig.keys.read);
    await again.untilEnded();
    assert.deepEqual(
      again.events.map(({ type }) => type),
      ['snapshot'],
    );
    assert.equal(again.events[0]?.data.job.state, 'completed');
    assert.deepEqual(
      again.events[0]?.data.failures.map(({ count }: { count: number }) => count),
      [1],
    );
    // A browser that comes back to a stream that is over is told not to.
    const after = await EventClient.open(url, rig.keys.read, { after: client.lastId });
    assert.equal(after.status, 204);
  });

  it('are the same for a client that is cut off again and again', async (test) => {
    const rig = await startServer(test, settings);
    const random = seededRandom(7);
    const words = ['ok', 'ok', 'ok', 'fail', 'note'];
    const rows = Array.from({ length: 200 }, (_, i) => words[i % words.length] as string);
    const id = await startJob(rig, rows, { ms: 30 });
    const url = `${rig.url}/v1/jobs/${id}/events`;
    const whole = await EventClient.open(url, rig.keys.read);
    // More may have come with it.
    const begin = await whole.until(({ type }) => type === 'snapshot');
    const seen: ServerEvent[] = [];
    let after: string | undefined = String(begin.id);
    let cuts = 0;
    while (!seen.some(isEnd)) {
      const cutAfterBytes = randomInt(random, 1, 700);
      const part = await EventClient.open(url, rig.keys.read, { after, cutAfterBytes });
      await Promise.race([part.untilEnded(), part.until(isEnd).catch(() => {})]);
      part.close();
      seen.push(...part.events);
      after = part.lastId ?? after;
      cuts += 1;
    }
    await whole.until(isEnd);
    assert.ok(cuts > 5, `only ${cuts} cuts`);
    const lastSeen = seen.at(-1)?.id as number;
    const expected = whole.events.slice(1).filter((each) => (each.id as number) <= lastSeen);
    assert.deepEqual(seen, expected);
    assert.equal(new Set(seen.map((each) => each.id)).size, seen.length);
    assertSound(whole.events);
    whole.close();
  });

  it('start anew where the past is of an earlier start or cannot be read', async (test) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-events-'));
    test.after(() => rm(dataDir, { recursive: true, force: true }));
    closeGate();
    const first = await serverAt(dataDir);
    const call: ServerRig['call'] = async (method, path, options) => {
      const answer = await fetch(first.url + path, {
        method,
        headers: { 'x-api-key': first.key, 'content-type': 'application/json' },
        body: JSON.stringify(options?.json),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) };
    };
    const id = await startJob({ call }, ['ok', 'wait']);
    const path = `/v1/jobs/${id}/events`;
    const before = await EventClient.open(first.url + path, first.key);
    await before.until(({ data }) => (data.counters ?? data.job?.counters)?.completed === 1);
    await first.close();
    await before.untilEnded();
    assert.match(before.comments.at(-1) ?? '', /shutting down/);
    openGate();
    const second = await serverAt(dataDir);
    test.after(() => second.close());
    const after = await EventClient.open(second.url + path, first.key, { after: before.lastId });
    await after.until(({ data }) => (data.state ?? data.job?.state) === 'completed');
    assert.deepEqual(
      after.events.slice(0, 2).map(({ type }) => type),
      ['reset', 'snapshot'],
    );
    assert.deepEqual(after.events[0]?.data, { reason: 'restarted' });
    assert.ok((after.events[1]?.id as number) > Number(before.lastId));
    assertSound([...before.events, ...after.events]);
    after.close();
    const odd = await EventClient.open(second.url + path, first.key, { after: 'nonsense' });
    await odd.until(({ type }) => type === 'snapshot');
    assert.deepEqual(odd.events[0]?.data, { reason: 'unreadable' });
    odd.close();
    const wrong = await EventClient.open(`${second.url}${path}?after=nonsense`, first.key);
    assert.equal(wrong.status, 400);
  });
});

describe('events of all jobs', () => {
  it('are those of the caller’s tenant, and of all for an operator', async (test) => {
    const rig = await startServer(test, settings);
    const url = `${rig.url}/v1/events`;
    closeGate();
    const ours = await startJob(rig, ['wait', 'fail']);
    const mine = await EventClient.open(url, rig.keys.read);
    const theirs = await EventClient.open(url, rig.keys.other);
    const all = await EventClient.open(url, rig.keys.operator);
    const headers = { 'sluice-tenant': 'other' };
    const narrowed = await EventClient.open(url, rig.keys.operator, { headers });
    const snapshot = await mine.until(({ type }) => type === 'snapshot');
    assert.deepEqual(
      snapshot.data.jobs.map(({ job }: { job: { id: string } }) => job.id),
      [ours],
    );
    const other = await startJob(rig, ['ok', 'fail', 'note'], { key: 'other' });
    openGate();
    const endOf = (id: string) => (event: ServerEvent) => isEnd(event) && event.data.jobId === id;
    await Promise.all([
      mine.until(endOf(ours)),
      theirs.until(endOf(other)),
      narrowed.until(endOf(other)),
      all.until(endOf(ours)),
      all.until(endOf(other)),
    ]);
    const jobsOf = (client: EventClient) =>
      new Set(client.events.flatMap(({ data }) => data.jobId ?? []));
    assert.deepEqual(jobsOf(mine), new Set([ours]));
    assert.deepEqual(jobsOf(theirs), new Set([other]));
    assert.deepEqual(jobsOf(narrowed), new Set([other]));
    assert.deepEqual(jobsOf(all), new Set([ours, other]));
    assert.ok(!JSON.stringify(theirs.events).includes(ours));
    const refused = await EventClient.open(`${rig.url}/v1/jobs/${ours}/events`, rig.keys.other);
    assert.equal(refused.status, 404);
    // Behind an event of a job that is not theirs there is still only theirs.
    const resumed = await EventClient.open(url, rig.keys.other, { after: snapshot.id?.toString() });
    await resumed.until(endOf(other));
    assert.deepEqual(jobsOf(resumed), new Set([other]));
    for (const client of [mine, theirs, all, narrowed, resumed]) {
      assertSound(client.events);
      client.close();
    }
  });

  it('are told to so many clients of a tenant and no more', async (test) => {
    const rig = await startServer(test, { ...settings, eventStreamsMax: 2 });
    const url = `${rig.url}/v1/events`;
    const open = async () => EventClient.open(url, rig.keys.read);
    const [one, two] = [await open(), await open()];
    const third = await open();
    assert.equal(third.status, 429);
    assert.equal(((await third.json()) as { code: string }).code, 'events.too_many');
    const others = await EventClient.open(url, rig.keys.other);
    assert.equal(others.status, 200);
    one.close();
    await two.until(({ type }) => type === 'snapshot');
    // The server sees a moment later that the first has gone.
    let again = await open();
    while (again.status === 429) again = await open();
    assert.equal(again.status, 200);
    for (const client of [two, others, again]) client.close();
  });

  it('say that a job was cancelled with the last of its counters', async (test) => {
    const rig = await startServer(test, settings);
    closeGate();
    const id = await startJob(rig, repeated(20, 'wait'));
    const client = await EventClient.open(
      `${rig.url}/v1/jobs/${id}/events?until=end`,
      rig.keys.read,
    );
    await client.until(({ data }) => (data.counters ?? data.job?.counters)?.tasks === 20);
    assert.equal((await rig.call('POST', `/v1/jobs/${id}/cancel`, { key: 'run' })).status, 200);
    await client.untilEnded();
    const { data } = client.events.at(-1) as ServerEvent;
    assert.equal(data.state, 'cancelled');
    assert.equal(data.job.counters.cancelled, 20);
    assert.equal(data.job.running, 0);
    openGate();
  });
});

/** A server over `dataDir`, with an operator's key of its first start. */
async function serverAt(dataDir: string) {
  const resolved = resolveSettings({ env: {}, flags: { dataDir, logLevel: 'error', ...settings } });
  const { stdin, stdout, stderr } = process;
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd: dataDir });
  const session = await bench.openEngine('serve');
  const server = await bench.openServer(session);
  const key = (await server.firstKey()) ?? '';
  const url = await server.listen('127.0.0.1', 0);
  await session.engine.resumeAll();
  return {
    url,
    key,
    async close() {
      await server.close();
      await session.close();
    },
  };
}
