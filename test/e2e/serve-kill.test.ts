/**
 * The server is killed (`kill -9`) up to twenty times in one job while two clients watch: the result is
 * that of a server that nobody disturbed, and neither client misses an event or sees one twice.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { writeCollectors } from './collector-files.ts';
import { type Running, scratch, start } from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = 20;
const ROWS = 3_000;
const EPOCH = 2 ** 32;

const directory = scratch();
const cwd = directory.path;
let port = 0;
let key = '';
let running: Running | undefined;

before(() => writeCollectors(cwd));
after(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  directory[Symbol.dispose]();
});

async function serve(): Promise<void> {
  const args = ['serve', '--port', String(port), '--json', '--collector', 'own/pace.ts'];
  running = start(args, { cwd });
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const told = JSON.parse(line) as { url: string; firstKey?: string };
  port = Number(new URL(told.url).port);
  key = told.firstKey ?? key;
}

async function call(method: string, path: string, json?: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      'x-api-key': key,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
}

async function submit(ms: number): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, i) => ({ word: i % 50 ? `word${i}` : `bad${i}` }));
  const order = {
    collector: 'pace',
    input: { rows },
    options: { ms },
    concurrency: 16,
    retries: 0,
  };
  const answer = await call('POST', '/v1/jobs', order);
  assert.equal(answer.status, 201);
  return ((await answer.json()) as { job: { id: string } }).job.id;
}

interface Seen {
  readonly id: number;
  readonly type: string;
  readonly data: string;
}

/** Follows a job over any number of connections, as a browser would. */
class Client {
  readonly seen: Seen[] = [];
  readonly over: Promise<void>;
  #last = 0;

  constructor(jobId: string) {
    this.over = this.#follow(jobId);
  }

  async #follow(jobId: string): Promise<void> {
    for (;;) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/jobs/${jobId}/events?until=end`, {
          headers: {
            'x-api-key': key,
            ...(this.#last > 0 && { 'last-event-id': String(this.#last) }),
          },
        });
        if (answer.status === 204) return;
        if (answer.status === 200 && answer.body !== null) await this.#read(answer.body);
      } catch {
        // The server is away.
      }
      if (this.#ended) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get #ended(): boolean {
    return this.seen.some(({ type, data }) => {
      if (type !== 'job.state' && type !== 'snapshot') return false;
      const told = JSON.parse(data) as { state?: string; job?: { state: string } };
      return (told.state ?? told.job?.state) === 'completed';
    });
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream() as never)) {
      text += chunk as unknown as string;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  #take(block: string): void {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const id = Number(field('id') ?? 0);
    if (id > 0) this.#last = id;
    const type = field('event');
    if (type !== undefined) this.seen.push({ id, type, data: field('data') ?? '' });
  }
}

/** What of each life of the server both clients saw must be the same, without a hole in it. */
function compare(one: readonly Seen[], other: readonly Seen[]): number {
  const deltas = (seen: readonly Seen[]) =>
    new Map(seen.filter(({ type }) => type !== 'snapshot').map((event) => [event.id, event]));
  const left = deltas(one);
  const right = deltas(other);
  const lives = new Set([...left.keys()].map((id) => Math.floor(id / EPOCH)));
  let compared = 0;
  for (const life of lives) {
    const within = (id: number) => Math.floor(id / EPOCH) === life && id % EPOCH > 0;
    const a = [...left.keys()].filter(within);
    const b = [...right.keys()].filter(within);
    if (a.length === 0 || b.length === 0) continue;
    const from = Math.max(Math.min(...a), Math.min(...b));
    const to = Math.min(Math.max(...a), Math.max(...b));
    const both = (ids: number[]) => ids.filter((id) => id >= from && id <= to);
    assert.deepEqual(both(a), both(b), `life ${life} from ${from} to ${to}`);
    for (const id of both(a)) assert.equal(left.get(id)?.data, right.get(id)?.data);
    compared += both(a).length;
  }
  return compared;
}

describe('kill -9 of the server', () => {
  it(`${KILLS} times (seed ${SEED}) changes nothing for anybody`, async () => {
    const random = seededRandom(SEED);
    await serve();
    const calm = await submit(0);
    await new Client(calm).over;
    const expected = await (await call('GET', `/v1/jobs/${calm}/records?limit=10000`)).text();
    assert.ok(expected.length > ROWS);

    const jobId = await submit(40);
    const clients = [new Client(jobId), new Client(jobId)] as const;
    let killed = 0;
    for (; killed < KILLS; killed += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30 + 250 * random.next()));
      const { state } = (await (await call('GET', `/v1/jobs/${jobId}`)).json()) as {
        state: string;
      };
      if (state !== 'running') break;
      running?.child.kill('SIGKILL');
      await running?.ended;
      await serve();
    }
    // How much is done between two kills is the machine's affair.
    assert.ok(killed >= KILLS / 4, `ended after ${killed} kills`);
    await Promise.all(clients.map(({ over }) => over));
    const job = (await (await call('GET', `/v1/jobs/${jobId}`)).json()) as {
      state: string;
      counters: Record<string, number>;
    };
    const bad = ROWS / 50;
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.tasks, ROWS);
    assert.equal(job.counters.completed, ROWS - bad);
    assert.equal(job.counters.discarded, bad);
    assert.equal(
      await (await call('GET', `/v1/jobs/${jobId}/records?limit=10000`)).text(),
      expected,
    );

    for (const { seen } of clients) {
      const ids = seen.filter(({ id, type }) => id > 0 && type !== 'snapshot').map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)], 'an event came twice');
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
        'events came out of order',
      );
      const last = seen.findLast(({ type }) => type === 'job.progress' || type === 'snapshot');
      const told = JSON.parse(last?.data ?? '{}') as {
        counters?: Record<string, number>;
        job?: { counters: Record<string, number> };
      };
      assert.equal((told.counters ?? told.job?.counters)?.completed, ROWS - bad);
    }
    const compared = compare(clients[0].seen, clients[1].seen);
    assert.ok(compared >= killed, `${compared} events compared`);
  });
});
