/** Every route of the server, once. */
import type { ServerParts } from './parts.ts';
import type { Route } from './route.ts';
import { accountRoutes } from './routes/accounts.ts';
import { allFailureRoutes } from './routes/all-failures.ts';
import { benchRoutes } from './routes/bench.ts';
import { collectionRoutes } from './routes/collections.ts';
import { collectorRoutes } from './routes/collectors.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { documentRoutes } from './routes/documents.ts';
import { eventRoutes } from './routes/events.ts';
import { failureRoutes } from './routes/failures.ts';
import { healthRoutes } from './routes/health.ts';
import { jobInputRoutes } from './routes/job-input.ts';
import { jobPastRoutes } from './routes/job-past.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { laneRoutes } from './routes/lanes.ts';
import { leadListRoutes } from './routes/lead-lists.ts';
import { limitRoutes } from './routes/limits.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { overviewRoutes } from './routes/overview.ts';
import { performanceRoutes } from './routes/performance.ts';
import { recordRoutes } from './routes/records.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { scraperRoutes } from './routes/scraper.ts';
import { sessionRoutes } from './routes/session.ts';
import { taskRoutes } from './routes/tasks.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { webhookRoutes } from './routes/webhooks.ts';

export function allRoutes(parts: ServerParts): readonly Route[] {
  const routes: readonly Route[] = [
    ...healthRoutes(parts),
    ...metricsRoutes(parts),
    ...collectorRoutes(parts),
    ...jobRoutes(parts),
    ...jobPastRoutes(parts),
    ...jobInputRoutes(parts),
    ...deliveryRoutes(parts),
    ...failureRoutes(parts),
    ...allFailureRoutes(parts),
    ...taskRoutes(parts),
    ...recordRoutes(parts),
    ...collectionRoutes(parts),
    ...laneRoutes(parts),
    ...limitRoutes(parts),
    ...overviewRoutes(parts),
    ...nodeRoutes(parts),
    ...performanceRoutes(parts),
    ...benchRoutes(parts),
    ...eventRoutes(parts),
    ...uploadRoutes(parts),
    ...scheduleRoutes(parts),
    ...leadListRoutes(parts),
    ...scraperRoutes(parts),
    ...keyRoutes(parts),
    ...sessionRoutes(parts),
    ...tenantRoutes(parts),
    ...webhookRoutes(parts),
    ...accountRoutes(parts),
    ...documentRoutes(parts, () => routes),
  ];
  return routes;
}
