/** What one node does at a time: leads of jobs, and roles by name. */
import { fenced } from '../cluster-rules.ts';
import type { Fence } from '../cluster-store.ts';
import type { Database } from './database.ts';
import { type Statement, statement, type Tx } from './transaction.ts';
import { fromName, toName } from './values.ts';

/** Each is one statement: nothing comes between the look at the number and what is written. */
const ME = 'me AS MATERIALIZED (SELECT 1 FROM nodes WHERE fence = $1 FOR KEY SHARE)';

const LEAD = statement(
  'leads.take',
  `WITH ${ME},
     job AS (SELECT no FROM jobs WHERE id = $2 AND state = 'running'),
     taken AS (
       INSERT INTO leads (job_no, holder) SELECT no, $1 FROM job, me
       ON CONFLICT (job_no) DO NOTHING RETURNING 1
     )
   SELECT EXISTS (SELECT 1 FROM me) AS known, EXISTS (SELECT 1 FROM taken)
     OR EXISTS (SELECT 1 FROM leads, job WHERE job_no = job.no AND holder = $1) AS held`,
);
const UNLEAD = statement(
  'leads.give',
  `WITH ${ME},
     given AS (
       DELETE FROM leads USING jobs, me
       WHERE jobs.id = $2 AND job_no = jobs.no AND holder = $1
     )
   SELECT EXISTS (SELECT 1 FROM me) AS known, false AS held`,
);
const LEADERLESS = statement(
  'leads.none',
  `SELECT id FROM jobs WHERE state = 'running'
     AND NOT EXISTS (SELECT 1 FROM leads WHERE job_no = jobs.no)
   ORDER BY id LIMIT $1`,
);
const TAKE = statement(
  'roles.take',
  `WITH ${ME},
     taken AS (
       INSERT INTO roles (role, holder) SELECT $2, $1 FROM me
       ON CONFLICT (role) DO NOTHING RETURNING 1
     )
   SELECT EXISTS (SELECT 1 FROM me) AS known, EXISTS (SELECT 1 FROM taken)
     OR EXISTS (SELECT 1 FROM roles WHERE role = $2 AND holder = $1) AS held`,
);
const GIVE = statement(
  'roles.give',
  `WITH ${ME}, given AS (DELETE FROM roles USING me WHERE role = $2 AND holder = $1)
   SELECT EXISTS (SELECT 1 FROM me) AS known, false AS held`,
);

/** Within the transaction that stores a job: it is led where nothing stands against it. */
export async function leadNew(tx: Tx, fence: Fence, jobId: string): Promise<boolean> {
  const answer = await tx.row<{ held: boolean }>(LEAD, fence, toName(jobId));
  return answer?.held === true;
}

export class ClusterRoles {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  lead(fence: Fence, jobId: string): Promise<boolean> {
    return this.#do(LEAD, fence, jobId);
  }

  async unlead(fence: Fence, jobId: string): Promise<void> {
    await this.#do(UNLEAD, fence, jobId);
  }

  async leaderless(limit: number): Promise<readonly string[]> {
    const jobs = await this.#database.rows<{ id: string }>(LEADERLESS, Math.max(0, limit));
    return jobs.map(({ id }) => fromName(id));
  }

  take(fence: Fence, role: string): Promise<boolean> {
    return this.#do(TAKE, fence, role);
  }

  async give(fence: Fence, role: string): Promise<void> {
    await this.#do(GIVE, fence, role);
  }

  async #do(asked: Statement, fence: Fence, name: string): Promise<boolean> {
    const values = [fence, toName(name)];
    const answer = await this.#database.row<{ known: boolean; held: boolean }>(asked, ...values);
    if (!answer?.known) throw fenced();
    return answer.held;
  }
}
