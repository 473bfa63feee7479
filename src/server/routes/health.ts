import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { ProblemWire } from '../wire.ts';

/** The store keeps trying for longer than whoever asks whether the server is ready will wait. */
const LOOK_MS_MAX = 2_000;

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
        await lookSoon(parts);
        return { status: 'ok', version };
      },
    }),
  ];
}

/** Rejects where the database does not answer soon. */
async function lookSoon({ store, clock }: Pick<ServerParts, 'store' | 'clock'>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(LOOK_MS_MAX, () => {
    const detail = `it has not answered for ${LOOK_MS_MAX / 1_000} s`;
    late.reject(new SluiceError('store.unavailable', { name: 'of the server', detail }));
  });
  try {
    await Promise.race([store.jobs({ limit: 1 }), late.promise]);
  } finally {
    timer.cancel();
  }
}
