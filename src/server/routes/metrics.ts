import type { ServerParts } from '../parts.ts';
import { ownersMatter } from '../principal.ts';
import { type Route, route } from '../route.ts';

export function metricsRoutes(parts: ServerParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/metrics',
      id: 'readMetrics',
      access: 'read',
      isOpened: () => parts.settings.metricsOpen,
      tag: 'Health',
      summary: 'Metrics of the whole server, for Prometheus',
      description:
        'Needs a key of the server (of no tenant) with scope read, unless the setting ' +
        '`metricsOpen` is true. Labels are bounded: no jobs, hosts or tenants among them.',
      answers: { 200: ['text/plain'] },
      async handle({ principal, reply }) {
        if (!parts.settings.metricsOpen && !principal.operator) {
          throw ownersMatter('a key of the server', `one of tenant ${principal.tenant}`);
        }
        const { type, body } = await parts.metrics.text();
        return reply.type(type).send(body);
      },
    }),
  ];
}
