/**
 * Claims: which shards a node takes next. Those that are taken at the same moment by others are
 * passed over without waiting (`SKIP LOCKED`). Locks on slices come before locks on shards, and
 * neither is waited for, so claims cannot stand in each other's way.
 *
 * What a claim costs depends on what it takes: shards are read in fair order, job by job, and those
 * whose slice another node holds are marked with it (`owner`) when they are met. A node meets only
 * what nobody has marked, and what is marked as its own.
 */
import { fenced } from '../cluster-rules.ts';
import type { Claim, ClaimAsk, ClaimedShard, Fence, SliceHeld } from '../cluster-store.ts';
import {
  type Candidate,
  claimedOf,
  inPack,
  type OpenTask,
  type PackRow,
  type Taken,
} from './claim-rows.ts';
import { FINISH, named, OPEN_ONLY, OPEN_SHARDS, placeKey, TASKS_OF } from './cluster-shards.ts';
import { type FreeSlice, lockFreeSlices, takeLocked } from './cluster-slices.ts';
import type { Database } from './database.ts';
import { PACKS_BETWEEN, PACKS_OF_SHARD, TASK_COLUMNS } from './open-sql.ts';
import { type Statement, statement, type Tx } from './transaction.ts';
import { numbers, toName } from './values.ts';

/** Shards looked at first, over all jobs; twice as many each time that these are not enough. */
const LOOK = 48;
const LOOK_PER_JOB_MIN = 2;
const LOOK_PER_JOB_MAX = 100_000;
/** Shards of a job among which a full node looks for other lanes: else it would look at all. */
const WIDE_LOOK = 2_000;
const TRIES = 5;
/** Nodes that look at the same moment want the same shards: so many behind them stand by. */
const SPARES = 8;

const FREE = 'holder IS NULL AND NOT done';
const OF_OWNER = (owner: string) => `
  (SELECT * FROM (
     SELECT no, slice, tasks, tag, owner FROM shards
     WHERE job_no = jobs.no AND owner = ${owner} AND ${FREE} ORDER BY tag, no LIMIT $7
   ) first WHERE $6::int[] IS NULL OR slice <> ALL($6) ORDER BY tag, no LIMIT $5)`;
export const CANDIDATES = statement(
  'claim.candidates',
  `SELECT jobs.no AS job_no, jobs.id, shard.*, slices.holder AS "sliceHolder"
   FROM jobs CROSS JOIN LATERAL (${OF_OWNER('0')} UNION ALL ${OF_OWNER('$1')}) AS shard
     LEFT JOIN slices ON slices.no = shard.slice
   WHERE jobs.state = 'running' AND ($2::text IS NULL OR jobs.id = $2)
     AND jobs.id <> ALL($3::text[]) AND jobs.tenant <> ALL($4::text[])
   ORDER BY shard.tag, jobs.no, shard.no`,
);
/** Whether anything is there to be looked at: an answer that costs no transaction. */
const ANY = (owner: string) => `
  (SELECT 1 FROM shards WHERE job_no = jobs.no AND owner = ${owner} AND ${FREE} LIMIT 1)`;
const PEEK = statement(
  'claim.peek',
  `SELECT EXISTS (SELECT 1 FROM nodes WHERE fence = $1) AS known, EXISTS (
     SELECT 1 FROM jobs CROSS JOIN LATERAL (${ANY('0')} UNION ALL ${ANY('$1')}) AS shard
     WHERE jobs.state = 'running' AND ($2::text IS NULL OR jobs.id = $2)
       AND jobs.id <> ALL($3::text[]) AND jobs.tenant <> ALL($4::text[])
   ) AS more`,
);
const PASSED = (table: string) => `EXISTS (
     SELECT 1 FROM ${table} WHERE ${table}.job_no = shards.job_no
       AND ${table}.seq BETWEEN shards.first_seq AND shards.last_seq)`;
const TAKE = statement(
  'claim.take',
  `UPDATE shards SET holder = $1, sealed = true, begun = false FROM (
     SELECT shards.job_no, shards.no
     FROM unnest($2::int[], $3::int[]) WITH ORDINALITY AS asked (job_no, no, place)
       JOIN shards ON shards.job_no = asked.job_no AND shards.no = asked.no AND ${FREE}
     ORDER BY asked.place LIMIT $4 FOR UPDATE OF shards SKIP LOCKED
   ) AS free WHERE shards.job_no = free.job_no AND shards.no = free.no
   RETURNING shards.job_no, shards.no, shards.losses, shards.open_then,
     NOT ${PASSED('ends')} AND NOT ${PASSED('progress')} AND NOT EXISTS (
       SELECT 1 FROM end_packs p
       WHERE ${PACKS_BETWEEN('p', 'shards.job_no', 'shards.first_seq', 'shards.last_seq')}
     ) AS untouched`,
);
const NAMED = 'SELECT * FROM unnest($1::int[], $2::int[]) AS named (job_no, no)';
/** Of shards of whose tasks none has come any further since they were planned. */
const UNTOUCHED = statement(
  'claim.untouched',
  `SELECT t.job_no, t.shard, t.seq, t.input, t.lane
   FROM (${NAMED}) AS named CROSS JOIN LATERAL (
     SELECT * FROM tasks x WHERE x.job_no = named.job_no AND x.shard = named.no OFFSET 0
   ) AS t ORDER BY t.job_no, t.shard, t.seq`,
);
const UNTOUCHED_PACKS = statement(
  'claim.untouched_packs',
  `SELECT packs.* FROM (${NAMED}) AS named CROSS JOIN LATERAL (
     ${PACKS_OF_SHARD(
       'tp.job_no, tp.shard, tp.first_seq, tp.inputs',
       'named.job_no',
       'named.no',
     )} OFFSET 0
   ) AS packs ORDER BY packs.job_no, packs.shard, packs.first_seq`,
);
const TASKS = statement(
  'claim.tasks',
  `SELECT t.job_no, t.shard, p.run_at, ${TASK_COLUMNS}
   FROM ${TASKS_OF(NAMED)}
     LEFT JOIN LATERAL (
       SELECT * FROM progress WHERE progress.job_no = t.job_no AND progress.seq = t.seq LIMIT 1
     ) AS p ON true
   WHERE ${OPEN_ONLY} ORDER BY t.job_no, t.shard, t.seq`,
);
/** Tasks may just be opened again where the row of the job is locked: their shard stays. */
const LOCK_JOBS = statement(
  'claim.lock_jobs',
  'SELECT no FROM jobs WHERE no = ANY($1::int[]) ORDER BY no FOR KEY SHARE SKIP LOCKED',
);
const LET_GO = statement(
  'claim.let_go',
  `UPDATE shards SET holder = NULL FROM unnest($1::int[], $2::int[]) AS named (job_no, no)
   WHERE shards.job_no = named.job_no AND shards.no = named.no`,
);
/** Who gives a slice back waits for this, and then clears what it has marked. */
const MARK = statement(
  'claim.mark',
  `WITH held AS MATERIALIZED (
     SELECT no, holder FROM slices WHERE no = ANY($3::int[]) AND holder IS NOT NULL
     ORDER BY no FOR SHARE SKIP LOCKED
   ), passed AS MATERIALIZED (
     SELECT shards.job_no, shards.no, held.holder
     FROM unnest($1::int[], $2::int[]) AS named (job_no, no)
       JOIN shards ON shards.job_no = named.job_no AND shards.no = named.no AND ${FREE}
       JOIN held ON held.no = shards.slice
     FOR UPDATE OF shards SKIP LOCKED
   )
   UPDATE shards SET owner = passed.holder FROM passed
   WHERE shards.job_no = passed.job_no AND shards.no = passed.no`,
);
const WAIT = statement(
  'claim.wait',
  'SELECT 1 FROM shards WHERE job_no = $1 AND no = $2 FOR SHARE',
);
const WAIT_SLICE = statement('claim.wait_slice', 'SELECT 1 FROM slices WHERE no = $1 FOR SHARE');

export class ClusterClaim {
  readonly #database: Database;
  /** The last claim brought nothing. */
  #idle = false;
  /** Jobs that had something to take when it was last looked. */
  #jobs = 1;

  constructor(database: Database) {
    this.#database = database;
  }

  async claim(fence: Fence, ask: ClaimAsk): Promise<Claim> {
    // Asked besides: it says nothing of what the others find.
    const beside = ask.notSlices !== undefined;
    for (let tries = 1; ; tries += 1) {
      if (this.#idle && !beside && !(await this.#peek(fence, ask)))
        return { shards: [], slices: [] };
      const look = async (tx: Tx) => {
        const attempt = new Attempt(tx, fence, ask, this.#jobs);
        await attempt.run();
        return attempt;
      };
      const attempt = await this.#database.write(look, fence, ({ changed }) => changed);
      this.#jobs = Math.max(1, attempt.jobs);
      const { shards, slices, busy } = attempt;
      if (!beside) this.#idle = shards.length === 0;
      if (shards.length > 0 || busy === undefined || tries === TRIES) return { shards, slices };
      // All that there was is being taken by others, who may leave it.
      await this.#database.rows(WAIT, busy.job_no, busy.no);
      if (busy.slice !== null) await this.#database.rows(WAIT_SLICE, busy.slice);
    }
  }

  async #peek(fence: Fence, { jobId, notJobs, notTenants }: ClaimAsk): Promise<boolean> {
    const jobs = [jobId === undefined ? null : toName(jobId), notJobs.map(toName)];
    const values = [fence, ...jobs, notTenants.map(toName)];
    const seen = await this.#database.row<{ known: boolean; more: boolean }>(PEEK, ...values);
    if (!seen?.known) throw fenced();
    return seen.more;
  }
}

/** One claim within its transaction. */
class Attempt {
  readonly shards: ClaimedShard[] = [];
  slices: readonly SliceHeld[] = [];
  /** Something was written. */
  changed = false;
  /** The first that could not be had at once. */
  busy: Candidate | undefined;
  jobs = 0;
  readonly #tx: Tx;
  readonly #fence: Fence;
  readonly #ask: ClaimAsk;
  readonly #free = new Map<number, FreeSlice>();
  readonly #used = new Set<number>();
  readonly #passed = new Map<string, Candidate>();
  readonly #skipped = new Set<string>();
  readonly #ended: Taken[] = [];
  #look: number;
  #left: number;

  constructor(tx: Tx, fence: Fence, ask: ClaimAsk, jobs: number) {
    this.#tx = tx;
    this.#fence = fence;
    this.#ask = ask;
    this.#left = ask.tasks;
    this.#look = Math.max(LOOK_PER_JOB_MIN, Math.ceil(LOOK / jobs));
  }

  async run(): Promise<void> {
    const tx = this.#tx;
    for (let all = false; this.#left > 0 && !all; ) {
      const found = await this.#candidates();
      all = found.all || this.#look === LOOK_PER_JOB_MAX;
      await this.#take(found.inOrder);
      this.#look = Math.min(LOOK_PER_JOB_MAX, this.#look * 2);
    }
    const used = [...this.#free.values()].filter(({ slice }) => this.#used.has(slice));
    used.sort((a, b) => a.slice - b.slice);
    this.slices = await takeLocked(tx, this.#fence, used);
    await this.#close();
    const passed = [...this.#passed.values()];
    if (passed.length === 0) return;
    this.changed = true;
    await tx.run(MARK, ...named(passed), numbers(passed.map(({ slice }) => slice)));
  }

  /** What may be taken, in order, as far as it is known; `all` = there is nothing behind it. */
  async #candidates() {
    const { jobId, notJobs, notTenants, notSlices } = this.#ask;
    const rows = await this.#tx.rows<Candidate>(
      CANDIDATES,
      this.#fence,
      jobId === undefined ? null : toName(jobId),
      notJobs.map(toName),
      notTenants.map(toName),
      this.#look,
      notSlices === undefined ? null : numbers(notSlices),
      notSlices === undefined ? this.#look : Math.max(WIDE_LOOK, this.#look),
    );
    const counts = new Map<string, number>();
    let end = rows.length;
    for (const [i, { job_no, owner }] of rows.entries()) {
      const key = `${job_no}/${owner}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      // More of this job may come before what follows.
      if (count === this.#look) end = Math.min(end, i + 1);
    }
    this.jobs = Math.max(this.jobs, new Set(rows.map(({ job_no }) => job_no)).size);
    const all = ![...counts.values()].includes(this.#look);
    const inOrder = rows.slice(0, end).filter((row) => {
      const key = placeKey(row);
      if (this.#skipped.has(key) || this.#passed.has(key)) return false;
      if (row.sliceHolder === null || row.sliceHolder === this.#fence) return true;
      this.#passed.set(key, row);
      return false;
    });
    return { inOrder, all };
  }

  async #take(candidates: readonly Candidate[]): Promise<void> {
    for (let rest = candidates; rest.length > 0 && this.#left > 0; ) {
      const count = countFor(rest, this.#left);
      const first = rest.slice(0, count);
      rest = rest.slice(count);
      const ready = await this.#withSlices(first);
      const asked = [...ready, ...sparesFor(first, rest)];
      const taken = await this.#tx.rows<Taken>(TAKE, this.#fence, ...named(asked), ready.length);
      const keys = new Set(taken.map(placeKey));
      for (const shard of first) {
        if (keys.has(placeKey(shard))) continue;
        this.#skipped.add(placeKey(shard));
        this.busy ??= shard;
      }
      rest = rest.filter((shard) => !keys.has(placeKey(shard)));
      await this.#load(asked, taken);
    }
  }

  /** Those whose slice is the node's, or now locked for it. */
  async #withSlices(shards: readonly Candidate[]): Promise<readonly Candidate[]> {
    const free = shards.filter(({ slice, sliceHolder }) => {
      return slice !== null && sliceHolder === null && !this.#free.has(slice);
    });
    if (free.length > 0) {
      const asked = [...new Set(free.map(({ slice }) => slice as number))];
      for (const slice of await lockFreeSlices(this.#tx, asked)) {
        this.#free.set(slice.slice, slice);
      }
    }
    return shards.filter(({ slice, sliceHolder }) => {
      return slice === null || sliceHolder === this.#fence || this.#free.has(slice);
    });
  }

  async #load(candidates: readonly Candidate[], taken: readonly Taken[]): Promise<void> {
    if (taken.length === 0) return;
    this.changed = true;
    const load = async <Row>(asked: Statement, of: readonly Taken[]) =>
      of.length === 0 ? [] : this.#tx.rows<Row>(asked, ...named(of));
    const untouched = taken.filter((shard) => shard.untouched);
    const [packs, fresh, others] = await Promise.all([
      load<PackRow>(UNTOUCHED_PACKS, untouched),
      load<OpenTask>(UNTOUCHED, untouched),
      load<OpenTask>(
        TASKS,
        taken.filter((shard) => !shard.untouched),
      ),
    ]);
    const tasks = [...packs.flatMap(inPack), ...fresh, ...others];
    if (packs.length > 0 && fresh.length > 0) tasks.sort((a, b) => a.seq - b.seq);
    const open = new Map<string, OpenTask[]>();
    for (const task of tasks) {
      const key = placeKey({ job_no: task.job_no, no: task.shard });
      const known = open.get(key);
      if (known === undefined) open.set(key, [task]);
      else known.push(task);
    }
    const byKey = new Map(taken.map((shard) => [placeKey(shard), shard]));
    for (const candidate of candidates) {
      const shard = byKey.get(placeKey(candidate));
      const rows = open.get(placeKey(candidate));
      if (shard === undefined) continue;
      if (rows === undefined) {
        this.#ended.push(shard);
        continue;
      }
      this.#left -= rows.length;
      if (candidate.slice !== null) this.#used.add(candidate.slice);
      this.shards.push(claimedOf(candidate, shard, rows));
    }
  }

  /** Closes what turned out to have no open task. */
  async #close(): Promise<void> {
    if (this.#ended.length === 0) return;
    const tx = this.#tx;
    const jobs = await tx.rows<{ no: number }>(
      LOCK_JOBS,
      numbers(this.#ended.map(({ job_no }) => job_no)),
    );
    const locked = new Set(jobs.map(({ no }) => no));
    const open = await tx.rows<Taken>(OPEN_SHARDS, ...named(this.#ended));
    const keys = new Set(open.map(placeKey));
    const isEnded = (shard: Taken) => locked.has(shard.job_no) && !keys.has(placeKey(shard));
    const ended = this.#ended.filter(isEnded);
    const left = this.#ended.filter((shard) => !isEnded(shard));
    if (ended.length > 0) await tx.run(FINISH, ...named(ended));
    if (left.length > 0) await tx.run(LET_GO, ...named(left));
  }
}

/** How many of the shards, as they were made, have so many tasks. */
function countFor(shards: readonly Candidate[], tasks: number): number {
  let sum = 0;
  const at = shards.findIndex((shard) => {
    sum += shard.tasks;
    return sum >= tasks;
  });
  return at === -1 ? shards.length : at + 1;
}

/** What is taken in place of shards that others are just taking; it needs no slice. */
function sparesFor(shards: readonly Candidate[], behind: readonly Candidate[]) {
  const tasksMax = Math.max(...shards.map(({ tasks }) => tasks));
  return behind.slice(0, SPARES).filter(({ slice, tasks }) => slice === null && tasks <= tasksMax);
}
