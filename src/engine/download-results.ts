import type { Failure } from '../model/failure.ts';
import type { RowResult, Store } from '../store/store.ts';

/** What a row's `status` column says. */
export type RowStatus = 'completed' | 'failed' | 'cancelled' | 'waiting' | 'pending';

const STATUS: Readonly<Record<RowResult['state'], RowStatus>> = {
  completed: 'completed',
  discarded: 'failed',
  cancelled: 'cancelled',
  waiting: 'waiting',
  available: 'pending',
};

/** A row of the download: what is known of it at the moment it is read. */
export interface DownloadedRow {
  readonly status: RowStatus;
  /** Why it failed, or what it waits for. */
  readonly failure: Failure | undefined;
  /** JSON texts in order. */
  readonly records: readonly string[];
  /** The records are those of an earlier row. */
  readonly repeats?: boolean;
}

/** A row that has not been planned yet. */
export const PENDING_ROW: DownloadedRow = { status: 'pending', failure: undefined, records: [] };

const PAGE_ROWS_FIRST = 32;
const PAGE_ROWS_MAX = 500;
/** Size of the records of one page that is aimed at, in UTF-16 units. */
const PAGE_CHARS = 4 * 2 ** 20;

/**
 * Walks a job's results in the order of the rows while the job may still be running. A page's size
 * follows the size of the records in the page before, so that a few rows with a great many records
 * do not fill the memory. Once a page comes back empty, the rest counts as not planned yet: a
 * download is a view of the moment, not a race with the planner.
 */
export class ResultWalk {
  readonly #store: Pick<Store, 'results'>;
  readonly #jobId: string;
  #page: readonly RowResult[] = [];
  #at = 0;
  #nextSeq = 0;
  #limit = PAGE_ROWS_FIRST;
  #ended = false;

  constructor(store: Pick<Store, 'results'>, jobId: string) {
    this.#store = store;
    this.#jobId = jobId;
  }

  /** Whether the next row is in memory: `take` answers without waiting. */
  get ready(): boolean {
    return this.#ended || this.#at < this.#page.length;
  }

  /** Fetches the next page. */
  async fill(): Promise<void> {
    const limit = this.#limit;
    this.#page = await this.#store.results(this.#jobId, this.#nextSeq, limit);
    this.#at = 0;
    this.#ended = this.#page.length === 0;
    const last = this.#page.at(-1);
    if (last !== undefined) this.#nextSeq = last.seq + 1;
    let chars = 0;
    for (const { records } of this.#page) for (const record of records) chars += record.length;
    const each = chars / Math.max(1, this.#page.length);
    const fitting = Math.floor(PAGE_CHARS / Math.max(1, each));
    this.#limit = Math.max(1, Math.min(PAGE_ROWS_MAX, fitting, limit * 4));
  }

  /** The result of row `seq`; rows must be asked for in order, with `ready` true. */
  take(seq: number): DownloadedRow {
    const result = this.#page[this.#at];
    if (result === undefined || result.seq !== seq) return PENDING_ROW;
    this.#at += 1;
    const { failure, records, state, duplicateOf } = result;
    return { status: STATUS[state], failure, records, repeats: duplicateOf !== undefined };
  }

  /** The same as the store has it. */
  nextResult(): RowResult | undefined {
    const result = this.#page[this.#at];
    if (result !== undefined) this.#at += 1;
    return result;
  }

  /** The next row, whatever its number; undefined after the last. With `ready` true. */
  takeNext(): DownloadedRow | undefined {
    const result = this.#page[this.#at];
    return result === undefined ? undefined : this.take(result.seq);
  }
}
