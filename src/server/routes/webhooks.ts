/** Webhooks: who is told of the end of jobs. An admin of a tenant manages its own. */
import { z } from 'zod';
import { shownUrl } from '../../engine/webhook-url.ts';
import type { Job } from '../../model/job.ts';
import {
  DELIVERY_STATES,
  type Delivery,
  WEBHOOK_EVENTS,
  type Webhook,
} from '../../model/webhook.ts';
import { jobLine } from '../events-wire.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { jobWire } from '../wire.ts';

/** Options beyond this are left out of what is sent; they are with the job. */
const OPTIONS_CHARS_MAX = 64 * 1024;
const PAGE_MAX = 200;

const url = z.string().min(1).max(2_000);
const events = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length);

const WebhookWire = z.object({
  id: z.string(),
  tenant: z.string(),
  url: url.meta({ description: 'What may be a key in it is shown as •••.' }),
  events,
  active: z.boolean(),
  createdMs: z.int(),
  inactive: z
    .object({ reason: z.string(), atMs: z.int() })
    .optional()
    .meta({ description: 'Why it was made inactive, where nobody asked for it.' }),
  failing: z
    .object({ sinceMs: z.int(), attempts: z.int() })
    .optional()
    .meta({ description: 'Since when nothing has come through.' }),
});
const CreatedWire = WebhookWire.extend({
  secret: z.string().meta({
    description: 'What deliveries are signed with. It is shown here and never again.',
  }),
});
const DeliveryWire = z.object({
  id: z.string(),
  webhookId: z.string(),
  type: z.enum([...WEBHOOK_EVENTS, 'ping']),
  jobId: z.string().optional(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  createdMs: z.int(),
  nextMs: z.int().optional().meta({ description: 'When it is tried again.' }),
  doneMs: z.int().optional(),
  status: z.int().optional().meta({ description: 'Of the last answer.' }),
  error: z.string().optional().meta({ description: 'Why the last attempt failed.' }),
});
const Params = z.strictObject({ id: z.string().max(64) });
const tag = 'Webhooks';

export function webhookRoutes({
  webhooks,
  settings,
}: Pick<ServerParts, 'webhooks' | 'settings'>): Route[] {
  return [
    route({
      id: 'listWebhooks',
      method: 'GET',
      path: '/v1/webhooks',
      access: 'admin',
      tag,
      summary: 'List webhooks',
      answers: { 200: z.object({ webhooks: z.array(WebhookWire) }) },
      handle: ({ principal }) => ({ webhooks: webhooks.list(principal.tenant).map(webhookWire) }),
    }),
    route({
      id: 'createWebhook',
      method: 'POST',
      path: '/v1/webhooks',
      access: 'admin',
      tag,
      summary: 'Have an address told of the end of jobs',
      body: z.strictObject({ url, events: events.default([...WEBHOOK_EVENTS]) }),
      answers: { 201: CreatedWire },
      async handle({ body, principal, reply }) {
        const tenant = principal.tenant ?? settings.tenant;
        const { webhook, secret } = await webhooks.create(tenant, body);
        reply.code(201).header('location', `/v1/webhooks/${webhook.id}`);
        return { ...webhookWire(webhook), secret };
      },
    }),
    route({
      id: 'getWebhook',
      method: 'GET',
      path: '/v1/webhooks/:id',
      access: 'admin',
      tag,
      summary: 'Show a webhook',
      params: Params,
      answers: { 200: WebhookWire },
      handle: ({ params, principal }) => webhookWire(webhooks.get(params.id, principal.tenant)),
    }),
    route({
      id: 'updateWebhook',
      method: 'PATCH',
      path: '/v1/webhooks/:id',
      access: 'admin',
      tag,
      summary: 'Change a webhook, or make it active again',
      params: Params,
      body: z.strictObject({
        url: url.optional(),
        events: events.optional(),
        active: z.boolean().optional(),
      }),
      answers: { 200: WebhookWire },
      async handle({ params, body, principal }) {
        const { id } = webhooks.get(params.id, principal.tenant);
        const given = Object.entries(body).filter(([, value]) => value !== undefined);
        return webhookWire(await webhooks.change(id, Object.fromEntries(given)));
      },
    }),
    route({
      id: 'deleteWebhook',
      method: 'DELETE',
      path: '/v1/webhooks/:id',
      access: 'admin',
      tag,
      summary: 'Delete a webhook with its deliveries, also those that are waiting',
      params: Params,
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        await webhooks.remove(webhooks.get(params.id, principal.tenant).id);
        return reply.code(204).send();
      },
    }),
    route({
      id: 'testWebhook',
      method: 'POST',
      path: '/v1/webhooks/:id/test',
      access: 'admin',
      tag,
      summary: 'Send a `ping` now, once, and say what became of it',
      params: Params,
      answers: { 200: DeliveryWire },
      async handle({ params, principal }) {
        return deliveryWire(await webhooks.test(webhooks.get(params.id, principal.tenant)));
      },
    }),
    route({
      id: 'listWebhookDeliveries',
      method: 'GET',
      path: '/v1/webhooks/:id/deliveries',
      access: 'admin',
      tag,
      summary: 'List the deliveries of a webhook, newest first',
      description: 'Those that wait, and the last 100 that are over.',
      params: Params,
      query: z.strictObject({
        before: z.string().max(64).optional(),
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
      }),
      answers: {
        200: z.object({ deliveries: z.array(DeliveryWire), next: z.string().optional() }),
      },
      async handle({ params, query, principal }) {
        const { id } = webhooks.get(params.id, principal.tenant);
        const found = await webhooks.deliveries(id, query);
        const next = found.length < query.limit ? undefined : found.at(-1)?.id;
        return { deliveries: found.map(deliveryWire), ...(next === undefined ? {} : { next }) };
      },
    }),
  ];
}

/** A job as receivers get it. */
export function webhookJob(job: Job) {
  const small = JSON.stringify(job.options).length <= OPTIONS_CHARS_MAX;
  const at = { shown: job.state };
  return small ? jobWire(job, 0, at) : jobLine(job, 0, at);
}

function webhookWire(webhook: Webhook): z.infer<typeof WebhookWire> {
  const { id, tenant, active, createdMs, inactive, failing } = webhook;
  const url = shownUrl(webhook.url);
  return { id, tenant, url, events: [...webhook.events], active, createdMs, inactive, failing };
}

function deliveryWire({ body: _, tenant: __, ...rest }: Delivery): z.infer<typeof DeliveryWire> {
  return rest;
}
