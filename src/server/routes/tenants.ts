/** Tenants: who shares this server, and what each may use. For the owner of the server. */
import { z } from 'zod';
import type { EngineApi } from '../../engine/engine-api.ts';
import type { Tenants } from '../../engine/tenants.ts';
import type { Tenant } from '../../model/tenant.ts';
import { TENANT_NAME } from '../../model/tenant.ts';
import { type Route, route } from '../route.ts';

const quota = {
  weight: z.number().min(0.01).max(1_000).meta({ description: 'Share of the slots.' }),
  concurrency: z.int().min(0).max(100_000).meta({ description: 'Attempts at once; 0 = no limit.' }),
  rowsPerDay: z.int().min(0).meta({ description: 'Rows a UTC day; 0 = no limit.' }),
  uploadBytesMax: z.int().min(0).meta({ description: 'Bytes an upload; 0 = as the settings say.' }),
};
const TenantWire = z.object({
  name: z.string(),
  ...quota,
  disabled: z.boolean(),
  createdMs: z.int(),
});
const Params = z.strictObject({ name: z.string().max(64) });
const tag = 'Tenants';

interface TenantParts {
  readonly tenants: Tenants;
  readonly engine: Pick<EngineApi, 'tenantChanged'>;
}

export function tenantRoutes({ tenants, engine }: TenantParts): Route[] {
  const seen = (tenant: Tenant) => {
    engine.tenantChanged(tenant.name);
    return tenant;
  };
  return [
    route({
      id: 'listTenants',
      method: 'GET',
      path: '/v1/tenants',
      access: 'operator',
      tag,
      summary: 'List tenants',
      answers: { 200: z.object({ tenants: z.array(TenantWire) }) },
      handle: () => ({ tenants: tenants.list() }),
    }),
    route({
      id: 'createTenant',
      method: 'POST',
      path: '/v1/tenants',
      access: 'operator',
      tag,
      summary: 'Make a tenant',
      body: z.strictObject({
        name: z.string().regex(TENANT_NAME, 'not 1 to 64 letters, digits, dots or dashes'),
        ...z.object(quota).partial().shape,
      }),
      answers: { 201: TenantWire },
      async handle({ body: { name, ...limits }, reply }) {
        const tenant = seen(await tenants.create(name, given(limits)));
        reply.code(201).header('location', `/v1/tenants/${name}`);
        return tenant;
      },
    }),
    route({
      id: 'getTenant',
      method: 'GET',
      path: '/v1/tenants/:name',
      access: 'operator',
      tag,
      summary: 'Show a tenant',
      params: Params,
      answers: { 200: TenantWire },
      handle: ({ params }) => tenants.get(params.name),
    }),
    route({
      id: 'updateTenant',
      method: 'PATCH',
      path: '/v1/tenants/:name',
      access: 'operator',
      tag,
      summary: 'Change what a tenant may use, or disable it',
      params: Params,
      body: z.strictObject({ ...quota, disabled: z.boolean() }).partial(),
      answers: { 200: TenantWire },
      handle: async ({ params, body }) => seen(await tenants.change(params.name, given(body))),
    }),
    route({
      id: 'deleteTenant',
      method: 'DELETE',
      path: '/v1/tenants/:name',
      access: 'operator',
      tag,
      summary: 'Forget a tenant; its jobs stay and defaults apply to them',
      params: Params,
      answers: { 204: [] },
      async handle({ params, reply }) {
        await tenants.remove(params.name);
        engine.tenantChanged(params.name);
        return reply.code(204).send();
      },
    }),
  ];
}

/** Only what was given: an absent field leaves what is there. */
function given<T extends object>(patch: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const entries = Object.entries(patch).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
