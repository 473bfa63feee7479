/** Rows that are streamed into a table, one by one, each with a name of its own if it has one. */
import { type ErrorProto, invalid } from './problems.ts';
import { readRow } from './row-values.ts';
import type { Table, Warehouse } from './warehouse.ts';

export interface InsertAllRules {
  readonly warehouse: Warehouse;
  readonly insertIdMs: number;
  readonly streamMs: number;
  readonly nowMs: () => number;
}

interface SentRow {
  readonly insertId?: string;
  readonly json?: unknown;
}

interface RowErrors {
  readonly index: number;
  readonly errors: readonly ErrorProto[];
}

const ROWS_MAX = 50_000;
const PARTIAL_EVERY = 3;
const BUSY: ErrorProto = {
  reason: 'backendError',
  location: '',
  debugInfo: '',
  message: 'The row could not be written. Retrying may solve the problem.',
};
const STOPPED: ErrorProto = { reason: 'stopped', location: '', debugInfo: '', message: '' };

export class Streaming {
  readonly #rules: InsertAllRules;
  /** By table and insertId: until when it is known again. */
  readonly #seen = new Map<string, number>();

  constructor(rules: InsertAllRules) {
    this.#rules = rules;
  }

  /** Rows that were taken, and those that were not. Throws a Problem. */
  async insert(
    table: Table,
    body: Readonly<Record<string, unknown>>,
    partial: boolean,
  ): Promise<{ readonly taken: number; readonly insertErrors: readonly RowErrors[] }> {
    const { warehouse, nowMs, insertIdMs, streamMs } = this.#rules;
    const sent = (body.rows ?? []) as readonly SentRow[];
    if (sent.length === 0) throw invalid('No rows present in the request.');
    if (sent.length > ROWS_MAX)
      throw invalid(`too many rows present in the request, limit: ${ROWS_MAX}`);
    const rules = { ignoreUnknown: body.ignoreUnknownValues === true, jsonText: true };
    const reads = sent.map(({ json }) => readRow(table.fields, json ?? {}, rules));
    const bad = reads.flatMap((read, index) =>
      'error' in read ? [{ index, errors: [read.error] }] : [],
    );
    if (bad.length > 0 && body.skipInvalidRows !== true) {
      const refused = new Set(bad.map(({ index }) => index));
      const others = sent.flatMap((_, index) =>
        refused.has(index) ? [] : [{ index, errors: [STOPPED] }],
      );
      return { taken: 0, insertErrors: [...bad, ...others] };
    }
    const lost: RowErrors[] = [];
    const rows: Readonly<Record<string, unknown>>[] = [];
    for (const [index, read] of reads.entries()) {
      if ('error' in read) continue;
      if (partial && index % PARTIAL_EVERY === 0) lost.push({ index, errors: [BUSY] });
      else if (!this.#isKnown(table, sent[index]?.insertId, nowMs() + insertIdMs))
        rows.push(read.row);
    }
    await warehouse.insert(table, rows);
    table.streamedUntilMs = nowMs() + streamMs;
    return { taken: rows.length, insertErrors: [...bad, ...lost] };
  }

  /** Only for a while, and as well as it can. */
  #isKnown({ datasetId, id }: Table, insertId: string | undefined, untilMs: number): boolean {
    if (insertId === undefined || insertId === '') return false;
    const key = `${datasetId}.${id}/${insertId}`;
    if ((this.#seen.get(key) ?? 0) > this.#rules.nowMs()) return true;
    this.#seen.set(key, untilMs);
    return false;
  }
}
