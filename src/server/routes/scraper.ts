/**
 * The endpoints of the older contact scraper, as its callers know them: names with underscores,
 * states of its own, no `/v1`. Each is a thin view of a job like any other.
 */
import { z } from 'zod';
import { contactRecord } from '../../collectors/contacts/contact-record.ts';
import { type Job, openTasks } from '../../model/job.ts';
import { donePercentage } from '../done-percentage.ts';
import { answerDownload, DOWNLOAD_TYPES } from '../download.ts';
import type { ServerParts } from '../parts.ts';
import { failureProblem, PROBLEM_TYPE } from '../problem.ts';
import { type Call, type Route, route } from '../route.ts';
import { scrape } from '../scrape.ts';
import { orderOfFields, type UploadFields } from '../upload-fields.ts';
import { FORM_TYPE, receiveUpload } from '../upload-request.ts';
import { JobParams, ownJob } from './jobs.ts';

const tag = 'Contact scraper';
const STATES = ['pending', 'processing', 'completed', 'failed', 'cancelled', 'paused'] as const;
const LINKEDIN = { mode: 'linkedin' };

const StartedWire = z.object({
  job_id: z.string(),
  status: z.enum(STATES),
  message: z.string(),
});

const count = z.int().min(0);
const time = z.iso.datetime();
const StatusWire = z.object({
  job_id: z.string(),
  status: z.enum(STATES),
  file_name: z.string(),
  total_rows: count.meta({ description: 'Rows of the file so far, duplicates included.' }),
  processed_rows: count.meta({ description: 'Those that have come to an end.' }),
  successful_rows: count.meta({
    description: 'Where rows repeat, a share: not counted one by one.',
  }),
  failed_rows: count.meta({ description: 'As well.' }),
  progress_percentage: z.number().min(0).max(100).meta({
    description: '0 until the file is read, then the share of rows that are done; 100 at the end.',
  }),
  created_at: time,
  updated_at: time,
  completed_at: time.nullable(),
  error_message: z.string().nullable(),
  download_url: z.string(),
});

/** What older callers send beside what is needed is let through, as it always was. */
const ANY_QUERY = z.looseObject({});

const WebsiteWire = z
  .object({
    url: z.string().max(2_048).optional(),
    website: z.string().max(2_048).optional(),
  })
  .refine(({ url, website }) => (url ?? website ?? '').trim() !== '', {
    message: 'url (or website) is missing',
  });

export function scraperRoutes(parts: ServerParts): Route[] {
  const { engine, settings } = parts;
  const upload = (name: string, id: string, options: Readonly<Record<string, unknown>>) =>
    route({
      id,
      method: 'POST',
      path: `/csv/${name}`,
      access: 'run',
      tag,
      query: ANY_QUERY,
      summary: `Start reading the websites of a CSV file${id.endsWith('Linkedin') ? ' for LinkedIn' : ''}`,
      description: 'A form: `file`, and the name of the column with websites as `website_column`.',
      streams: [FORM_TYPE],
      answers: { 200: StartedWire },
      async handle({ principal, request, reply }) {
        const fieldsOf = (form: ReadonlyMap<string, string>): UploadFields => {
          const column = form.get('website_column')?.trim() ?? '';
          return { collector: 'contacts', options, ...(column === '' ? {} : { column }) };
        };
        const { job } = await receiveUpload(
          parts,
          { principal, request, reply },
          {
            query: undefined,
            fieldsOf,
            orderOf: orderOfFields,
            // Callers send the fields in either order: without the column, the file is kept first.
            waits: (form) => !form.has('website_column'),
            late: true,
          },
        );
        const message = `GET /csv/job/${job.id} says how far it is.`;
        return { job_id: job.id, status: stateOf(job, engine.running(job.id)), message };
      },
    });
  const website = (path: string, id: string, options: Readonly<Record<string, unknown>>) =>
    route({
      id,
      method: 'POST',
      path,
      access: 'run',
      tag,
      query: ANY_QUERY,
      summary: `Read one website at once${id.endsWith('Linkedin') ? ' for LinkedIn' : ''}`,
      description:
        'What was found of late is answered at once. A website that cannot be read is answered ' +
        'with a problem that has the code of its failure; one that takes too long goes on as a job.',
      body: WebsiteWire,
      answers: { 200: contactRecord },
      async handle({ body, principal, request, reply, signal }) {
        const scraped = await scrape(parts, {
          website: (body.url ?? body.website ?? '').trim(),
          options,
          tenant: principal.tenant ?? settings.tenant,
          signal,
        });
        if ('record' in scraped) return scraped.record;
        const problem = failureProblem(scraped.failure, scraped.refused, request.id);
        return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
      },
    });
  return [
    upload('upload-csv', 'uploadCsv', {}),
    upload('upload-linkedin-csv', 'uploadCsvLinkedin', LINKEDIN),
    route({
      id: 'getCsvJob',
      method: 'GET',
      path: '/csv/job/:id',
      access: 'read',
      tag,
      query: ANY_QUERY,
      summary: 'Say how far a file is, in rows',
      params: JobParams,
      answers: { 200: StatusWire },
      handle: async ({ params, principal }: Call<{ id: string }, unknown, unknown>) => {
        const job = await ownJob(parts, principal, params.id);
        return statusOf(job, engine.running(job.id));
      },
    }),
    route({
      id: 'downloadCsvJob',
      method: 'GET',
      path: '/csv/job/:id/download',
      access: 'read',
      tag,
      query: ANY_QUERY,
      summary: 'Download the file with what was found beside each row',
      params: JobParams,
      answers: { 200: [DOWNLOAD_TYPES.csv] },
      async handle(call: Call<{ id: string }, unknown, unknown>) {
        const job = await ownJob(parts, call.principal, call.params.id);
        const wish = { format: 'csv', shape: 'row', safeFormulas: 'off' } as const;
        return answerDownload(parts, job, wish, call);
      },
    }),
    website('/scrap', 'scrap', {}),
    website('/scrap-linkedin', 'scrapLinkedin', LINKEDIN),
  ];
}

function stateOf(job: Job, running: number): (typeof STATES)[number] {
  if (job.state !== 'running') return job.state;
  const { completed, discarded, failedAttempts } = job.counters;
  return running + completed + discarded + failedAttempts > 0 ? 'processing' : 'pending';
}

function statusOf(job: Job, running: number): z.input<typeof StatusWire> {
  const { tasks, duplicates, completed, discarded, cancelled } = job.counters;
  const ended = tasks - openTasks(job.counters);
  // A duplicate ends with its first row. Which have ended is not counted: their share is.
  const total = tasks + duplicates;
  const processed = tasks === 0 ? 0 : Math.floor((ended / tasks) * total);
  const share = (part: number) => (ended === 0 ? 0 : Math.round((part / ended) * processed));
  return {
    job_id: job.id,
    status: stateOf(job, running),
    file_name: job.input.name,
    total_rows: total,
    processed_rows: processed,
    successful_rows: share(completed),
    failed_rows: share(discarded + cancelled),
    progress_percentage: donePercentage(job),
    created_at: new Date(job.createdMs).toISOString(),
    updated_at: new Date(job.updatedMs).toISOString(),
    completed_at: job.finishedMs === undefined ? null : new Date(job.finishedMs).toISOString(),
    error_message: job.failure?.message ?? null,
    download_url: `/csv/job/${job.id}/download`,
  };
}
