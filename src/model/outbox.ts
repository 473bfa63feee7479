/** A delivery of a job's records to a destination: what is known of it, and kept. */
import type { TableColumn } from './table.ts';

/**
 * `delivering`: it sends, or waits for more. `resting`: the destination does not take anything at
 * present, it is tried again at `retryAtMs`. `stopped`: it would not help to try again before
 * somebody has mended something. `delivered`: the job has ended and all of its records are there.
 */
export const DELIVERY_STATES = ['delivering', 'resting', 'stopped', 'delivered'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Outgoing {
  /** `JOB.NAME`: those of a job lie together. */
  readonly id: string;
  readonly jobId: string;
  readonly tenant: string;
  /** For people, without secrets. */
  readonly place: string;
  /** Sealed. */
  readonly address: string;
  /** Where the address names no table. */
  readonly table: string;
  readonly key?: readonly string[];
  readonly createdMs: number;
  readonly state: DeliveryState;
  /** Why it rests or has stopped. */
  readonly reason?: DeliveryReason;
  /** Wall time, ms. */
  readonly retryAtMs?: number;
  /** Tries in a row that failed. */
  readonly failures: number;
  /** Records that are durable there. */
  readonly delivered: number;
  readonly batches: number;
  /** In the log of records: behind what is delivered. '' = the beginning. */
  readonly position: string;
  readonly columns: readonly OutgoingColumn[];
  /** The batch that is on its way, and may be there. */
  readonly sending?: {
    readonly upTo: string;
    readonly rows: number;
    /** They are in a file, and sent as one. */
    readonly file?: true;
  };
  /** Wall time of the last batch that is there, ms. */
  readonly deliveredMs?: number;
}

export interface DeliveryReason {
  readonly code: string;
  readonly message: string;
}

/** A column with the property of records that it holds. */
export interface OutgoingColumn extends TableColumn {
  readonly property: string;
}
