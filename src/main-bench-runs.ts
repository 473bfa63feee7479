/** Recorded benchmarks: beside the compiled sources of a built package, else as they lie. */
import { fileURLToPath } from 'node:url';
import type { Logger } from './base/log.ts';
import { type NamedRun, readBenchRuns } from './server/bench-runs.ts';

const IS_SOURCE = import.meta.url.endsWith('.ts');
/** From the compiled file, where the build puts them. */
export const BUILT_RESULTS = '../bench/';
export const RESULTS = new URL(IS_SOURCE ? '../bench/results/' : BUILT_RESULTS, import.meta.url);

/** Read once, when somebody first asks. */
export function openBenchRuns(log: Pick<Logger, 'warn'>): () => Promise<readonly NamedRun[]> {
  let reading: Promise<readonly NamedRun[]> | undefined;
  return () => {
    reading ??= readBenchRuns(fileURLToPath(RESULTS), log);
    return reading;
  };
}
