/**
 * Leads of X: the people who follow somebody, are followed, are on a list, or write about
 * something. One row, one list; each run brings what is new since the last.
 */
import { z } from 'zod';
import { parseDurationMs } from '../../base/duration.ts';
import type { Collector } from '../collector.ts';
import type { AskRules } from './ask-x.ts';
import { collectList } from './collect-list.ts';
import { type LeadRecord, leadRecord } from './lead-record.ts';
import { LEAD_SOURCES, pageEndpoint } from './lead-source.ts';
import {
  isLeadListLane,
  type ListInput,
  leadListLane,
  listInput,
  planLists,
} from './list-input.ts';
import { xService } from './x-service.ts';

export interface LeadsConfig extends AskRules {
  readonly baseUrl: string;
  /** New leads a list a run, where the job says nothing. */
  readonly batch: number;
  /** A list is read to its end again so long after the last time, ms; 0 = never. */
  readonly wholeEveryMs: number;
}

const yes = z.stringbool().or(z.boolean());
const duration = z.union([z.string(), z.number()]).transform((value, ctx) => {
  const ms = parseDurationMs(String(value));
  if (ms !== undefined) return ms;
  ctx.addIssue({ code: 'custom', message: 'not a duration such as 7d or 12h' });
  return z.NEVER;
});

const options = z.object({
  batch: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('new leads a list a run at most (default: batchSize of the settings)'),
  pages: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .describe('pages read of a list a run at most'),
  force: yes.default(false).describe('read every list to its end anew'),
  wholeEvery: duration
    .optional()
    .describe('read a list to its end again so long after the last time; 0 = never'),
  source: z
    .enum(LEAD_SOURCES)
    .default('followers')
    .describe('where rows that do not say it get their leads from'),
  maxLists: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('stored lists taken up at most, where there is no input'),
});
export type LeadsOptions = z.output<typeof options>;

/** The `leads` collector. */
export function createLeadsCollector(
  config: LeadsConfig,
): Collector<ListInput, LeadsOptions, LeadRecord> {
  return {
    name: 'leads',
    summary: 'Leads of X: followers, followed, members of lists, authors of posts; what is new.',
    input: listInput,
    options: options as z.ZodType<LeadsOptions>,
    record: leadRecord,
    defaults: { output: 'record' },
    service: xService(config.baseUrl),
    account: ({ source }) => ({ service: 'x', endpoint: pageEndpoint(source) }),
    plan: (source, { source: otherwise }, ctx) => planLists(source, otherwise, ctx),
    lanes: (list) => [leadListLane(list)],
    limits(lane) {
      if (!isLeadListLane(lane)) return undefined;
      return { concurrency: 1, rate: 'none', breaker: false };
    },
    collect: (list, ctx) =>
      collectList(list, ctx, {
        baseUrl: config.baseUrl,
        pauseMinMs: config.pauseMinMs,
        pauseMaxMs: config.pauseMaxMs,
        batch: ctx.options.batch ?? config.batch,
        pagesMax: ctx.options.pages,
        wholeEveryMs: ctx.options.wholeEvery ?? config.wholeEveryMs,
        force: ctx.options.force,
      }),
  };
}
