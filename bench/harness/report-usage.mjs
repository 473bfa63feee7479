// Loaded before a contender: when it exits, says what it used of the machine. Plain JavaScript, so
// that it costs nothing to load.
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const fd = Number(process.env.SLUICE_BENCH_USAGE_FD);
if (isMainThread && fd > 0) {
  delete process.env.SLUICE_BENCH_USAGE_FD;
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakBytes: maxRSS * 1_024 };
    writeSync(fd, JSON.stringify(usage));
  });
}
