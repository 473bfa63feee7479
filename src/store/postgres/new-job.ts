/**
 * A job with what comes along, in a transaction of two round trips: the first stores and leads it
 * and says where it comes in the fair order, the second adds its rows and its input and commits.
 */
import { type Job, type JobSpec, NO_COUNTERS } from '../../model/job.ts';
import type { CreatedJob, Fence, LedBaggage } from '../cluster-store.ts';
import { addFile } from './cluster-files.ts';
import { leadNew } from './cluster-roles.ts';
import { knownJob } from './job-table.ts';
import { addFirstRows } from './plan-writer.ts';
import { type FlowRow, ORDER } from './shard-table.ts';
import { statement, type Tx } from './transaction.ts';
import { toName } from './values.ts';

interface MadeRow extends FlowRow {
  readonly led: boolean;
}

/** The statement does not see what it stores: the job's own weight is added. */
const STORE = statement(
  'jobs.store',
  `WITH made AS (
     INSERT INTO jobs (id, tenant, collector, idempotency_key, spec, weight, state, updated_ms,
       row_count, planned)
     VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9)
     ON CONFLICT DO NOTHING RETURNING no, tenant, weight
   ), me AS MATERIALIZED (
     SELECT 1 FROM nodes WHERE fence = $10::bigint FOR KEY SHARE
   ), led AS (
     INSERT INTO leads (job_no, holder) SELECT no, $10::bigint FROM made, me RETURNING 1
   )
   SELECT m.no, 0 AS finish, 0 AS next_shard, m.weight, EXISTS (SELECT 1 FROM led) AS led,
     m.weight + coalesce((
       SELECT sum(r.weight) FROM jobs r WHERE r.tenant = m.tenant AND r.state = 'running'
     ), 0) AS weights, ${ORDER('m.tenant')}
   FROM made m`,
);

/** @param fence - who leads it and keeps its first shard, unless that number has ended */
export async function storeJob(
  tx: Tx,
  spec: JobSpec,
  { first, input, keep = 0 }: LedBaggage = {},
  fence?: Fence,
): Promise<CreatedJob> {
  const { idempotencyKey: key } = spec;
  const made = await tx.row<MadeRow>(
    STORE,
    toName(spec.id),
    toName(spec.tenant),
    toName(spec.collector),
    key === undefined ? null : toName(key),
    JSON.stringify(spec),
    spec.weight,
    spec.createdMs,
    first?.rows.length ?? 0,
    first?.whole ?? false,
    fence ?? null,
  );
  if (made === undefined) {
    const [job, led] = await Promise.all([
      knownJob(tx, spec),
      fence !== undefined && leadNew(tx, fence, spec.id),
    ]);
    return { job, created: false, led, kept: [] };
  }
  if (input !== undefined) tx.leave(addFile(tx, spec.input.path, input));
  // Under a number that has ended a shard would be nobody's.
  const keeps = fence !== undefined && made.led && keep > 0;
  const keeper = keeps ? { holder: fence, tasks: keep } : undefined;
  const kept = first ? addFirstRows(tx, made, spec.id, first.rows, keeper) : [];
  return { job: newJob(spec, first), created: true, led: made.led, kept };
}

/** As it would be read. */
function newJob(given: JobSpec, first: LedBaggage['first']): Job {
  const spec = JSON.parse(JSON.stringify(given)) as JobSpec;
  return {
    ...spec,
    idempotencyKey: spec.idempotencyKey ?? undefined,
    state: 'running',
    planned: first?.whole ?? false,
    counters: { ...NO_COUNTERS, tasks: first?.rows.length ?? 0 },
    updatedMs: spec.createdMs,
    finishedMs: undefined,
    activeMs: 0,
    failure: undefined,
  };
}
