/**
 * Crawlee's CheerioCrawler with everything that costs and is not needed here turned off: no sessions,
 * no made-up browser headers, no autoscaling (100 from the first moment on, whatever the load), a list in memory
 * instead of a request queue, nothing persisted, no snapshots of errors, connections kept alive.
 */
import { Agent } from 'node:http';
import { CheerioCrawler, Configuration, log, RequestList } from '@crawlee/cheerio';
import { MemoryStorage } from '@crawlee/memory-storage';
import { EMAIL, pageUrl, readTask, tell } from './pages-task.ts';

const task = readTask();
log.setLevel(log.LEVELS.OFF);
const configuration = new Configuration({
  storageClient: new MemoryStorage({ persistStorage: false, writeMetadata: false }),
  persistStorage: false,
  purgeOnStart: false,
  availableMemoryRatio: 1,
});
const agent = new Agent({ keepAlive: true, maxSockets: task.concurrency });
const counts = { pages: 0, titles: 0, emails: 0, links: 0 };
// Never "overloaded": the limit on concurrency is the only one.
const never = 1_000_000;

const sources = Array.from({ length: task.pages }, (_, n) => pageUrl(task, n));
const requestList = await RequestList.open({ sources, keepDuplicateUrls: true });
const crawler = new CheerioCrawler(
  {
    requestList,
    minConcurrency: task.concurrency,
    maxConcurrency: task.concurrency,
    maxRequestRetries: 0,
    useSessionPool: false,
    persistCookiesPerSession: false,
    retryOnBlocked: false,
    statisticsOptions: { saveErrorSnapshots: false },
    autoscaledPoolOptions: {
      desiredConcurrency: task.concurrency,
      maybeRunIntervalSecs: 0.05,
      loggingIntervalSecs: null,
      snapshotterOptions: { eventLoopSnapshotIntervalSecs: 60, clientSnapshotIntervalSecs: 60 },
      systemStatusOptions: {
        maxMemoryOverloadedRatio: never,
        maxEventLoopOverloadedRatio: never,
        maxCpuOverloadedRatio: never,
        maxClientOverloadedRatio: never,
      },
    },
    preNavigationHooks: [
      (_, got) => {
        got.useHeaderGenerator = false;
        got.http2 = false;
        got.agent = { http: agent };
      },
    ],
    requestHandler({ $ }) {
      const title = $('title').first().text();
      const emails = new Set<string>($('body').text().match(EMAIL) ?? []);
      const links: string[] = [];
      $('a[href]').each((_, element) => {
        const href = $(element).attr('href') ?? '';
        links.push(href);
        if (href.startsWith('mailto:')) emails.add(href.slice(7));
      });
      counts.pages += 1;
      if (title !== '') counts.titles += 1;
      counts.emails += emails.size;
      counts.links += links.length;
    },
  },
  configuration,
);

const startedMs = performance.now();
await crawler.run();
const wallMs = performance.now() - startedMs;
agent.destroy();
tell({ ...counts, wallMs });
process.exit(0);
