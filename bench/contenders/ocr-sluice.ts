/** Reads text in pictures as the collector of media does, one after another or in threads. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { wordFiles } from '../../sandbox/media/image-files.ts';
import { createTaskManager } from '../../src/index.ts';

export interface OcrLoad {
  /** 1 = one after another. */
  readonly threads: number;
  readonly pictures: number;
}

export interface OcrDone {
  readonly read: number;
  readonly wallMs: number;
  /** Of the process, all threads. */
  readonly cpuMs: number;
  /** Of the main thread's event loop, 99th percentile, while it waits for the others. */
  readonly lagMs: number;
}

const RESOLUTION_MS = 5;
const RULES = { bytesMax: 100e6, pixelsMax: 64e6, thumbnails: true, ocr: true };
const ANALYSIS = {
  module: new URL('../../src/collectors/media/analyse/analyse-file.ts', import.meta.url),
  name: 'analyseFile',
};

interface Found {
  readonly record: { readonly image?: { readonly words?: string } };
}

async function run({ threads, pictures }: OcrLoad): Promise<OcrDone> {
  await using tasks = createTaskManager({ threads, workers: threads });
  const files = await wordFiles(3);
  const jobs = Array.from({ length: pictures }, (_, at) => files[at % files.length]?.bytes);
  const read = (bytes: Buffer | undefined) =>
    tasks.run<Found>(ANALYSIS, [bytes, 'words.png', RULES], { kind: 'analytics' });
  // Each thread loads the model once.
  await Promise.all(Array.from({ length: threads * 2 }, () => read(jobs[0])));
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  await delay(100);
  lag.enable();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const results = await Promise.all(jobs.map(read));
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  lag.disable();
  const lagMs = Math.max(0, lag.percentile(99) / 1e6 - RESOLUTION_MS);
  const withText = results.filter(({ record }) => (record.image?.words ?? '') !== '');
  return { read: withText.length, wallMs, cpuMs: (user + system) / 1_000, lagMs };
}

const load = JSON.parse(process.argv.at(-1) ?? '') as OcrLoad;
process.stdout.write(`${JSON.stringify(await run(load))}\n`);
