/**
 * A job of tasks that do nothing, while clients follow it: what the streams of events cost the engine.
 * One more client never reads what it is sent, and has to be cut off.
 *
 * Its argument is a `SluiceEvents`; it answers with a `SluiceEventsDone`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import type { Readers, ReadersDone } from './event-readers.ts';

export interface SluiceEvents {
  readonly dataDir: string;
  readonly collector: string;
  readonly input: string;
  readonly readers: number;
}

export interface SluiceEventsDone {
  readonly records: number;
  readonly wallMs: number;
  /** Of this process with all its threads, from the start of the job to its end. */
  readonly cpuMs: number;
  readonly sawEnd: number;
  readonly bytesRead: number;
  /** What was sent to the client that does not read until it was cut off; 0 = there was none. */
  readonly stuckBytes: number;
}

const FLOOD_MAX = 100_000;

async function run(job: SluiceEvents): Promise<SluiceEventsDone> {
  const [{ createWorkbench }, { prepareJob }] = await Promise.all([
    import('../../src/main.ts'),
    import('../../src/engine/job-request.ts'),
  ]);
  const cwd = process.cwd();
  const { stdin, stdout, stderr } = process;
  const flags = { dataDir: job.dataDir, eventStreamsMax: job.readers + 1 };
  const resolved = resolveSettings({ env: {}, flags });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const server = await bench.openServer(session);
  const { port } = new URL(await server.listen('127.0.0.1', 0));
  const key = (await server.firstKey()) as string;
  const { registry, dataDir, clock, random } = bench;
  const { spec } = await prepareJob(
    {
      collector: job.collector,
      input: job.input,
      column: undefined,
      options: {},
      tenant: 'bench',
      concurrency: 0,
      retries: 0,
      idempotencyKey: undefined,
      wishes: {},
    },
    { registry, dataDir, cwd, clock, random, retries: 0 },
  );
  await session.store.createJob(spec);
  const path = `/v1/jobs/${spec.id}/events`;
  const readers = await startReaders({ port: Number(port), path, key, count: job.readers });
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await session.engine.run(spec.id);
  const ended = await session.engine.settled(spec.id);
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  if (ended.state !== 'completed') throw new Error(`the job is ${ended.state}`);
  const got = await stopReaders(readers);
  const stuckBytes =
    job.readers === 0 ? 0 : await floodOne(Number(port), path, key, session, ended);
  await server.close();
  await session.close();
  return {
    records: ended.counters.records,
    wallMs,
    cpuMs: (user + system) / 1_000,
    sawEnd: got.sawEnd,
    bytesRead: got.bytes,
    stuckBytes,
  };
}

async function startReaders(input: Readers): Promise<ChildProcess | undefined> {
  if (input.count === 0) return undefined;
  const file = fileURLToPath(new URL('./event-readers.ts', import.meta.url));
  const child = fork(file, [JSON.stringify(input)], { execArgv: [], stdio: 'inherit' });
  await said(child);
  return child;
}

async function stopReaders(child: ChildProcess | undefined): Promise<ReadersDone> {
  if (child === undefined) return { bytes: 0, sawEnd: 0 };
  // The last event has been sent by now, or is about to be.
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.send('stop');
  return (await said(child)) as ReadersDone;
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the readers ended with ${code}`)));
  });
}

type Session = Awaited<
  ReturnType<ReturnType<typeof import('../../src/main.ts')['createWorkbench']>['openEngine']>
>;
type Ended = Awaited<ReturnType<Session['engine']['settled']>>;

/** Sends changes of state to a client that does not look, until it is cut off; returns the bytes. */
async function floodOne(port: number, path: string, key: string, session: Session, job: Ended) {
  const socket = connect(port, '127.0.0.1');
  let cut = false;
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.pause();
  socket.once('close', () => {
    cut = true;
  });
  const { feed } = session.engine;
  let sent = 0;
  const eventBytes = JSON.stringify(job).length;
  while (!cut && sent < FLOOD_MAX) {
    for (let i = 0; i < 100; i += 1) {
      feed.append({ type: 'job.state', jobId: job.id, state: job.state, job });
    }
    sent += 100;
    await new Promise((resolve) => setTimeout(resolve, 5));
    // A paused socket does not hear of its end: writing to it does.
    socket.write('\r\n');
  }
  if (!cut) throw new Error(`a client that does not read was sent ${sent} events`);
  socket.destroy();
  return sent * eventBytes;
}

const job = JSON.parse(process.argv.at(-1) ?? '') as SluiceEvents;
process.stdout.write(`${JSON.stringify(await run(job))}\n`);
