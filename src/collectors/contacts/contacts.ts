/**
 * Contact data of websites: e-mail addresses, phone numbers, social profiles, postal addresses,
 * company names and opening hours, each with its source. One row, one website, one record.
 */
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import type { Failure } from '../../model/failure.ts';
import { hostLane } from '../../model/lane.ts';
import { PackedPage } from '../../model/packed-page.ts';
import type { TaskSeed } from '../../model/task.ts';
import type { Collector, Source } from '../collector.ts';
import { readOnlyPage, visitWebsite } from './collect-contacts.ts';
import { type ContactRecord, contactRecord } from './contact-record.ts';
import { contactTable } from './contact-table.ts';
import { type ModelEndpoint, modelLane } from './model-extraction.ts';
import { ModelPatience } from './model-patience.ts';
import { isFailure, readWebsite } from './website-url.ts';

const input = z.object({
  url: z.string(),
  host: z.string(),
  schemeGuessed: z.boolean(),
  key: z.string(),
});
type ContactInput = z.output<typeof input>;

const options = z.object({
  mode: z.enum(['full', 'linkedin']).default('full').describe('everything, or LinkedIn only'),
  pages: z.coerce.number().int().min(1).max(20).default(5).describe('pages read of a site at most'),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .transform((code) => code.toUpperCase())
    .optional()
    .describe('country of numbers without a country code, such as DE'),
  model: z.stringbool().or(z.boolean()).default(false).describe('ask the language model as well'),
});
type ContactOptions = z.output<typeof options>;

export interface ContactsConfig {
  /** Where the optional language model is reached; undefined = not set up. */
  readonly model: ModelEndpoint | undefined;
}

/** The `contacts` collector. */
export function createContactsCollector(
  config: ContactsConfig,
): Collector<ContactInput, ContactOptions, ContactRecord> {
  const patience = new ModelPatience();
  return {
    name: 'contacts',
    summary: 'Contact data of websites: e-mail, phone, social profiles, address, company, hours.',
    input,
    options: options as z.ZodType<ContactOptions>,
    record: contactRecord,
    defaults: { output: 'row' },
    columnFor: 'websites',
    table: contactTable,
    plan: planWebsites,
    lanes: (site) => [hostLane(site.host)],
    limits(lane) {
      if (!config.model || lane !== modelLane(config.model)) return undefined;
      // Where the endpoint is dead, its questions fail at once (see the engine's host health); a
      // breaker in the lane would keep the rows waiting for a bonus.
      return { concurrency: config.model.concurrency, rate: 'learned', breaker: false };
    },
    cacheKey: (site) => site.key,
    async collect(site, ctx) {
      if (ctx.options.pages === 1 && !ctx.options.model) {
        const texts = [await readOnlyPage(site, ctx.options, ctx)];
        return new PackedPage({ texts, cursor: undefined, done: true });
      }
      const visit = await visitWebsite(site, ctx.options, ctx);
      if (!ctx.options.model) return { records: [visit.record], done: true };
      try {
        return { records: [await patience.ask(visit, config.model, ctx)], done: true };
      } catch (error) {
        // The model is a bonus: what the pages themselves gave stands.
        if (ctx.signal.aborted) throw error;
        const notes = [...visit.record.notes, `language model: ${messageOf(error)}`];
        return { records: [{ ...visit.record, notes }], done: true };
      }
    },
  };
}

async function* planWebsites(source: Source): AsyncGenerator<TaskSeed<ContactInput>> {
  const column = source.column ?? source.columns[0];
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const value = column === undefined ? row.cells[0] : row.fields[column];
    const website = readWebsite(typeof value === 'string' ? value : String(value ?? ''));
    if (isFailure(website)) yield { reject: withLine(website, row.line) };
    else yield { input: website, key: website.key };
  }
}

function withLine(failure: Failure, line: number): Failure {
  return { ...failure, message: `Line ${line}: ${failure.message}` };
}
