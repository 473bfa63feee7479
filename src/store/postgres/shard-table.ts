/**
 * Shards as rows are added and jobs are moved: made and filled, closed, opened again, moved up.
 * Who holds them is the business of the cluster.
 */

import { sliceOf } from '../../model/slice.ts';
import { DEFAULT_QUOTA, type Tenant } from '../../model/tenant.ts';
import { flowWeight, giveTags, restShift, virtualTime } from '../fair-tags.ts';
import { type NewTask, type OpenShard, planShards, type ShardPlan } from '../shard-plan.ts';
import { TASKS_OF } from './open-sql.ts';
import { statement, type Tx } from './transaction.ts';
import { numbers } from './values.ts';

interface OpenRow {
  readonly no: number;
  readonly slice: number | null;
  readonly tasks: number;
  readonly size: number;
}

/** A job's place in the fair order. */
export interface FlowRow {
  readonly no: number;
  readonly finish: number;
  readonly next_shard: number;
  readonly weight: number;
  readonly weights: number | null;
  readonly tenant: string | null;
  readonly smallest_free: number | null;
  readonly largest_given: number | null;
}

// One that is being taken at this moment is passed over: it is as good as taken.
const OPEN = statement(
  'shards.open',
  `SELECT no, slice, tasks, size FROM shards
   WHERE job_no = $1 AND NOT sealed AND holder IS NULL AND NOT done
     AND (slice = ANY ($2::int[]) OR ($3 AND slice IS NULL))
   ORDER BY no FOR UPDATE SKIP LOCKED`,
);
const FREE = (condition: string) => `
  SELECT min(free.tag) FROM jobs r CROSS JOIN LATERAL (
    SELECT s.tag FROM shards s
    WHERE s.job_no = r.no AND s.holder IS NULL AND NOT s.done ORDER BY s.tag LIMIT 1
  ) free WHERE r.state = 'running' ${condition}`;
/** What its tenant is, and where the others of the fair order are. */
export const ORDER = (tenant: string) => `
     (SELECT d.json FROM documents d WHERE d.kind = 'tenant' AND d.id = ${tenant}) AS tenant,
     (${FREE('')}) AS smallest_free,
     (SELECT max(tag) FROM shards) AS largest_given`;
const FLOW = statement(
  'shards.flow',
  `SELECT j.no, j.finish_tag AS finish, j.next_shard, j.weight,
     (SELECT sum(r.weight) FROM jobs r WHERE r.tenant = j.tenant AND r.state = 'running')
       AS weights, ${ORDER('j.tenant')}
   FROM jobs j WHERE j.no = $1`,
);
/** Rows that are locked already, found by their keys. */
const SHARDS_OF = (arrays: string, columns: string) => `(
    SELECT l.ctid AS at, n.* FROM unnest(${arrays}) AS n(${columns}) CROSS JOIN LATERAL (
      SELECT ctid FROM shards WHERE job_no = $1 AND no = n.no LIMIT 1
    ) l
  ) b`;
const MAKE = statement(
  'shards.make',
  `INSERT INTO shards (job_no, no, slice, tasks, size, sealed, first_seq, last_seq, tag, holder)
   SELECT $1, b.no, b.slice, b.tasks, b.size, b.tasks >= b.size OR b.holder IS NOT NULL,
     b.first_seq, b.last_seq, b.tag, b.holder
   FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::float8[],
     $9::bigint[]) AS b(no, slice, tasks, size, first_seq, last_seq, tag, holder)`,
);
const FILL = statement(
  'shards.fill',
  `UPDATE shards s SET tasks = b.tasks, last_seq = b.last_seq, sealed = b.tasks >= s.size
   FROM ${SHARDS_OF('$2::int[], $3::int[], $4::int[]', 'no, tasks, last_seq')}
   WHERE s.ctid = b.at`,
);
const MOVE_FLOW = statement(
  'shards.move_flow',
  'UPDATE jobs SET finish_tag = $2, next_shard = next_shard + $3 WHERE no = $1',
);
const CLOSE = statement(
  'shards.close',
  `UPDATE shards SET done = true, sealed = true, holder = NULL WHERE job_no = $1 AND NOT done`,
);
const END = statement(
  'shards.end',
  `UPDATE shards SET done = true, sealed = true, holder = NULL
   WHERE job_no = $1 AND no = ANY ($2::int[])`,
);
const DONE_OF = statement(
  'shards.done_of',
  `SELECT s.no, b.count::int AS count FROM (
     SELECT t.shard, count(*) FROM ${TASKS_OF('$2')} GROUP BY t.shard
   ) b CROSS JOIN LATERAL (
     SELECT no, done FROM shards WHERE job_no = $1 AND no = b.shard LIMIT 1 FOR UPDATE
   ) s WHERE s.done ORDER BY s.no`,
);
const REOPEN = statement(
  'shards.reopen',
  `UPDATE shards s SET done = false, sealed = true, holder = NULL, tag = b.tag
   FROM ${SHARDS_OF('$2::int[], $3::float8[]', 'no, tag')} WHERE s.ctid = b.at`,
);
const REST = statement(
  'shards.rest',
  `SELECT (SELECT min(tag) FROM shards WHERE job_no = $1 AND holder IS NULL AND NOT done) AS own,
     (${FREE('AND r.no <> $1')}) AS others`,
);
const SHIFT = statement(
  'shards.shift',
  'UPDATE shards SET tag = tag + $2 WHERE job_no = $1 AND holder IS NULL AND NOT done',
);
const SHIFT_FLOW = statement(
  'shards.shift_flow',
  'UPDATE jobs SET finish_tag = finish_tag + $2 WHERE no = $1',
);

/** Who keeps the first new shard, where it has no more tasks than this and none with a lane. */
export interface Keeper {
  readonly holder: number;
  readonly tasks: number;
}

export interface Placed {
  /** Of each task. */
  readonly shardOf: readonly number[];
  /** The shard that its keeper has now. */
  readonly kept: number | undefined;
  readonly written: Promise<void>;
}

const NONE_PLACED: Placed = { shardOf: [], kept: undefined, written: Promise.resolve() };

/** Puts new tasks into shards; resolves while they are being written. The job's row is locked. */
export async function addToShards(
  tx: Tx,
  jobNo: number,
  tasks: readonly NewTask[],
  keeper?: Keeper,
): Promise<Placed> {
  if (tasks.length === 0) return NONE_PLACED;
  const slices = new Set<number>();
  let laneless = false;
  for (const { lane } of tasks) {
    if (lane === '') laneless = true;
    else slices.add(sliceOf(lane));
  }
  const [open, flow] = await Promise.all([
    tx.rows<OpenRow>(OPEN, jobNo, numbers([...slices]), laneless),
    tx.row<FlowRow>(FLOW, jobNo) as Promise<FlowRow>,
  ]);
  return place(tx, flow, open.map(openOf), tasks, keeper);
}

/** The same for the first tasks of a job that the transaction has stored. */
export function addFirstShards(
  tx: Tx,
  flow: FlowRow,
  tasks: readonly NewTask[],
  keeper?: Keeper,
): Placed {
  return tasks.length === 0 ? NONE_PLACED : place(tx, flow, [], tasks, keeper);
}

function place(
  tx: Tx,
  flow: FlowRow,
  open: readonly OpenShard[],
  tasks: readonly NewTask[],
  keeper: Keeper | undefined,
): Placed {
  const plan = planShards(open, flow.next_shard, tasks);
  const first = plan.shards.find(({ fresh }) => fresh);
  const keeps = keeper !== undefined && first !== undefined && first.slice === undefined;
  const kept = keeps && first.tasks <= keeper.tasks ? first.no : undefined;
  const holderOf = (no: number) => (no === kept ? keeper?.holder : undefined);
  const written = write(tx, flow.no, flow, plan, tasks, holderOf);
  // Told to whoever waits for it.
  written.catch(() => {});
  return { shardOf: plan.shardOf, kept, written };
}

/** Nothing of the job is left to do. */
export async function closeShards(tx: Tx, jobNo: number): Promise<void> {
  await tx.run(CLOSE, jobNo);
}

/** None of these has an open task. */
export async function endShards(tx: Tx, jobNo: number, nos: readonly number[]): Promise<void> {
  if (nos.length > 0) await tx.run(END, jobNo, numbers(nos));
}

/** Ended tasks are open again: their shards have something to do, where nobody holds them. */
export async function reopenShards(tx: Tx, jobNo: number, seqs: readonly number[]): Promise<void> {
  type Done = { readonly no: number; readonly count: number };
  const [done, flow] = await Promise.all([
    tx.rows<Done>(DONE_OF, jobNo, numbers(seqs)),
    tx.row<FlowRow>(FLOW, jobNo) as Promise<FlowRow>,
  ]);
  if (done.length === 0) return;
  const { tags, finish } = tagsOf(
    flow,
    done.map(({ count }) => ({ fresh: true, added: count })),
  );
  await Promise.all([
    tx.run(REOPEN, jobNo, numbers(done.map(({ no }) => no)), numbers(tags)),
    tx.run(MOVE_FLOW, jobNo, finish, 0),
  ]);
}

/** The job runs again after a rest: the order has gone on without it. */
export async function resumeShards(tx: Tx, jobNo: number): Promise<void> {
  type Rest = { readonly own: number | null; readonly others: number | null };
  const row = (await tx.row<Rest>(REST, jobNo)) as Rest;
  const shift = restShift(row.own ?? undefined, row.others ?? undefined);
  if (shift === 0) return;
  await Promise.all([tx.run(SHIFT, jobNo, shift), tx.run(SHIFT_FLOW, jobNo, shift)]);
}

async function write(
  tx: Tx,
  jobNo: number,
  flow: FlowRow,
  { shardOf, shards }: ShardPlan,
  tasks: readonly NewTask[],
  holderOf: (no: number) => number | undefined,
): Promise<void> {
  const { tags, finish } = tagsOf(flow, shards);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  shardOf.forEach((no, i) => {
    const { seq } = tasks[i] as NewTask;
    if (!first.has(no)) first.set(no, seq);
    last.set(no, seq);
  });
  const all = shards.map((shard, i) => ({ ...shard, tag: tags[i] }));
  const fresh = all.filter((shard) => shard.fresh);
  const filled = all.filter((shard) => !shard.fresh);
  const columns = (of: typeof all) => [
    numbers(of.map(({ no }) => no)),
    numbers(of.map(({ tasks: count }) => count)),
    numbers(of.map(({ no }) => last.get(no))),
  ];
  const [nos, counts, lasts] = columns(fresh);
  const slices = numbers(fresh.map(({ slice }) => slice));
  const sizes = numbers(fresh.map(({ size }) => size));
  const firsts = numbers(fresh.map(({ no }) => first.get(no)));
  const freshTags = numbers(fresh.map(({ tag }) => tag));
  const holders = numbers(fresh.map(({ no }) => holderOf(no)));
  const make = [nos, slices, counts, sizes, firsts, lasts, freshTags, holders];
  await Promise.all([
    fresh.length > 0 && tx.run(MAKE, jobNo, ...make),
    filled.length > 0 && tx.run(FILL, jobNo, ...columns(filled)),
    tx.run(MOVE_FLOW, jobNo, finish, fresh.length),
  ]);
}

function tagsOf(flow: FlowRow, shards: Parameters<typeof giveTags>[2]) {
  const virtual = virtualTime(flow.smallest_free ?? undefined, flow.largest_given ?? undefined);
  const tenant =
    flow.tenant === null ? DEFAULT_QUOTA : (JSON.parse(flow.tenant) as Partial<Tenant>);
  const weight = flowWeight(tenant.weight ?? DEFAULT_QUOTA.weight, flow.weight, flow.weights ?? 0);
  return giveTags(virtual, { finish: flow.finish, weight }, shards);
}

function openOf({ slice, ...row }: OpenRow): OpenShard {
  return { ...row, slice: slice ?? undefined };
}
