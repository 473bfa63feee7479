/**
 * A small thing that is configured rather than worked through: a tenant, a key, a schedule, a
 * webhook, a secret. `(kind, id)` names it, whatever its tenant.
 */
export interface Document {
  readonly kind: string;
  readonly id: string;
  /** '' = of the server. */
  readonly tenant: string;
  /** JSON text. */
  readonly json: string;
  /** 1, 2, … with every put; from 1 again where it was removed in between. */
  readonly version: number;
  /** Wall time of the last put, ms. */
  readonly updatedMs: number;
}

/**
 * `version` is the one that the document must have now: 0 = there must be none, undefined =
 * whatever is there. A put replaces the whole document, its tenant included; removing what is not
 * there changes nothing.
 */
export type DocumentChange =
  | {
      readonly op: 'put';
      readonly kind: string;
      readonly id: string;
      readonly tenant: string;
      readonly json: string;
      readonly version?: number;
    }
  | {
      readonly op: 'remove';
      readonly kind: string;
      readonly id: string;
      readonly version?: number;
    };
