/**
 * Campaigns: the calls of call centres that work with VICIdial. One row, one client of a campaign;
 * each run brings the calls that are new or have changed since the last.
 */
import { z } from 'zod';
import type { Collector } from '../collector.ts';
import { type CallRecord, callRecord } from './call-record.ts';
import type { CampaignProcesses } from './campaign-processes.ts';
import {
  type ClientInput,
  campaignLane,
  clientInput,
  isCampaignLane,
  isServerLane,
  planClients,
  SECRET_COLUMNS,
} from './client-input.ts';
import { collectClient } from './collect-client.ts';
import { hourIn } from './hours.ts';
import { LoginGate } from './login-gate.ts';
import { vicidialService } from './vicidial-service.ts';

export interface CampaignsConfig {
  readonly processes: CampaignProcesses;
  readonly processesMax: number;
  /** Requests of one process, and to one server, at once. */
  readonly requests: number;
  /** Longest life of a process, ms. */
  readonly processTimeoutMs: number;
  /** Longest silence of a server, ms. */
  readonly timeoutMs: number;
  readonly batch: number;
  readonly hoursAgain: number;
  readonly hoursFirst: number;
}

/** What VICIdial exports in one go at most. */
const ROWS_MAX = 1_000_000;
const EXPORT_FIELDS = ['EXTENDED', 'EXTENDED_2', 'EXTENDED_3', 'EXTENDED_4', 'STANDARD'] as const;
const HOURS_MAX = 24 * 366;

const yes = z.stringbool().or(z.boolean());
const hour = z.string().transform((text, ctx) => {
  const found = hourIn(text);
  if (found !== undefined) return found;
  ctx.addIssue({ code: 'custom', message: 'not an hour such as 2026-11-20 or 2026-11-20T13' });
  return z.NEVER;
});
const hours = z.coerce.number().int().min(0).max(HOURS_MAX);

const options = z.object({
  from: hour.optional().describe('read from this hour of the servers’ clocks on, not what is new'),
  to: hour.optional().describe('up to and without this hour (default: now)'),
  hoursAgain: hours
    .optional()
    .describe('hours before the last time that are read again (default: of the settings)'),
  hoursFirst: hours
    .optional()
    .describe('hours before now that are read the first time (default: of the settings)'),
  inbound: yes.default(true).describe('calls that came in as well'),
  fields: z.enum(EXPORT_FIELDS).default('EXTENDED').describe('which columns are exported'),
  recordings: yes.default(false).describe('where the recordings are'),
  custom: yes.default(true).describe('the lists’ own fields'),
  rowsMax: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .default(ROWS_MAX)
    .describe('rows that the server gives in one export at most'),
  bulk: yes
    .default(false)
    .describe('large exports of a span as files: all calls, not compared with those kept'),
});
const checkedOptions = options
  .refine(({ bulk, from }) => !bulk || from !== undefined, {
    path: ['bulk'],
    message: 'needs a span: set from, and to if it has an end',
  })
  .refine(({ bulk, inbound }) => !bulk || !inbound, {
    path: ['bulk'],
    message: 'is for calls made: set inbound=false, and read those that came in by another job',
  });
export type CampaignsOptions = z.output<typeof options>;

/** Ends after every clock there is has passed it. */
const NO_END = 24 * 366 * 1_000;

/** The `campaigns` collector. */
export function createCampaignsCollector(
  config: CampaignsConfig,
): Collector<ClientInput, CampaignsOptions, CallRecord> {
  const gate = new LoginGate();
  return {
    name: 'campaigns',
    summary: 'Calls of VICIdial call centres, client by client; what is new or has changed.',
    input: clientInput,
    options: checkedOptions as z.ZodType<CampaignsOptions>,
    record: callRecord,
    defaults: { output: 'record', attemptTimeoutMs: config.processTimeoutMs },
    secretColumns: SECRET_COLUMNS,
    service: vicidialService,
    plan(source, { from, to, inbound }, ctx) {
      const span = from === undefined ? undefined : { from, to: to ?? NO_END };
      return planClients(source, { span, byDay: to !== undefined, inbound }, ctx);
    },
    lanes: (input) => [campaignLane(input)],
    limits(lane) {
      // Twice as many as can be worked on: a process ends where nobody of its campaign waits.
      const concurrency = 2 * config.requests * config.processesMax;
      if (isCampaignLane(lane)) return { concurrency, rate: 'none', breaker: false };
      if (!isServerLane(lane)) return undefined;
      const max = config.requests;
      const learned = { min: 1, max, start: Math.min(4, max) };
      return { concurrency: learned, rate: 'learned', breaker: false };
    },
    collect: (input, ctx) =>
      collectClient(
        input,
        ctx,
        {
          batch: config.batch,
          hoursAgain: ctx.options.hoursAgain ?? config.hoursAgain,
          hoursFirst: Math.max(1, ctx.options.hoursFirst ?? config.hoursFirst),
          fields: ctx.options.fields,
          recordings: ctx.options.recordings,
          custom: ctx.options.custom,
          timeoutMs: config.timeoutMs,
          deadlineMs: config.processTimeoutMs,
          rowsMax: ctx.options.rowsMax,
          bulk: ctx.options.bulk,
        },
        { processes: config.processes, gate },
      ),
  };
}
