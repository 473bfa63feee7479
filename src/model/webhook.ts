/** Who is told of the end of jobs, and what became of each telling. */
export const WEBHOOK_EVENTS = ['job.completed', 'job.failed', 'job.cancelled'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;

export interface Webhook {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Sealed. */
  readonly secret: string;
  /** An inactive one is told nothing. */
  readonly active: boolean;
  readonly createdMs: number;
  /** Why it was made inactive, where nobody asked for it. */
  readonly inactive: { readonly reason: string; readonly atMs: number } | undefined;
  /** Since when nothing has come through, and how often it was tried. */
  readonly failing: { readonly sinceMs: number; readonly attempts: number } | undefined;
}

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly tenant: string;
  /** `ping` is the one that a user asks for. */
  readonly type: WebhookEvent | 'ping';
  readonly jobId: string | undefined;
  readonly state: (typeof DELIVERY_STATES)[number];
  /** Requests sent. */
  readonly attempts: number;
  readonly createdMs: number;
  /** When it is tried again, where it is pending. */
  readonly nextMs: number | undefined;
  readonly doneMs: number | undefined;
  /** Of the last answer. */
  readonly status: number | undefined;
  /** Why the last attempt failed. */
  readonly error: string | undefined;
  /** What is sent, until it has arrived or was given up. */
  readonly body: string | undefined;
}
