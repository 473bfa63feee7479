/**
 * The tenants and what each may use. Held in memory, because the engine asks at every start of a
 * job; written through to the store, which is the truth.
 *
 * A tenant that was never created, such as that of the command line, has the default quota.
 */
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { DEFAULT_QUOTA, type Tenant, type TenantQuota } from '../model/tenant.ts';
import type { Store } from '../store/store.ts';
import { againOnConflict } from './again-on-conflict.ts';

const KIND = 'tenant';
const PAGE = 1_000;

export type TenantStore = Pick<Store, 'document' | 'documents' | 'writeDocuments'>;

export class Tenants {
  readonly #store: TenantStore;
  readonly #clock: Clock;
  readonly #known = new Map<string, Tenant>();
  readonly #onChange = new Set<(tenant: Tenant) => void>();

  private constructor(store: TenantStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads all tenants. */
  static async open(store: TenantStore, clock: Clock): Promise<Tenants> {
    const tenants = new Tenants(store, clock);
    for (const tenant of await tenants.#readAll()) tenants.#known.set(tenant.name, tenant);
    return tenants;
  }

  /** Reads them again: another node has written some. */
  async reload(): Promise<void> {
    const now = await this.#readAll();
    const names = new Set(now.map(({ name }) => name));
    for (const [name, tenant] of [...this.#known]) {
      if (names.has(name)) continue;
      this.#known.delete(name);
      for (const listener of this.#onChange) listener(tenant);
    }
    for (const tenant of now) {
      const before = this.#known.get(tenant.name);
      this.#known.set(tenant.name, tenant);
      if (JSON.stringify(before) === JSON.stringify(tenant)) continue;
      for (const listener of this.#onChange) listener(tenant);
    }
  }

  async #readAll(): Promise<readonly Tenant[]> {
    const all: Tenant[] = [];
    for (let after = ''; ; ) {
      const page = await this.#store.documents({ kind: KIND, after, limit: PAGE });
      all.push(...page.map(({ json }) => JSON.parse(json) as Tenant));
      if (page.length < PAGE) return all;
      after = page.at(-1)?.id ?? '';
    }
  }

  /** Called with every tenant that is made or changed, or that another node has removed. */
  onChange(listener: (tenant: Tenant) => void): void {
    this.#onChange.add(listener);
  }

  find(name: string): Tenant | undefined {
    return this.#known.get(name);
  }

  /** Throws `tenant.not_found`. */
  get(name: string): Tenant {
    const tenant = this.#known.get(name);
    if (tenant === undefined) throw new SluiceError('tenant.not_found', { name });
    return tenant;
  }

  /** What applies to a tenant, made or not. */
  quota(name: string): TenantQuota {
    return this.#known.get(name) ?? DEFAULT_QUOTA;
  }

  /** By name. */
  list(): readonly Tenant[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Rejects with `tenant.exists`. */
  async create(name: string, quota: Partial<TenantQuota>): Promise<Tenant> {
    if (this.#known.has(name)) throw new SluiceError('tenant.exists', { name });
    const createdMs = this.#clock.wallMs();
    return this.#put({ ...DEFAULT_QUOTA, ...quota, name, disabled: false, createdMs }, 0);
  }

  /** Rejects with `tenant.not_found`. */
  async change(
    name: string,
    patch: Partial<TenantQuota & Pick<Tenant, 'disabled'>>,
  ): Promise<Tenant> {
    return againOnConflict(async () => {
      const document = await this.#store.document(KIND, name);
      if (document === undefined) throw new SluiceError('tenant.not_found', { name });
      const tenant = { ...(JSON.parse(document.json) as Tenant), ...patch };
      return this.#put(tenant, document.version);
    });
  }

  /** Its jobs and keys stay in the store; without the tenant, defaults apply to them again. */
  async remove(name: string): Promise<void> {
    this.get(name);
    await this.#store.writeDocuments(
      [{ op: 'remove', kind: KIND, id: name }],
      this.#clock.wallMs(),
    );
    this.#known.delete(name);
  }

  async #put(tenant: Tenant, version: number): Promise<Tenant> {
    const change = {
      op: 'put',
      kind: KIND,
      id: tenant.name,
      tenant: tenant.name,
      json: JSON.stringify(tenant),
      version,
    } as const;
    await this.#store.writeDocuments([change], this.#clock.wallMs());
    this.#known.set(tenant.name, tenant);
    for (const listener of this.#onChange) listener(tenant);
    return tenant;
  }
}
