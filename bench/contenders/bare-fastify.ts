/**
 * A Fastify route that answers with a job from memory, through the same schema as Sluice's and
 * nothing else: no key, no store. Its argument is a `BareFastify`.
 */
import Fastify from 'fastify';
import { jsonSchema } from '../../src/server/route.ts';
import { JobWire } from '../../src/server/wire.ts';
import { runChild } from '../harness/child.ts';
import type { HttpLoad, HttpLoadDone } from './http-load.ts';

export interface BareFastify {
  readonly fastMs: number;
  readonly connections: number;
}

export interface BareFastifyDone {
  readonly fast: HttpLoadDone;
  readonly cpuUs: number;
}

const WARM_MS = 1_000;
const LOAD = new URL('./http-load.ts', import.meta.url);

const JOB: JobWire = {
  id: 'j_1m80kmpgze9vv11dek',
  tenant: 'bench',
  collector: '/collectors/nothing.ts',
  state: 'cancelled',
  shown: 'cancelled',
  planned: true,
  counters: {
    tasks: 1_000_000,
    completed: 412_345,
    discarded: 0,
    cancelled: 587_655,
    waiting: 0,
    duplicates: 0,
    records: 412_345,
    failedAttempts: 0,
  },
  running: 0,
  input: { name: 'rows.csv', format: 'csv' },
  options: {},
  concurrency: 0,
  retries: 0,
  weight: 1,
  createdMs: 1_795_316_931_127,
  updatedMs: 1_795_316_931_141,
  finishedMs: 1_795_316_931_141,
  activeMs: 10_000,
};

async function run({ fastMs, connections }: BareFastify): Promise<BareFastifyDone> {
  const app = Fastify({ logger: false });
  const schema = { response: { 200: jsonSchema(JobWire, 'output') } };
  app.get('/v1/jobs/:id', { schema }, async () => JOB);
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const load: HttpLoad = {
    port,
    path: `/v1/jobs/${JOB.id}`,
    key: 'none',
    connections,
    durationMs: fastMs,
    warmMs: WARM_MS,
  };
  const used = process.cpuUsage();
  const { value: fast } = await runChild<HttpLoadDone>({ file: LOAD, input: load });
  const { user, system } = process.cpuUsage(used);
  await app.close();
  return { fast, cpuUs: (user + system) / fast.answers };
}

const given = JSON.parse(process.argv.at(-1) ?? '') as BareFastify;
process.stdout.write(`${JSON.stringify(await run(given))}\n`);
