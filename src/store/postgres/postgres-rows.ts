/** The rows of a table or a query of some Postgres, as texts, in a transaction that only reads. */
import pg from 'pg';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import { isLost } from './postgres-error.ts';

export interface RowsWanted {
  /** For the driver. */
  readonly url: string;
  /** Schema and table, or the table alone; empty = the query. */
  readonly table: readonly string[];
  readonly query: string;
  readonly limit: number;
}

export interface TextRows {
  readonly columns: readonly string[];
  /** undefined = NULL. An array's elements are parted by spaces. */
  readonly rows: readonly (readonly (string | undefined)[])[];
}

/** Why nothing was read: without address, user and password. */
export class UnreadRows extends Error {
  /** It may work later. */
  readonly isPassing: boolean;

  constructor(cause: unknown) {
    super(messageOf(cause) || (systemCode(cause) ?? 'without a word'), { cause });
    this.isPassing = isLost(cause) && systemCode(cause) !== READ_ONLY;
  }
}

/** Of a store it means a standby; here it is what was asked for. */
const READ_ONLY = '25006';
const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
/** int2[], int4[], text[], varchar[], int8[]. */
const LISTS = new Set([1005, 1007, 1009, 1015, 1016]);

/** Rejects with UnreadRows. */
export async function postgresRows({ url, table, query, limit }: RowsWanted): Promise<TextRows> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS,
    application_name: 'sluice list',
  });
  // Where it is lost, the statement says so as well.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('BEGIN READ ONLY');
    const name = table.map((part) => pg.escapeIdentifier(part)).join('.');
    const from = table.length > 0 ? name : `(${query.replace(/;\s*$/, '')}\n) AS listed`;
    // `queryMode` is not among the types of the driver.
    const statement: pg.QueryArrayConfig & { readonly queryMode: 'extended' } = {
      text: `SELECT * FROM ${from} LIMIT ${limit}`,
      rowMode: 'array',
      // One statement, whatever the query has in it: a second one could end the transaction.
      queryMode: 'extended',
      types: { getTypeParser: () => (text: string) => text },
    };
    const found = await client.query<(string | null)[]>(statement);
    const lists = found.fields.map(({ dataTypeID }) => LISTS.has(dataTypeID));
    return {
      columns: found.fields.map((field) => field.name),
      rows: found.rows.map((row) =>
        row.map((cell, at) => (cell === null ? undefined : lists[at] ? parted(cell) : cell)),
      ),
    };
  } catch (error) {
    throw error instanceof SluiceError ? error : new UnreadRows(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** `{a,"b c"}` */
function parted(text: string): string {
  const elements = text.slice(1, -1).match(/"(?:\\.|[^"\\])*"|[^,]+/g) ?? [];
  return elements.map((one) => one.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1')).join(' ');
}
