/** What a job was asked to do, in full and without secrets: to be looked at, or asked once more. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { withoutSecrets } from '../../base/hide-secrets.ts';
import { RecentMap } from '../../base/recent-map.ts';
import { type Job, rowsKnown } from '../../model/job.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { JobParams, ownJob } from './jobs.ts';

/** A larger file is not read through for somebody to look at its digest. */
const DIGEST_BYTES_MAX = 256 * 2 ** 20;
const DIGESTS_KEPT = 1_000;

const JobInputWire = z.object({
  collector: z.string(),
  name: z.string(),
  format: z.string(),
  column: z.string().optional(),
  dialect: z.record(z.string(), z.unknown()).meta({
    description: 'How the file is read, such as its delimiter and its encoding.',
  }),
  options: z.record(z.string(), z.unknown()).meta({
    description: 'As they were given; what their names say is secret is hidden.',
  }),
  rows: z.int().meta({ description: 'Read so far; all of them once the job is planned.' }),
  bytes: z.int().optional().meta({ description: 'Of the file, where this server has it.' }),
  sha256: z
    .string()
    .optional()
    .meta({
      description: `Of the file as it came, up to ${DIGEST_BYTES_MAX / 2 ** 20} MiB, once it is whole.`,
    }),
});

export function jobInputRoutes(parts: ServerParts): Route[] {
  const digests = new RecentMap<string, Promise<string | undefined>>(DIGESTS_KEPT);
  return [
    route({
      id: 'getJobInput',
      method: 'GET',
      path: '/v1/jobs/:id/input',
      access: 'read',
      tag: 'Jobs',
      summary: 'Say what a job was asked to do, without secrets',
      params: JobParams,
      answers: { 200: JobInputWire },
      async handle({ params, principal }) {
        const job = await ownJob(parts, principal, params.id);
        const { collector, input, options } = job;
        const { name, format, column, dialect } = input;
        return {
          collector,
          name,
          format,
          ...(column === undefined ? {} : { column }),
          dialect,
          options: withoutSecrets(options) as Record<string, unknown>,
          rows: rowsKnown(job.counters),
          ...(await fileOf(job)),
        };
      },
    }),
  ];

  async function fileOf({ id, input, planned }: Job) {
    if (input.path === '') return {};
    const path = join(parts.dataDir, input.path);
    // Another node may have it, or it is still on its way.
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) return {};
    if (!planned || size > DIGEST_BYTES_MAX) return { bytes: size };
    let digest = digests.get(id);
    if (digest === undefined) {
      digest = sha256(path);
      digests.set(id, digest);
    }
    const found = await digest;
    return { bytes: size, ...(found === undefined ? {} : { sha256: found }) };
  }
}

async function sha256(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
