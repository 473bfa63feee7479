/** Rows that a query finds, page by page, as texts: for reading lists. */
import { randomUUID } from 'node:crypto';
import type { BigQueryClient } from './bigquery-client.ts';
import type { Field } from './bigquery-columns.ts';
import type { JobPlace } from './bigquery-jobs.ts';

export interface FoundPage {
  readonly fields: readonly Field[];
  /** Texts by column; undefined = NULL. A repeated column's values are parted by spaces. */
  readonly rows: readonly (readonly (string | undefined)[])[];
}

interface Cell {
  readonly v: unknown;
}

interface Answer {
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly jobReference: { readonly jobId: string; readonly location?: string };
  readonly jobComplete: boolean;
  readonly rows?: readonly { readonly f: readonly Cell[] }[];
  readonly pageToken?: string;
}

const WAIT_MS = 10_000;
const PAGE_ROWS = 1_000;

/** Rejects with BigQueryError and GoogleCredentialsError. */
export async function* foundRows(
  client: BigQueryClient,
  { project, location }: Pick<JobPlace, 'project'> & { readonly location?: string | undefined },
  query: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundPage> {
  const asked = () => ({
    query,
    useLegacySql: false,
    // The name of one that has failed would bring its failure again.
    requestId: randomUUID(),
    timeoutMs: WAIT_MS,
    maxResults: PAGE_ROWS,
    formatOptions: { useInt64Timestamp: true },
    ...(location !== undefined && { location }),
  });
  const path = `${encodeURIComponent(project)}/queries`;
  let answer = await client.post<Answer>(path, asked, signal);
  for (;;) {
    if (answer.jobComplete) {
      const fields = answer.schema?.fields ?? [];
      yield { fields, rows: (answer.rows ?? []).map(({ f }) => f.map(({ v }) => textOf(v))) };
      if (answer.pageToken === undefined) return;
    }
    const { jobId, location: where } = answer.jobReference;
    answer = await client.get<Answer>(
      `${path}/${encodeURIComponent(jobId)}`,
      {
        location: where,
        timeoutMs: WAIT_MS,
        maxResults: PAGE_ROWS,
        pageToken: answer.pageToken,
        'formatOptions.useInt64Timestamp': true,
      },
      signal,
    );
  }
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map(({ v }: Cell) => textOf(v) ?? '').join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
