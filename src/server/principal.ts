import { SluiceError } from '../base/errors.ts';

/**
 * What a key may do. Each includes the ones before it: `read` looks, `run` starts and steers jobs,
 * now or by schedule, `admin` manages the tenant's keys and webhooks.
 */
export const SCOPES = ['read', 'run', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** `open`: nobody asks. `operator`: an admin key of the server itself, of no tenant. */
export type Access = 'open' | Scope | 'operator';

/** Who calls. */
export interface Principal {
  readonly keyId: string;
  /** Whose things are seen; undefined = everybody's, which only an operator may. */
  readonly tenant: string | undefined;
  readonly scope: Scope;
  /** The key belongs to the server and to no tenant. */
  readonly operator: boolean;
}

/** Throws `auth.forbidden` where the key falls short of what a route asks. */
export function checkAccess(principal: Principal, access: Access): void {
  if (access === 'open') return;
  const { operator, tenant, scope } = principal;
  if (access === 'operator') {
    if (operator && scope === 'admin') return;
    const has = operator ? scope : `${scope} of tenant ${tenant}`;
    throw ownersMatter('admin of the server', has);
  }
  if (SCOPES.indexOf(scope) >= SCOPES.indexOf(access)) return;
  if (operator) throw ownersMatter(access, scope);
  const who = 'an admin of your tenant or the owner of the server';
  throw new SluiceError('auth.forbidden', { needed: access, scope, who });
}

/** Nobody but the owner of the server gives keys of the server. */
export function ownersMatter(needed: string, scope: string): SluiceError {
  return new SluiceError('auth.forbidden', { needed, scope, who: 'the owner of the server' });
}

/** Whether a thing of `tenant` exists for the caller: another tenant's is as good as none. */
export function sees(principal: Principal, tenant: string): boolean {
  return principal.tenant === undefined || principal.tenant === tenant;
}

/** Who calls, as one of `tenant`, which only an operator who named none may choose. */
export function ofTenant(principal: Principal, tenant: string | undefined): Principal {
  if (tenant === undefined || tenant === principal.tenant) return principal;
  if (!principal.operator || principal.tenant !== undefined) {
    throw new SluiceError('tenant.not_found', { name: tenant });
  }
  return { ...principal, tenant };
}
