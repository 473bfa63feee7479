/** Loans of lanes: asked → granted → ended → forgotten. */
import { sliceOf } from '../../model/slice.ts';
import { fenced } from '../cluster-rules.ts';
import type { Fence, LoanAsk, LoanEnd, LoanGrant, LoanNews } from '../cluster-store.ts';
import type { Database } from './database.ts';
import { type Statement, statement } from './transaction.ts';

const ME = 'me AS MATERIALIZED (SELECT 1 FROM nodes WHERE fence = $1 FOR KEY SHARE)';
const KNOWN = 'SELECT EXISTS (SELECT 1 FROM me) AS known';

const ASK = statement(
  'loans.ask',
  `INSERT INTO loans (borrower, slice, ask)
   SELECT $1, slice, ask
   FROM unnest($2::int[], $3::text[]) WITH ORDINALITY AS asked (slice, ask, place)
   ORDER BY place RETURNING id`,
);
/** A row without a loan where there is none, no row at all for a number that has ended. */
const NEWS = statement(
  'loans.news',
  `SELECT loan.* FROM nodes LEFT JOIN LATERAL (
     SELECT loans.*, slices.holder FROM loans, slices
     WHERE loans.borrower = $1 AND slices.no = loans.slice
     UNION
     SELECT loans.*, slices.holder FROM slices, loans
     WHERE slices.holder = $1 AND loans.slice = slices.no
   ) AS loan ON true
   WHERE nodes.fence = $1 ORDER BY loan.id`,
);
/** Nobody takes the slices, and grants, before the loans are gone. */
const LOCK_FREE = statement(
  'loans.lock_free',
  'SELECT no FROM slices WHERE no = ANY($1) AND holder IS NULL ORDER BY no FOR SHARE',
);
const VOID = statement(
  'loans.void',
  `DELETE FROM loans WHERE id = ANY($1) AND slice = ANY($2) AND borrower = $3 AND state = 0
   RETURNING id`,
);
const GRANT = statement(
  'loans.grant',
  `WITH ${ME}, granted AS (
     UPDATE loans SET state = 1, term_ms = granted.term_ms
     FROM unnest($2::bigint[], $3::int[]) AS granted (id, term_ms), slices, me
     WHERE loans.id = granted.id AND state = 0 AND slices.no = slice AND slices.holder = $1
   ) ${KNOWN}`,
);
/** What was asked of nobody and is not wanted any more leaves no trace. */
const END = statement(
  'loans.end',
  `WITH ${ME},
     told AS (
       SELECT loans.id, told.feedback, loans.state = 0 AND slices.holder IS NULL AS gone
       FROM unnest($2::bigint[], $3::text[]) AS told (id, feedback), loans, slices, me
       WHERE loans.id = told.id AND borrower = $1 AND state < 2 AND slices.no = slice
     ),
     gone AS (
       DELETE FROM loans USING told WHERE loans.id = told.id AND told.gone AND state = 0
     ),
     ended AS (
       UPDATE loans SET state = 2, feedback = told.feedback, ended_at = clock_timestamp()
       FROM told WHERE loans.id = told.id AND NOT told.gone AND state < 2
     )
   ${KNOWN}`,
);
const FORGET = statement(
  'loans.forget',
  `WITH ${ME}, forgotten AS (
     DELETE FROM loans USING slices, me
     WHERE id = ANY($2) AND state = 2 AND slices.no = slice AND slices.holder = $1
   ) ${KNOWN}`,
);

const [ASKED, GRANTED, ENDED] = [0, 1, 2];

interface LoanRow {
  readonly id: number;
  readonly slice: number;
  /** JSON text. */
  readonly ask: string;
  readonly borrower: Fence;
  readonly state: number;
  readonly term_ms: number;
  readonly feedback: string | null;
  /** Of the slice. */
  readonly holder: Fence | null;
}

export class ClusterLoans {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async ask(fence: Fence, asks: readonly LoanAsk[]): Promise<readonly number[]> {
    return this.#database.write(async (tx) => {
      const rows = await tx.rows<{ id: number }>(
        ASK,
        fence,
        asks.map(({ lane }) => sliceOf(lane)),
        asks.map(({ lane, tenant, limits }) => JSON.stringify({ lane, tenant, limits })),
      );
      return rows.map(({ id }) => id).sort((a, b) => a - b);
    }, fence);
  }

  async news(fence: Fence): Promise<LoanNews> {
    const rows = await this.#database.rows<LoanRow | { id: null }>(NEWS, fence);
    if (rows.length === 0) throw fenced();
    const loans = rows.filter((row) => row.id !== null);
    const mine = loans.filter(({ borrower }) => borrower === fence);
    const owned = loans.filter(({ holder }) => holder === fence);
    const gone = mine.filter(({ state, holder }) => state === ASKED && holder === null);
    return {
      asked: owned.filter(({ state }) => state === ASKED).map(toldOf),
      granted: mine
        .filter(({ state }) => state === GRANTED)
        .map(({ id, term_ms }) => ({ id, termMs: term_ms })),
      void: await this.#drop(fence, gone),
      ended: owned.filter(({ state }) => state === ENDED).map(endOf),
      outstanding: owned.filter(({ state }) => state === GRANTED).map(toldOf),
    };
  }

  grant(fence: Fence, grants: readonly LoanGrant[]): Promise<void> {
    const ids = grants.map(({ id }) => id);
    return this.#do(
      GRANT,
      fence,
      ids,
      grants.map(({ termMs }) => termMs),
    );
  }

  end(fence: Fence, ends: readonly LoanEnd[]): Promise<void> {
    const ids = ends.map(({ id }) => id);
    const feedback = ends.map((end) => (end.feedback ? JSON.stringify(end.feedback) : null));
    return this.#do(END, fence, ids, feedback);
  }

  forget(fence: Fence, ids: readonly number[]): Promise<void> {
    return this.#do(FORGET, fence, ids);
  }

  /** Removes those that nobody can grant; tells of each once. */
  async #drop(fence: Fence, loans: readonly LoanRow[]): Promise<readonly number[]> {
    if (loans.length === 0) return [];
    return this.#database.write(async (tx) => {
      const slices = loans.map(({ slice }) => slice);
      const free = await tx.rows<{ no: number }>(LOCK_FREE, slices);
      const ids = loans.map(({ id }) => id);
      const numbers = free.map(({ no }) => no);
      const gone = await tx.rows<{ id: number }>(VOID, ids, numbers, fence);
      return gone.map(({ id }) => id).sort((a, b) => a - b);
    }, fence);
  }

  async #do(asked: Statement, ...values: readonly unknown[]): Promise<void> {
    const answer = await this.#database.row<{ known: boolean }>(asked, ...values);
    if (!answer?.known) throw fenced();
  }
}

function toldOf({ id, ask, borrower }: LoanRow) {
  return { ...(JSON.parse(ask) as LoanAsk), id, borrower };
}

function endOf({ id, feedback }: LoanRow): LoanEnd {
  return { id, feedback: feedback === null ? undefined : JSON.parse(feedback) };
}
