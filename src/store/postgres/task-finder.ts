/**
 * Rows by what has become of them. Failed, cancelled and waiting ones have indexes of their own;
 * for the others a bounded range of rows is looked through, and the answer says where to go on.
 */
import type { Job } from '../../model/job.ts';
import { openTasks } from '../../model/job.ts';
import type { FoundTask, RowResult, TaskPage, TaskQuery } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';
import { packedSeqs } from './end-pack-table.ts';
import { END, groupNumbers } from './failure-table.ts';
import type { JobPlace } from './job-table.ts';
import type { Found, OpenRows, Walk } from './open-rows.ts';
import { TASKS_OF, WITH_END } from './open-sql.ts';
import { answersTo } from './result-reader.ts';
import { type Statement, statement, type Tx } from './transaction.ts';
import { numbers } from './values.ts';

/** Runs of rows that one page reads where no index helps. */
const WALK_RUNS = 2;
const WALK_ROWS = WALK_RUNS * 2 ** 14;

const ended = (name: keyof typeof END) =>
  statement(
    `finder.${name}`,
    `SELECT seq FROM ends WHERE job_no = $1 AND state = ${END[name]} AND seq BETWEEN $2 AND $3
     ORDER BY seq LIMIT $4`,
  );

/** Rows between two, in order. That of a group takes its number first. */
export const FIND = {
  all: statement(
    'finder.all',
    `SELECT seq FROM tasks WHERE job_no = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4`,
  ),
  completed: ended('completed'),
  discarded: ended('discarded'),
  refused: ended('refused'),
  cancelled: ended('cancelled'),
  waiting: statement(
    'finder.waiting',
    `SELECT seq FROM progress WHERE job_no = $1 AND seq BETWEEN $2 AND $3 AND run_at IS NOT NULL
     ORDER BY seq LIMIT $4`,
  ),
} as const;
export const FIND_GROUP = statement(
  'finder.group',
  `SELECT seq FROM ends WHERE failure_group = $1 AND seq BETWEEN $2 AND $3
   ORDER BY seq LIMIT $4`,
);
const INPUTS = statement(
  'finder.inputs',
  `SELECT t.seq, t.input, coalesce(octet_length(t.input), 0)
     + coalesce(e.bytes, 0)
     + coalesce((SELECT sum(octet_length(r.json)) FROM records r
         WHERE r.job_no = t.job_no AND r.seq = t.seq), 0)::int AS bytes
   FROM ${TASKS_OF('$2')} ${WITH_END} ORDER BY t.seq`,
);

/** What one of them has found bounds how far the next one has to look. */
const CHEAPEST_FIRST: readonly RowResult['state'][] = [
  'discarded',
  'cancelled',
  'waiting',
  'completed',
  'available',
];

type Find = (walk: Walk) => Promise<Found>;

/** Within one read of the database. */
export async function findTasks(
  tx: Tx,
  open: OpenRows,
  job: Job,
  place: JobPlace,
  query: TaskQuery,
): Promise<TaskPage> {
  const from = Math.max(0, query.after + 1);
  const to = place.rowCount - 1;
  if (from > to || query.limit <= 0) return { rows: [], next: undefined };
  // One more than is asked for tells whether there is more.
  const limit = query.limit + 1;
  const found: number[] = [];
  let upTo = to;
  for (const find of await finds(tx, open, job, place, query)) {
    const more = await find({ from, to: upTo, limit, runs: WALK_RUNS });
    found.push(...more.seqs);
    upTo = more.upTo;
  }
  const seqs = found.filter((seq) => seq <= upTo).sort((a, b) => a - b);
  const rows = await rowsOf(tx, place.no, seqs.slice(0, query.limit));
  const last = rows.at(-1);
  if (last !== undefined && rows.length < seqs.length) return { rows, next: last.seq };
  return { rows, next: upTo < to ? upTo : undefined };
}

/** The first row without an end from `seq` on, as far as one piece of work goes. */
export async function firstOpen(
  tx: Tx,
  open: OpenRows,
  place: JobPlace,
  seq: number,
): Promise<{ readonly found: number | undefined; readonly next: number | undefined }> {
  const to = place.rowCount - 1;
  const walk = { from: Math.max(0, seq), to, runs: WALK_RUNS };
  const { seqs, upTo } = await open.first(tx, place, walk);
  return { found: seqs[0], next: seqs.length === 0 && upTo < to ? upTo + 1 : undefined };
}

async function finds(
  tx: Tx,
  open: OpenRows,
  job: Job,
  place: JobPlace,
  { fingerprint, states = CHEAPEST_FIRST }: TaskQuery,
): Promise<readonly Find[]> {
  if (fingerprint !== undefined) {
    if (!states.includes('discarded')) return [];
    const groups = await groupNumbers(tx, place.no, fingerprint);
    return groups.map((no) => indexed(tx, FIND_GROUP, no));
  }
  const all = CHEAPEST_FIRST.every((state) => states.includes(state));
  if (all) {
    return [
      ({ from, to, limit }) => packedSeqs(tx, 'tasks', place.no, from, to, limit),
      indexed(tx, FIND.all, place.no),
    ];
  }
  const { counters } = job;
  const counts = { ...counters, available: openTasks(counters) - counters.waiting };
  return CHEAPEST_FIRST.filter((state) => states.includes(state) && counts[state] > 0).flatMap(
    (state) => findsOf(tx, open, place, state),
  );
}

function findsOf(
  tx: Tx,
  open: OpenRows,
  place: JobPlace,
  state: RowResult['state'],
): readonly Find[] {
  if (state === 'available') return [(walk) => open.available(tx, place, walk)];
  const completed = indexed(tx, FIND.completed, place.no);
  if (state === 'completed') {
    const within = ({ from, to }: Walk) => Math.min(to, from + WALK_ROWS - 1);
    return [
      (walk) => packedSeqs(tx, 'ends', place.no, walk.from, within(walk), walk.limit),
      (walk) => completed({ ...walk, to: within(walk) }),
    ];
  }
  const names = state === 'discarded' ? (['discarded', 'refused'] as const) : [state];
  return names.map((name) => indexed(tx, FIND[name], place.no));
}

function indexed(tx: Tx, asked: Statement, first: number): Find {
  return async ({ from, to, limit }) => {
    const rows = await tx.rows<{ seq: number }>(asked, first, from, to, limit);
    const seqs = rows.map(({ seq }) => seq);
    return { seqs, upTo: seqs.length < limit ? to : (seqs.at(-1) as number) };
  };
}

/** One at least, and no more than fit into one answer. */
async function rowsOf(
  tx: Tx,
  jobNo: number,
  seqs: readonly number[],
): Promise<readonly FoundTask[]> {
  if (seqs.length === 0) return [];
  type Input = { readonly seq: number; readonly input: string | null; readonly bytes: number };
  const inputs = await tx.rows<Input>(INPUTS, jobNo, numbers(seqs));
  const fit: Input[] = [];
  let bytes = 0;
  for (const row of inputs) {
    if (bytes >= PAGE_CHARS_MAX) break;
    fit.push(row);
    bytes += row.bytes;
  }
  const answers = await answersTo(
    tx,
    jobNo,
    fit.map(({ seq }) => seq),
  );
  return fit.map(({ seq, input }) => {
    const answer = answers.get(seq) as Omit<FoundTask, 'seq' | 'duplicateOf' | 'input'>;
    return { seq, ...answer, duplicateOf: undefined, input: input ?? undefined };
  });
}
