/** What a tenant may use. Zero = no limit of its own. */
export interface TenantQuota {
  /** Share of the slots while other tenants want them too. */
  readonly weight: number;
  /** Attempts active at once, over all jobs. */
  readonly concurrency: number;
  /** Rows planned a day (UTC); what is beyond waits for the next day. */
  readonly rowsPerDay: number;
  /** Bytes of one upload. */
  readonly uploadBytesMax: number;
}

export interface Tenant extends TenantQuota {
  readonly name: string;
  /** A disabled tenant's keys open nothing; its jobs stay as they are. */
  readonly disabled: boolean;
  readonly createdMs: number;
}

export const TENANT_NAME = /^[\w.-]{1,64}$/;

export const DEFAULT_QUOTA: TenantQuota = {
  weight: 1,
  concurrency: 0,
  rowsPerDay: 0,
  uploadBytesMax: 0,
};
