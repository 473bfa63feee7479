/** Every route of the server, once. */
import type { ServerParts } from './parts.ts';
import type { Route } from './route.ts';
import { collectorRoutes } from './routes/collectors.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { tenantRoutes } from './routes/tenants.ts';

export function allRoutes(parts: ServerParts): readonly Route[] {
  return [
    ...healthRoutes(parts),
    ...collectorRoutes(parts),
    ...jobRoutes(parts),
    ...keyRoutes(parts),
    ...tenantRoutes(parts),
  ];
}
