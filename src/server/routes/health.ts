import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { ProblemWire } from '../wire.ts';

const UpWire = z.object({ status: z.literal('ok'), version: z.string() });

export function healthRoutes(parts: ServerParts): Route[] {
  const { version } = parts;
  return [
    route({
      id: 'getLiveness',
      method: 'GET',
      path: '/livez',
      access: 'open',
      tag: 'Health',
      summary: 'Say that the process is alive',
      answers: { 200: UpWire },
      handle: () => ({ status: 'ok', version }),
    }),
    route({
      id: 'getReadiness',
      method: 'GET',
      path: '/readyz',
      access: 'open',
      tag: 'Health',
      summary: 'Say whether requests are taken',
      description: 'Answers 503 while the server drains or its database cannot be read.',
      answers: { 200: UpWire, 503: ProblemWire },
      async handle() {
        if (!parts.ready()) throw new SluiceError('server.draining');
        await parts.store.jobs({ limit: 1 });
        return { status: 'ok', version };
      },
    }),
  ];
}
