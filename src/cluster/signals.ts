/**
 * What nodes tell each other so that nobody has to look all the time. Hints, never the truth: one
 * may be lost, late or doubled, and the node that sleeps through all of them finds the same in the
 * store at its next sweep.
 */

export type Notice =
  /**
   * The job's state was moved, or its discarded tasks were made due again. `over`: it runs no more,
   * so that nobody has new work by it.
   */
  | { readonly kind: 'job'; readonly jobId: string; readonly over?: boolean }
  /** A node has come to the end of what it had of the job: who leads it may find it at its end. */
  | { readonly kind: 'done'; readonly jobId: string }
  /**
   * Documents of a kind were written: tenants, keys, schedules, webhooks. `ids`: only these; `by`:
   * the node that wrote them.
   */
  | {
      readonly kind: 'documents';
      readonly of: string;
      readonly ids?: readonly string[];
      readonly by?: string;
    }
  /** Loans were asked for, granted or ended; `to`: numbers of the nodes that it concerns. */
  | { readonly kind: 'loans'; readonly to?: readonly number[] }
  /** The number of a node has ended: all that it held is free. */
  | { readonly kind: 'freed' }
  /** A node was asked to drain. */
  | { readonly kind: 'nodes' };

/** Nodes woken by one call of `hint` at most: those go on to wake others where there is more. */
export const WAKES_MAX = 16;

/** No method rejects because the others cannot be reached: what is lost so is found by a sweep. */
export interface Signals {
  /**
   * There is new work: about so many shards of a job. Wakes about as many idle nodes, each at most
   * once; those that are busy look by themselves when they have room.
   */
  hint(jobId: string, shards: number): Promise<void>;
  /** To every node, this one included. */
  post(notice: Notice): Promise<void>;
  /** Once; from when it resolves, what the others say is heard. */
  listen(ears: SignalEars): Promise<void>;
  /**
   * Whether this node wants to be woken for new work: a full one leaves hints to others. A node
   * that has not said so yet is idle.
   */
  idle(idle: boolean): void;
  /** A shard was lost with its node too often, and its tasks were set aside. */
  reportLost?(jobId: string, no: number, losses: number): Promise<void>;
  close(): Promise<void>;
}

export interface SignalEars {
  readonly onHint: (jobId: string) => void;
  readonly onNotice: (notice: Notice) => void;
  /** Anything may have been missed: the connection was lost and is back. */
  readonly onGap: () => void;
}
