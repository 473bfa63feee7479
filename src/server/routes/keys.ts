/** API keys: an admin of a tenant manages its own, an operator everybody's. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { TENANT_NAME } from '../../model/tenant.ts';
import type { KeyRecord } from '../keys.ts';
import type { ServerParts } from '../parts.ts';
import { checkAccess, SCOPES } from '../principal.ts';
import { type Route, route } from '../route.ts';

const KeyWire = z.object({
  id: z.string(),
  tenant: z.string().meta({ description: 'Empty: the server itself.' }),
  name: z.string(),
  scope: z.enum(SCOPES),
  createdMs: z.int(),
  expiresMs: z.int().optional(),
  lastUsedMs: z.int().optional(),
});
const CreatedWire = KeyWire.extend({
  key: z.string().meta({ description: 'The key itself. It is shown here and never again.' }),
});
export const MeWire = z.object({
  keyId: z.string(),
  tenant: z.string().optional().meta({ description: 'Absent: everybody.' }),
  scope: z.enum(SCOPES),
  operator: z.boolean(),
});
const tag = 'Keys';

export function keyRoutes({
  keys,
  clock,
  tenants,
}: Pick<ServerParts, 'keys' | 'clock' | 'tenants'>): Route[] {
  return [
    route({
      id: 'getMe',
      method: 'GET',
      path: '/v1/me',
      access: 'read',
      tag,
      summary: 'Say whose key this is and what it may do',
      answers: { 200: MeWire },
      handle: ({ principal }) => principal,
    }),
    route({
      id: 'listKeys',
      method: 'GET',
      path: '/v1/keys',
      access: 'admin',
      tag,
      summary: 'List keys',
      query: z.strictObject({
        after: z.string().max(64).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
      answers: { 200: z.object({ keys: z.array(KeyWire), next: z.string().optional() }) },
      async handle({ query: { after, limit }, principal }) {
        const page = after === undefined ? { limit } : { after, limit };
        const found = await keys.list(principal.tenant, page);
        const next = found.length < limit ? undefined : found.at(-1)?.id;
        return { keys: found.map(keyWire), ...(next === undefined ? {} : { next }) };
      },
    }),
    route({
      id: 'createKey',
      method: 'POST',
      path: '/v1/keys',
      access: 'admin',
      tag,
      summary: 'Make a key; it is shown once',
      body: z.strictObject({
        name: z.string().min(1).max(100),
        scope: z.enum(SCOPES).default('run'),
        tenant: z
          .string()
          .regex(TENANT_NAME)
          .optional()
          .meta({ description: 'For operators; without it the key is one of the server.' }),
        expiresInMs: z.number().min(1_000).max(3.2e11).optional(),
      }),
      answers: { 201: CreatedWire },
      async handle({ body, principal, reply }) {
        const tenant = principal.operator ? (body.tenant ?? principal.tenant ?? '') : undefined;
        if (tenant === undefined && body.tenant !== undefined && body.tenant !== principal.tenant) {
          throw new SluiceError('tenant.not_found', { name: body.tenant });
        }
        if (tenant === '') checkAccess(principal, 'operator');
        else if (tenant !== undefined) tenants.get(tenant);
        const { key, record } = await keys.create({
          tenant: tenant ?? principal.tenant ?? '',
          name: body.name,
          scope: body.scope,
          expiresMs: body.expiresInMs === undefined ? undefined : clock.wallMs() + body.expiresInMs,
        });
        reply.code(201);
        return { ...keyWire(record), key };
      },
    }),
    route({
      id: 'deleteKey',
      method: 'DELETE',
      path: '/v1/keys/:id',
      access: 'admin',
      tag,
      summary: 'Revoke a key',
      params: z.strictObject({ id: z.string().max(64) }),
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        await keys.revoke(params.id, principal.tenant);
        return reply.code(204).send();
      },
    }),
  ];
}

function keyWire({ hash: _, expiresMs, lastUsedMs, ...rest }: KeyRecord) {
  return {
    ...rest,
    ...(expiresMs === undefined ? {} : { expiresMs }),
    ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
  };
}
