/** Where records of a job are delivered to. */
import { z } from 'zod';
import type { Outbox } from '../../engine/outbox/outbox.ts';
import type { Job } from '../../model/job.ts';
import type { ServerParts } from '../parts.ts';
import type { Principal } from '../principal.ts';
import { type Route, route } from '../route.ts';
import { DeliverWire, DeliveryWire, deliveryWire } from '../wire.ts';
import { JobParams, ownJob } from './jobs.ts';

const ListWire = z.object({ deliveries: z.array(DeliveryWire) });

export function deliveryRoutes(parts: ServerParts): Route[] {
  const { outbox } = parts;
  return [
    route({
      id: 'listDestinations',
      method: 'GET',
      path: '/v1/destinations',
      access: 'read',
      tag: 'Jobs',
      summary: 'List the names that records may be delivered to by anybody',
      description: 'Who runs the server has set them (`destinations`), with their addresses.',
      answers: {
        200: z.object({
          destinations: z.array(
            z.object({
              name: z.string(),
              keyed: z.boolean().meta({
                description: 'Whether a later row may take the place of an earlier one.',
              }),
            }),
          ),
        }),
      },
      handle: () => ({ destinations: [...outbox.names()] }),
    }),
    route({
      id: 'listDeliveriesOfJob',
      method: 'GET',
      path: '/v1/jobs/:id/deliveries',
      access: 'read',
      tag: 'Jobs',
      summary: 'Where records of a job are delivered to, and how far that is',
      params: JobParams,
      answers: { 200: ListWire },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        return { deliveries: await deliveriesOf(outbox, job) };
      },
    }),
    route({
      id: 'deliverJob',
      method: 'POST',
      path: '/v1/jobs/:id/deliveries',
      access: 'run',
      tag: 'Jobs',
      summary: 'Deliver the records of a job, or go on with deliveries that have stopped',
      description:
        'All records, from the first one on, also of a job that has ended; each is there once, ' +
        'however often it is asked for. Addresses other than the names of destinations need an ' +
        'admin key of the server.',
      params: JobParams,
      body: z.strictObject({ to: DeliverWire.optional() }).optional(),
      answers: { 200: ListWire },
      async handle({ params, body, principal }) {
        const job = await ownJob(parts, principal, params.id);
        if (body?.to === undefined) await outbox.goOn(job.id);
        else await outbox.add(job, outbox.check(body.to, isOperator(principal)));
        return { deliveries: await deliveriesOf(outbox, job) };
      },
    }),
  ];
}

export async function deliveriesOf(
  outbox: Pick<Outbox, 'list'>,
  { id, counters }: Job,
): Promise<DeliveryWire[]> {
  return (await outbox.list(id)).map((outgoing) => deliveryWire(outgoing, counters.records));
}

/** Whether the caller may have this machine write files and connect anywhere. */
export function isOperator({ operator, scope }: Principal): boolean {
  return operator && scope === 'admin';
}
