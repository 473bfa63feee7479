/** Files as jobs: the upload, and what of a file could not be used. */
import { z } from 'zod';
import { answerFailures } from '../download.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { digestText, FILE_TYPES, orderOfFields, UploadFields } from '../upload-fields.ts';
import { FORM_TYPE, receiveUpload } from '../upload-request.ts';
import { jobWire, SubmittedWire } from '../wire.ts';
import { JobParams, ownJob } from './jobs.ts';

const UploadedWire = SubmittedWire.extend({
  digest: z
    .string()
    .optional()
    .meta({ description: 'Of the file as it was sent: `sha-256=:BASE64:`.' }),
  bytes: z.int().optional().meta({ description: 'Length of the file as it was sent.' }),
});

export function uploadRoutes(parts: ServerParts): Route[] {
  return [
    route({
      id: 'uploadFile',
      method: 'POST',
      path: '/v1/uploads',
      access: 'run',
      tag: 'Jobs',
      summary: 'Start a job from a file, while it is sent',
      description:
        'The body is the file itself (CSV, TSV, JSON lines or plain lines, gzip’d or not), or a ' +
        'form whose fields come before its part `file`. The first rows run before the last have ' +
        'come; the answer comes when the file is whole. Until then `GET /v1/jobs?idempotencyKey=` ' +
        'finds the job. `Repr-Digest: sha-256=:BASE64:` is checked against the file, ' +
        '`Content-Digest` against the whole body.',
      query: UploadFields,
      streams: [...FILE_TYPES, FORM_TYPE],
      answers: { 201: UploadedWire, 200: UploadedWire },
      async handle({ query, principal, request, reply }) {
        const { job, created, warnings, file } = await receiveUpload(
          parts,
          { principal, request, reply },
          {
            query,
            fieldsOf: (form) => ({ ...query, ...UploadFields.parse(Object.fromEntries(form)) }),
            orderOf: orderOfFields,
            waits: () => false,
            late: false,
          },
        );
        reply.code(created ? 201 : 200);
        reply.header('location', `/v1/jobs/${job.id}`);
        const wire = jobWire(job, parts.engine.running(job.id), parts.progress.shown(job));
        const answer = { job: wire, created, warnings };
        if (file === undefined) return answer;
        const digest = digestText(file.sha256);
        reply.header('repr-digest', digest);
        return { ...answer, digest, bytes: file.bytes };
      },
    }),
    route({
      id: 'listJobRejects',
      method: 'GET',
      path: '/v1/jobs/:id/rejects',
      access: 'read',
      tag: 'Results',
      summary: 'Give the rows of a file that were refused at planning, as CSV',
      description:
        'The line in the file, the code and the sentence of the reason, then the row’s own cells; ' +
        'no more than the line of names where nothing was refused.',
      params: JobParams,
      answers: { 200: ['text/csv; charset=utf-8'] },
      answerHeaders: { 'Content-Disposition': 'A name for the file.' },
      async handle(call) {
        const job = await ownJob(parts, call.principal, call.params.id);
        return answerFailures(parts, job, { which: 'refused', safeFormulas: 'off' }, call);
      },
    }),
  ];
}
