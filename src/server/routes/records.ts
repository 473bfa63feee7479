/** Results: records in parts or as a stream, and the download of rows with what was found. */
import { z } from 'zod';
import { collectorLeft } from '../../engine/job-download.ts';
import { recordPart } from '../../engine/record-part.ts';
import { EXPORT_FORMATS } from '../../sinks/export-format.ts';
import { answerDownload, answerManifest, DOWNLOAD_TYPES } from '../download.ts';
import type { ServerParts } from '../parts.ts';
import { PART_FORMATS, PART_TYPES, partText } from '../record-text.ts';
import { type Route, route } from '../route.ts';
import { JobParams, ownJob } from './jobs.ts';

const tag = 'Results';

const RecordsQuery = z.strictObject({
  format: z.enum(PART_FORMATS).default('ndjson'),
  after: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/, 'not a row and an index such as 12.0')
    .transform((text) => {
      const [seq, index] = text.split('.').map(Number);
      return { seq: seq as number, index: index as number };
    })
    .optional()
    .meta({ description: 'Where to go on: `Sluice-Next` of the part before.' }),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000).meta({
    description: 'Records at most; a part is cut short at some 8 MB.',
  }),
  final: z.stringbool().default(false).meta({
    description:
      'Only rows before the first that is still open: who goes on from there misses nothing.',
  }),
});

export function recordRoutes(parts: ServerParts): Route[] {
  return [
    route({
      id: 'listJobRecords',
      method: 'GET',
      path: '/v1/jobs/:id/records',
      access: 'read',
      tag,
      summary: 'Give the records of a job, part by part, while it runs or afterwards',
      description:
        'In the order of rows and of records within a row. Each is `{"seq", "index", "record"}`: a ' +
        'line (`ndjson`), an element of `records` beside `next` and `complete` (`json`), or a line ' +
        'of cells (`csv`).\n\nAsk again with `after` set to `Sluice-Next` until `Sluice-Complete` ' +
        'is `true`. Rows end in any order: with `final=true` nothing is missed on the way and ' +
        'nothing comes twice, unless failed rows are tried again.',
      params: JobParams,
      query: RecordsQuery,
      answers: { 200: [...new Set(Object.values(PART_TYPES))] },
      answerHeaders: {
        'Sluice-Next': 'Where the next part begins; absent while there are no records.',
        'Sluice-Complete': '`true`: the job has ended and there is nothing behind this part.',
      },
      async handle({ params, query, principal, reply }) {
        const job = await ownJob(parts, principal, params.id);
        const { format, after, limit, final } = query;
        const part = await recordPart(parts.store, job, { after, limit, final });
        if (part.next) reply.header('sluice-next', `${part.next.seq}.${part.next.index}`);
        reply.header('sluice-complete', String(part.complete));
        reply.type(PART_TYPES[format]);
        const collector = await collectorLeft(parts.registry, job);
        return reply.send(partText(part, format, collector?.record));
      },
    }),
    route({
      id: 'downloadJob',
      method: 'GET',
      path: '/v1/jobs/:id/download',
      access: 'read',
      tag,
      summary: 'Download the rows of the input with what was found, or the records alone',
      description:
        'The same file as `sluice jobs download` writes, as it is now: text (`csv`, `tsv`, `jsonl`, ' +
        '`json`) or a table with typed columns (`parquet`, `sqlite`, `xlsx`, in which nested values ' +
        'are JSON text). Rows without an end say so ' +
        'in their status. It is streamed at the pace at which it is read. An answer that breaks off ' +
        'without its end is not whole.',
      params: JobParams,
      query: z.strictObject({
        format: z.enum(EXPORT_FORMATS).default('csv'),
        shape: z.enum(['row', 'record']).optional().meta({
          description: 'A line for each row or each record. Default: as the collector says.',
        }),
        safeFormulas: z.enum(['off', 'results', 'all']).default('off').meta({
          description: 'Cells that a spreadsheet would run as formulas are made text.',
        }),
      }),
      answers: { 200: [...new Set(Object.values(DOWNLOAD_TYPES))] },
      answerHeaders: { 'Content-Disposition': 'A name for the file.' },
      async handle(call) {
        const job = await ownJob(parts, call.principal, call.params.id);
        return answerDownload(parts, job, call.query, call);
      },
    }),
    route({
      id: 'listJobFiles',
      method: 'GET',
      path: '/v1/jobs/:id/files',
      access: 'read',
      tag,
      summary: 'List the files that the records of a job name',
      description:
        'The manifest: a line for each file in `files` or `images` of a record, with its `digest` ' +
        '(SHA-256), `path` where files are kept, `size`, `type` and `url` if they are known, and ' +
        'its place: `row`, `record` and `field`.',
      params: JobParams,
      answers: { 200: [DOWNLOAD_TYPES.jsonl] },
      answerHeaders: { 'Content-Disposition': 'A name for the file.' },
      async handle(call) {
        const job = await ownJob(parts, call.principal, call.params.id);
        return answerManifest(parts, job, call);
      },
    }),
  ];
}
