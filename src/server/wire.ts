/**
 * What goes over the wire, as zod schemas: the checks, the types and the OpenAPI document are made
 * from them. Times are milliseconds since 1970 (`…Ms`); fields are only ever added.
 */
import { z } from 'zod';
import type { Progress } from '../engine/progress.ts';
import { SHOWN_STATES, type Shown } from '../engine/shown-state.ts';
import type { Job } from '../model/job.ts';
import type { JobOrder } from '../model/job-order.ts';
import { JOB_STATES } from '../model/lifecycle.ts';
import { DELIVERY_STATES, type Outgoing } from '../model/outbox.ts';

const count = z.int().min(0);
const name = z.string().min(1).max(200);

export const FailureWire = z.object({
  class: z.string(),
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  status: z.int().optional(),
  untilMs: z.int().optional(),
});

export const CountersWire = z.object({
  tasks: count.meta({ description: 'Tasks so far; the total once `planned` is true.' }),
  completed: count,
  discarded: count,
  cancelled: count,
  waiting: count.meta({ description: 'Tasks that wait for a time: retries and rests.' }),
  duplicates: count.meta({ description: 'Rows answered by another row; not among `tasks`.' }),
  records: count,
  failedAttempts: count,
});

const standing = {
  shown: z.enum(SHOWN_STATES).meta({
    description: 'How it stands, in a word: as `state`, or `waiting` where nothing of it moves.',
  }),
  still: z.string().optional().meta({ description: 'Why nothing of it moves, in a sentence.' }),
};

export const ProgressWire = z.object({
  jobId: z.string(),
  state: z.enum(JOB_STATES),
  ...standing,
  planned: z.boolean(),
  counters: CountersWire,
  running: count,
  perSecond: z
    .number()
    .optional()
    .meta({ description: 'Tasks ended a second, over the last half minute.' }),
  etaMs: z
    .object({ low: z.int(), high: z.int() })
    .optional()
    .meta({ description: 'Time left, from the fastest to the slowest plausible rate.' }),
  etaLimit: z
    .object({ lane: z.string(), perSecond: z.number().optional(), leastMs: z.int() })
    .optional()
    .meta({ description: 'The limit that the end waits for, where one does.' }),
  atMs: z.int(),
});
export type ProgressWire = z.infer<typeof ProgressWire>;

export const BLOCKED_BY = ['concurrency', 'rate', 'rest', 'breaker'] as const;

export const AccountWaitWire = z
  .object({
    service: z.string(),
    tenant: z.string(),
    why: z.enum(['none', 'resting', 'busy']),
    count: count.meta({ description: 'Those that rest, or are in use.' }),
    detail: z
      .string()
      .optional()
      .meta({ description: 'Why none may be used, where some were set aside.' }),
  })
  .optional()
  .meta({ description: 'Where it waits for an account.' });

export const WaitWire = z.object({
  lane: z.string(),
  kind: z.string(),
  name: z.string(),
  reason: z.enum(BLOCKED_BY),
  text: z.string().meta({ description: 'All of it in words.' }),
  waiting: count.meta({ description: 'Rows that wait here, as far as is known.' }),
  inUse: count,
  slots: z.number(),
  perSecond: z.number().optional(),
  untilMs: z.int().optional().meta({ description: 'Absent: until a slot is freed.' }),
  accounts: AccountWaitWire,
});

export const DeliveryWire = z.object({
  id: z.string(),
  place: z.string().meta({ description: 'Where to, without secrets.' }),
  state: z.enum(DELIVERY_STATES),
  delivered: count.meta({ description: 'Records that are there.' }),
  waiting: count.meta({ description: 'Records that are not there yet.' }),
  batches: count,
  reason: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .meta({ description: 'Why it rests or has stopped.' }),
  retryAtMs: z.int().optional(),
  deliveredMs: z.int().optional().meta({ description: 'When the last batch was there.' }),
});
export type DeliveryWire = z.infer<typeof DeliveryWire>;

export const JobWire = z.object({
  id: z.string(),
  tenant: z.string(),
  collector: z.string(),
  state: z.enum(JOB_STATES),
  ...standing,
  planned: z.boolean().meta({ description: 'Whether every row of the input has become a task.' }),
  counters: CountersWire,
  running: count.meta({ description: 'Attempts that are active now.' }),
  input: z.object({ name: z.string(), format: z.string(), column: z.string().optional() }),
  options: z.record(z.string(), z.unknown()),
  concurrency: count,
  retries: count,
  weight: z.number(),
  createdMs: z.int(),
  updatedMs: z.int(),
  finishedMs: z.int().optional(),
  activeMs: z.int(),
  failure: FailureWire.optional(),
  deliveries: z
    .array(DeliveryWire)
    .optional()
    .meta({ description: 'Of one job that is shown alone: where its records go.' }),
});
export type JobWire = z.infer<typeof JobWire>;

/** Names of destinations, or addresses. */
export const DeliverWire = z
  .array(z.string().min(1).max(2_000))
  .min(1)
  .max(10)
  .meta({ description: 'Where records are delivered to: names of destinations, or addresses.' });

export const JobOrderWire = z.strictObject({
  collector: name.meta({ description: 'Name of a collector; GET /v1/collectors lists them.' }),
  options: z.record(z.string(), z.unknown()).default({}),
  input: z
    .union([
      z.strictObject({ rows: z.array(z.unknown()).min(1).max(100_000) }),
      z.strictObject({ job: z.string().max(64) }),
    ])
    .optional()
    .meta({ description: 'Rows (values or objects), or the input of an earlier job once more.' }),
  column: name.optional().meta({ description: 'The column to work on, where rows have several.' }),
  concurrency: count.max(10_000).optional(),
  retries: count.max(100).optional(),
  weight: z.number().min(0.01).max(1_000).optional(),
  deliver: DeliverWire.optional(),
});

export const WarningWire = z.object({ code: z.string(), message: z.string() });

export const SubmittedWire = z.object({
  job: JobWire,
  created: z.boolean().meta({ description: 'False: the idempotency key named this job before.' }),
  warnings: z.array(WarningWire).meta({
    description:
      'What stops nothing, such as `other_input`: the idempotency key came with another input, ' +
      'and the job is that of the first one.',
  }),
});

export const ProblemWire = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string(),
  requestId: z.string(),
});

/** Those that have a name in the OpenAPI document. */
export const NAMED_WIRES: Readonly<Record<string, z.ZodType>> = {
  Counters: CountersWire,
  Failure: FailureWire,
  Job: JobWire,
  JobOrder: JobOrderWire,
  Problem: ProblemWire,
  Progress: ProgressWire,
  Submitted: SubmittedWire,
  Wait: WaitWire,
};

/** The order as the engine takes it: absent is absent, never undefined. */
export function orderOf(wire: z.infer<typeof JobOrderWire>): JobOrder {
  return Object.fromEntries(
    Object.entries(wire).filter(([, value]) => value !== undefined),
  ) as unknown as JobOrder;
}

export function jobWire(job: Job, running: number, at: Shown): JobWire {
  const { name: inputName, format, column } = job.input;
  return {
    id: job.id,
    tenant: job.tenant,
    collector: job.collector,
    state: job.state,
    ...at,
    planned: job.planned,
    counters: job.counters,
    running,
    input: { name: inputName, format, ...(column === undefined ? {} : { column }) },
    options: job.options,
    concurrency: job.concurrency,
    retries: job.retries,
    weight: job.weight,
    createdMs: job.createdMs,
    updatedMs: job.updatedMs,
    ...(job.finishedMs === undefined ? {} : { finishedMs: job.finishedMs }),
    activeMs: Math.round(job.activeMs),
    ...(job.failure === undefined ? {} : { failure: job.failure }),
  };
}

/** What everybody who sees the job may know of its deliveries. */
export function deliveryWire(outgoing: Outgoing, records: number): DeliveryWire {
  const { id, place, state, delivered, batches, reason, retryAtMs, deliveredMs } = outgoing;
  return {
    id,
    place,
    state,
    delivered,
    waiting: Math.max(0, records - delivered),
    batches,
    ...(reason && { reason }),
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
    ...(deliveredMs === undefined ? {} : { deliveredMs }),
  };
}

/** @param at - how it stands at `atMs` */
export function progressWire(progress: Progress, atMs: number, at: Shown): ProgressWire {
  const { etaMs, etaLimit, perSecond, ...rest } = progress;
  return {
    ...rest,
    ...at,
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(etaMs === undefined
      ? {}
      : { etaMs: { low: Math.round(etaMs[0]), high: Math.round(etaMs[1]) } }),
    ...(etaLimit === undefined
      ? {}
      : {
          etaLimit: {
            lane: etaLimit.lane,
            ...(etaLimit.perSecond === undefined ? {} : { perSecond: etaLimit.perSecond }),
            leastMs: Math.round(etaLimit.leastMs),
          },
        }),
    atMs,
  };
}
