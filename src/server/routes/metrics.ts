import { SluiceError } from '../../base/errors.ts';
import type { ServerParts } from '../parts.ts';
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
          const needed = 'a key of the server';
          throw new SluiceError('auth.forbidden', { needed, scope: `one of ${principal.tenant}` });
        }
        const { type, body } = await parts.metrics.text();
        return reply.type(type).send(body);
      },
    }),
  ];
}
