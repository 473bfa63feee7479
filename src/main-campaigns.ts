/** Puts the collector of campaigns together: its processes are started when rows come. */
import { systemClock } from './base/clock.ts';
import {
  CampaignProcesses,
  type CampaignRunner,
} from './collectors/campaigns/campaign-processes.ts';
import { createCampaignsCollector } from './collectors/campaigns/campaigns.ts';
import type { Settings } from './model/settings.ts';
import type { PoolBook } from './workers/pool-book.ts';

/** What is parsed at once takes some milliseconds; a process that takes this long hangs. */
const HUNG_MS = 30_000;
const IDLE_MS = 60_000;
const MB = 2 ** 20;

export function campaignsCollector(settings: Settings, book: PoolBook) {
  const { maxCampaignProcesses, concurrentRequests, processTimeoutMs, processMemory } = settings;
  const memoryMbMax = Math.max(96, Math.round(processMemory / MB));
  let processes: CampaignProcesses | undefined;
  const meter = book.add('campaigns', () => ({
    runner: 'process',
    size: processes?.status.processes ?? 0,
    min: 0,
    max: maxCampaignProcesses,
  }));
  const start = (campaign: string) =>
    lazyRunner(async () => {
      const [{ WorkerPool }, { processRunner }] = await Promise.all([
        import('./workers/worker-pool.ts'),
        import('./workers/process-runner.ts'),
      ]);
      return new WorkerPool({
        start: processRunner({
          memoryMbMax,
          clock: systemClock,
          title: `sluice campaign ${campaign}`,
        }),
        min: 0,
        max: 1,
        clock: systemClock,
        callTimeoutMs: Math.min(HUNG_MS, processTimeoutMs),
        idleMs: IDLE_MS,
        meter,
      });
    });
  processes = new CampaignProcesses(
    { processes: maxCampaignProcesses, each: concurrentRequests, timeoutMs: processTimeoutMs },
    { clock: systemClock, start },
  );
  return createCampaignsCollector({
    processes,
    processesMax: maxCampaignProcesses,
    requests: concurrentRequests,
    processTimeoutMs,
    timeoutMs: settings.campaignTimeoutMs,
    batch: settings.campaignBatchSize,
    hoursAgain: settings.campaignHoursAgain,
    hoursFirst: settings.campaignHoursFirst,
  });
}

/** Loads what it is made of with its first call. */
function lazyRunner(make: () => Promise<CampaignRunner>): CampaignRunner {
  let made: Promise<CampaignRunner> | undefined;
  return {
    async run(call, signal) {
      made ??= make();
      return (await made).run(call, signal);
    },
    async close() {
      await (await made)?.close();
    },
  };
}
