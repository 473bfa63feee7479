/**
 * One file sent to a server of this very process, through the same composition root as `sluice
 * serve`, row by row at the pace at which it is taken.
 *
 * Its argument is a `SluiceUpload`; it answers with a `SluiceUploadDone`.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { resolveSettings } from '../../src/model/resolve-settings.ts';

export interface SluiceUpload {
  readonly dataDir: string;
  readonly rows: number;
}

export interface SluiceUploadDone {
  readonly completed: number;
  /** Before the first byte, and at most from then on to the job's end, sender included. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  /** From the first byte on. */
  readonly firstRowMs: number;
  readonly sentMs: number;
  readonly doneMs: number;
}

const CHUNK_ROWS = 1_000;
const SAMPLE_MS = 20;

async function run({ dataDir, rows }: SluiceUpload): Promise<SluiceUploadDone> {
  const { createWorkbench } = await import('../../src/main.ts');
  const { stdin, stdout, stderr } = process;
  const collectors = [fileURLToPath(new URL('../collectors/silence.ts', import.meta.url))];
  const resolved = resolveSettings({ env: {}, flags: { dataDir, collectors } });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd: dataDir });
  const session = await bench.openEngine('run');
  const server = await bench.openServer(session);
  const key = (await server.firstKey()) ?? '';
  const url = await server.listen('127.0.0.1', 0);
  const idleBytes = process.memoryUsage.rss();
  let peakBytes = idleBytes;
  const startedMs = performance.now();
  const sinceMs = () => performance.now() - startedMs;
  let firstRowMs = Number.NaN;
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  session.engine.feed.subscribe((event) => {
    if (event.type !== 'job.progress' || event.counters.completed === 0) return;
    if (Number.isNaN(firstRowMs)) firstRowMs = sinceMs();
  });
  const sending = request(`${url}/v1/uploads?collector=silence`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'text/csv' },
  });
  const answered = once(sending, 'response');
  sending.write('id,name\n');
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const lines = Array.from({ length: Math.min(CHUNK_ROWS, rows - from) }, (_, at) => {
      return `${from + at},Row ${from + at}\n`;
    });
    if (!sending.write(lines.join(''))) await once(sending, 'drain');
  }
  sending.end();
  const [response] = await answered;
  const sentMs = sinceMs();
  const { job } = (await new Response(response).json()) as { job: { id: string } };
  const { counters } = await session.engine.settled(job.id);
  const doneMs = sinceMs();
  clearInterval(sampling);
  await server.close();
  await session.close();
  return { completed: counters.completed, idleBytes, peakBytes, firstRowMs, sentMs, doneMs };
}

const upload = JSON.parse(process.argv.at(-1) ?? '') as SluiceUpload;
process.stdout.write(`${JSON.stringify(await run(upload))}\n`);
