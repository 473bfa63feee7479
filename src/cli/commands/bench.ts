/** Measures what this machine gains from doing things at once. */
import { availableParallelism } from 'node:os';
import { formatBytes, formatDuration, parseDurationMs } from '../../base/duration.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { Machine } from '../../base/machine.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import {
  BENCHMARK_WORK,
  type BenchmarkResult,
  type BenchmarkWork,
  benchmarkMachine,
} from '../../engine/tasks/benchmark.ts';
import { EXIT } from '../exit.ts';
import type { Invocation, OwnFlags } from '../program.ts';

const EACH_MS_MAX = 60_000;
const TITLES: Readonly<Record<BenchmarkWork, string>> = {
  compute: 'Computing, in threads',
  wait: 'Waiting 20 ms, as for a slow service',
  write: 'Durable writes of 4 KiB',
};

export async function runBenchHere(
  invocation: Invocation,
  _args: readonly string[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const eachMs = parseDurationMs(String(own.each ?? '1s'));
  if (eachMs === undefined || eachMs < 10 || eachMs > EACH_MS_MAX) {
    throw new SluiceError('usage.invalid', {
      detail: `--each takes a duration from 10ms to 60s, not ${own.each}`,
    });
  }
  const bench = await invocation.workbench();
  const say = (text: string) => {
    if (!flags.json) io.stdout.write(`${text}\n`);
  };
  prepare(bench.dataDir);
  const machine = new Machine();
  const { memoryBytesMax = 0 } = machine.read();
  machine.close();
  say(`${availableParallelism()} cores, ${formatBytes(memoryBytesMax)}, Node ${process.version}.`);
  let title: BenchmarkWork | undefined;
  const results = await benchmarkMachine({
    work: BENCHMARK_WORK,
    eachMs,
    directory: bench.dataDir,
    clock: bench.clock,
    onPoint: (work, { workers, perSecond, speedUp }) => {
      if (work !== title) say(`\n${TITLES[work]}, ${formatDuration(eachMs)} each`);
      title = work;
      const bar = '█'.repeat(Math.max(1, Math.round(20 * Math.min(1, speedUp / workers))));
      const times = `${speedUp.toFixed(speedUp < 10 ? 2 : 1)}×`;
      say(
        `  ${String(workers).padStart(4)} at once ${rounded(perSecond).padStart(9)}/s ${times.padStart(8)}  ${bar}`,
      );
    },
  });
  for (const result of results) {
    if (flags.json) io.stdout.write(`${JSON.stringify(result)}\n`);
  }
  say(`\n${summary(results)}`);
  return EXIT.ok;
}

function summary(results: readonly BenchmarkResult[]): string {
  const lines = results.map(({ work, points, limit }) => {
    const best = points.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
    const times = best.speedUp.toFixed(1);
    const speedUp = `${times} times as fast with ${best.workers} at once`;
    return `${TITLES[work]}: ${speedUp}. What limits it: ${limit}.`;
  });
  return lines.join('\n');
}

function rounded(perSecond: number): string {
  return perSecond.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function prepare(path: string): void {
  try {
    makeDirectory(path, 0o700);
  } catch (error) {
    const params = { path, detail: messageOf(error) };
    throw new SluiceError('store.unwritable', params, { cause: error });
  }
}
