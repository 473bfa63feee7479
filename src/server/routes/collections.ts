/** What a tenant keeps across jobs: its collections, their entries, and each as a file. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { momentMs } from '../../base/moment.ts';
import type { EntryDeliveryStanding } from '../../engine/outbox/entry-deliveries.ts';
import { isCollectionName } from '../../model/kept.ts';
import { DELIVERY_STATES } from '../../model/outbox.ts';
import { EXPORT_FORMATS } from '../../sinks/export-format.ts';
import type { EntryQuery } from '../../store/store.ts';
import { answerCollection, DOWNLOAD_TYPES } from '../download.ts';
import type { ServerParts } from '../parts.ts';
import { ofTenant, type Principal } from '../principal.ts';
import { type Route, route } from '../route.ts';
import { DeliverWire } from '../wire.ts';
import { isOperator } from './deliveries.ts';

const EntryWire = z.object({
  key: z.string(),
  value: z.unknown(),
  jobId: z.string().meta({ description: 'The job that brought it first; it may be gone by now.' }),
  firstMs: z.int(),
  changedMs: z.int(),
  revision: z.int().meta({ description: '1, and 1 more with every change.' }),
});

const EntryDeliveryWire = z.object({
  id: z.string(),
  place: z.string().meta({ description: 'Where to, without secrets.' }),
  state: z.enum(DELIVERY_STATES),
  delivered: z.int().meta({ description: 'Entries that are there.' }),
  createdMs: z.int(),
  endedMs: z.int().optional(),
  reason: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .meta({ description: 'Why it rests or has stopped.' }),
  retryAtMs: z.int().optional(),
});
const EntryDeliveriesWire = z.object({ deliveries: z.array(EntryDeliveryWire) });

const NameParams = z.strictObject({ name: z.string().max(64) });

const FILTERS = {
  prefix: z.string().max(512).optional().meta({ description: 'Of the key.' }),
  changedSince: z
    .string()
    .transform((text, ctx) => {
      const ms = momentMs(text);
      if (ms !== undefined) return ms;
      ctx.addIssue({ code: 'custom', message: 'not a time such as 2026-11-30T06:30:00Z, or ms' });
      return z.NEVER;
    })
    .optional()
    .meta({
      description: 'Only what is new or has changed since: `2026-11-30T06:30:00Z`, a day, or ms.',
    }),
};

const tag = 'Collections';

export function collectionRoutes(parts: ServerParts): Route[] {
  const { store, settings, outbox, entryDeliveries } = parts;
  const tenantOf = ({ tenant }: Principal) => tenant ?? settings.tenant;
  /** Rejects with `collection.not_found`: one without entries is none. */
  const asked = async (
    principal: Principal,
    collection: string,
    { prefix, changedSince }: { prefix?: string | undefined; changedSince?: number | undefined },
  ): Promise<Omit<EntryQuery, 'limit'>> => {
    const tenant = tenantOf(principal);
    const known = isCollectionName(collection) && (await store.entryCount(tenant, collection)) > 0;
    if (!known) throw new SluiceError('collection.not_found', { name: collection });
    return {
      tenant,
      collection,
      ...(prefix === undefined ? {} : { prefix }),
      ...(changedSince === undefined ? {} : { changedSinceMs: changedSince }),
    };
  };
  return [
    route({
      id: 'listCollections',
      method: 'GET',
      path: '/v1/collections',
      access: 'read',
      tag,
      summary: 'List what the tenant keeps across jobs, by name',
      description:
        'Collectors write to collections as they go: the people that lists have brought so far, the ' +
        'messages of a channel. An operator who names no tenant sees those of the default tenant.',
      answers: {
        200: z.object({
          collections: z.array(z.object({ name: z.string(), entries: z.int() })),
        }),
      },
      async handle({ principal }) {
        return { collections: [...(await store.collections(tenantOf(principal)))] };
      },
    }),
    route({
      id: 'listEntries',
      method: 'GET',
      path: '/v1/collections/:name/entries',
      access: 'read',
      tag,
      summary: 'List the entries of a collection, by key',
      params: NameParams,
      query: z.strictObject({
        ...FILTERS,
        after: z.string().max(512).optional().meta({ description: '`next` of the page before.' }),
        limit: z.coerce.number().int().min(1).max(1_000).default(100).meta({
          description: 'Entries at most; a page is cut short at some 4 MB.',
        }),
      }),
      answers: { 200: z.object({ entries: z.array(EntryWire), next: z.string().optional() }) },
      async handle({ params, query, principal }) {
        const { after, limit, ...filters } = query;
        const from = await asked(principal, params.name, filters);
        const behind = after === undefined ? {} : { after };
        const page = await store.entries({ ...from, ...behind, limit });
        const entries = page.map(({ tenant: _, collection: __, json, ...entry }) => ({
          ...entry,
          value: JSON.parse(json) as unknown,
        }));
        const last = page.at(-1)?.key;
        const more =
          last !== undefined &&
          (await store.entries({ ...from, after: last, limit: 1 })).length > 0;
        return { entries, ...(more ? { next: last } : {}) };
      },
    }),
    route({
      id: 'downloadCollection',
      method: 'GET',
      path: '/v1/collections/:name/download',
      access: 'read',
      tag,
      summary: 'Download the entries of a collection',
      description:
        'The same file as `sluice collections export` writes. It is streamed at the pace at which it ' +
        'is read. An answer that breaks off without its end is not whole.',
      params: NameParams,
      query: z.strictObject({
        ...FILTERS,
        format: z.enum(EXPORT_FORMATS).default('jsonl'),
        safeFormulas: z.enum(['off', 'results', 'all']).default('off').meta({
          description: 'Cells that a spreadsheet would run as formulas are made text.',
        }),
        tenant: z.string().max(64).optional().meta({
          description: 'Of an operator, for links: like the header `Sluice-Tenant`.',
        }),
      }),
      answers: { 200: [...new Set(Object.values(DOWNLOAD_TYPES))] },
      answerHeaders: { 'Content-Disposition': 'A name for the file.' },
      async handle({ params, query, principal, reply, signal }) {
        const { format, safeFormulas, tenant, ...filters } = query;
        const from = await asked(ofTenant(principal, tenant), params.name, filters);
        const request = { store, query: from, format, safeFormulas, signal };
        return answerCollection(parts, request, { reply, signal });
      },
    }),
    route({
      id: 'listCollectionDeliveries',
      method: 'GET',
      path: '/v1/collections/:name/deliveries',
      access: 'read',
      tag,
      summary: 'Where the entries of a collection were asked to go, newest first',
      description: 'Those that this process knows of: a server that starts anew begins with none.',
      params: NameParams,
      answers: { 200: EntryDeliveriesWire },
      async handle({ params, principal }) {
        const { tenant, collection } = await asked(principal, params.name, {});
        return { deliveries: entryDeliveries.list(tenant, collection).map(deliveryWire) };
      },
    }),
    route({
      id: 'deliverCollection',
      method: 'POST',
      path: '/v1/collections/:name/deliveries',
      access: 'run',
      tag,
      summary: 'Deliver the entries of a collection: a row a key, as it is now',
      description:
        'The answer comes at once; the list says how far it is. An entry that has changed takes the ' +
        'place of what it was, so it may be asked for again and again. A destination that is away is ' +
        'tried again for a minute. Addresses other than the names of destinations need an admin key ' +
        'of the server.',
      params: NameParams,
      body: z.strictObject({ to: DeliverWire, ...FILTERS }),
      answers: { 202: EntryDeliveriesWire },
      async handle({ params, body, principal, reply }) {
        const { to, ...filters } = body;
        const query = await asked(principal, params.name, filters);
        const destinations = outbox.check(to, isOperator(principal));
        const deliveries = entryDeliveries.begin({ store, query }, destinations);
        reply.code(202);
        return { deliveries: deliveries.map(deliveryWire) };
      },
    }),
  ];
}

function deliveryWire({ tenant: _, collection: __, ...rest }: EntryDeliveryStanding) {
  return rest;
}
