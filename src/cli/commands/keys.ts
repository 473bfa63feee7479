/** `sluice keys …`, `sluice tenants …`: who may use the service, and how much. */
import { formatBytes } from '../../base/duration.ts';
import { count } from '../../engine/job-words.ts';
import { listOf, withApi, withNewApi } from '../api.ts';
import { tenantKeyCommand } from '../next-command.ts';
import { duration, positiveNumber, sizeBytes, wholeNumber } from '../option-values.ts';
import { printList, shortTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { talk } from '../talk.ts';

type Args = readonly (string | undefined)[];

interface Key {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scope: string;
  readonly createdMs: number;
  readonly expiresMs?: number;
  readonly lastUsedMs?: number;
}

interface Tenant {
  readonly name: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly rowsPerDay: number;
  readonly uploadBytesMax: number;
  readonly disabled: boolean;
}

export function createKey(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const { scope, for: tenant, expires } = own;
  const body = {
    name: args[0] ?? 'key',
    scope,
    ...(tenant === undefined ? {} : { tenant }),
    ...(expires === undefined ? {} : { expiresInMs: duration('--expires', expires, '90d') }),
  };
  return withNewApi(invocation, async (api) => {
    const request = { method: 'POST', path: '/v1/keys', body } as const;
    const key = await api.ask<Key & { key: string }>(request);
    if (flags.json) io.stdout.write(`${JSON.stringify(key)}\n`);
    else {
      // The key alone is data: it can be piped into a file or a secret store.
      io.stdout.write(`${key.key}\n`);
      const whose = key.tenant === '' ? 'the server' : key.tenant;
      talk(invocation, `Key ${key.id} of ${whose}, ${key.scope}. It is not shown again.`);
    }
    return 0;
  });
}

export async function listKeys(invocation: Invocation): Promise<number> {
  const keys = await listOf(invocation, async (api) => {
    const path = '/v1/keys?limit=1000';
    return (await api.ask<{ keys: readonly Key[] }>({ method: 'GET', path })).keys;
  });
  const header = ['ID', 'TENANT', 'NAME', 'SCOPE', 'CREATED', 'EXPIRES', 'USED'];
  printList(invocation, keys, header, (key) => [
    key.id,
    key.tenant || '(server)',
    key.name,
    key.scope,
    shortTime(key.createdMs),
    shortTime(key.expiresMs),
    shortTime(key.lastUsedMs),
  ]);
  return 0;
}

export function revokeKey(invocation: Invocation, args: Args): Promise<number> {
  return withApi(invocation, async (api) => {
    await api.ask({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(args[0] ?? '')}` });
    talk(invocation, `Revoked key ${args[0]}.`);
    return 0;
  });
}

export async function listTenants(invocation: Invocation): Promise<number> {
  const tenants = await listOf(invocation, async (api) => {
    const request = { method: 'GET', path: '/v1/tenants' } as const;
    return (await api.ask<{ tenants: readonly Tenant[] }>(request)).tenants;
  });
  const or = (value: number) => (value === 0 ? '—' : String(value));
  const header = ['NAME', 'WEIGHT', 'CONCURRENCY', 'ROWS A DAY', 'UPLOAD BYTES', 'STATE'];
  printList(invocation, tenants, header, (tenant) => [
    tenant.name,
    String(tenant.weight),
    or(tenant.concurrency),
    or(tenant.rowsPerDay),
    or(tenant.uploadBytesMax),
    tenant.disabled ? 'disabled' : 'active',
  ]);
  return 0;
}

export function createTenant(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const body = { name: args[0], ...quotas(own) };
  return withNewApi(invocation, async (api) => {
    const request = { method: 'POST', path: '/v1/tenants', body } as const;
    const { io, flags } = invocation;
    const tenant = await api.ask<Tenant>(request);
    if (flags.json) io.stdout.write(`${JSON.stringify(tenant)}\n`);
    else {
      // A tenant is of no use to anybody before somebody has a key of it.
      const key = tenantKeyCommand(tenant.name, { ...flags });
      talk(invocation, `Tenant ${tenant.name} is there: ${terms(tenant)}.\nA key for it: ${key}`);
    }
    return 0;
  });
}

export function setTenant(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const state =
    own.disable === true ? { disabled: true } : own.enable === true ? { disabled: false } : {};
  const path = `/v1/tenants/${encodeURIComponent(args[0] ?? '')}`;
  const body = { ...quotas(own), ...state };
  return withApi(invocation, async (api) => {
    return tellTenant(invocation, await api.ask<Tenant>({ method: 'PATCH', path, body }));
  });
}

export function removeTenant(invocation: Invocation, args: Args): Promise<number> {
  return withApi(invocation, async (api) => {
    await api.ask({ method: 'DELETE', path: `/v1/tenants/${encodeURIComponent(args[0] ?? '')}` });
    talk(invocation, `Removed tenant ${args[0]}; its jobs stay.`);
    return 0;
  });
}

function tellTenant(invocation: Invocation, tenant: Tenant): number {
  const { io, flags } = invocation;
  if (flags.json) io.stdout.write(`${JSON.stringify(tenant)}\n`);
  else talk(invocation, `Tenant ${tenant.name}: ${terms(tenant)}.`);
  return 0;
}

/** `weight 2, 5 rows at once, 1,000 rows a day, uploads of 2.0 GiB at most` */
function terms({ weight, concurrency, rowsPerDay, uploadBytesMax, disabled }: Tenant): string {
  const limits = [
    ...(concurrency > 0 ? [`${count(concurrency)} rows at once`] : []),
    ...(rowsPerDay > 0 ? [`${count(rowsPerDay)} rows a day`] : []),
    ...(uploadBytesMax > 0 ? [`uploads of ${formatBytes(uploadBytesMax)} at most`] : []),
  ];
  const all = limits.length === 0 ? ['no limits of its own'] : limits;
  return [`weight ${weight}`, ...all, ...(disabled ? ['disabled'] : [])].join(', ');
}

function quotas(own: OwnFlags): Readonly<Record<string, number>> {
  const given = {
    weight: positiveNumber('--weight', own.weight),
    concurrency: wholeNumber('--concurrency', own.concurrency),
    rowsPerDay: wholeNumber('--rows-per-day', own.rowsPerDay),
    uploadBytesMax:
      own.uploadMax === undefined ? undefined : sizeBytes('--upload-max', own.uploadMax, '2GiB'),
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, number>;
}
