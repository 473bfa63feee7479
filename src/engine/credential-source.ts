/**
 * Where a list of credentials is: a file, a table or query of a Postgres, a table or query of
 * BigQuery. Its columns are the same everywhere. What it says is never logged: it has passwords.
 */
import { resolve } from 'node:path';
import { wrongWords } from '../base/address-words.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { withoutUser } from '../base/without-user.ts';
import {
  type BigQueryAddress,
  bigQueryPlace,
  readBigQueryAddress,
} from '../bigquery/bigquery-address.ts';
import { BigQueryClient } from '../bigquery/bigquery-client.ts';
import { BigQueryError, GoogleCredentialsError } from '../bigquery/bigquery-error.ts';
import { foundRows } from '../bigquery/bigquery-rows.ts';
import { tableName } from '../bigquery/bigquery-table.ts';
import type { Settings } from '../model/settings.ts';
import type { InputFile } from '../sources/input-file.ts';
import type { InputWishes } from '../sources/inspect-input.ts';
import { openSource } from '../sources/open-source.ts';
import { CONNECTION_WORDS } from '../store/postgres/connection-words.ts';

export interface CredentialRow {
  /** Of the file, or the number of the row. */
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** It cannot be read. */
  readonly isDamaged?: boolean;
}

export interface CredentialSource {
  /** For people, without user and password. */
  readonly name: string;
  /** May be called more than once. Rejects with `input.*` and `campaigns.source_*`. */
  rows(signal?: AbortSignal): AsyncIterable<CredentialRow>;
}

export interface CredentialParts {
  readonly cwd: string;
  readonly settings: Pick<Settings, 'bigqueryUrl' | 'googleKeyFile'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** More than a list may have: one more tells that there are too many. */
const ROWS_MAX = 100_001;

/** Throws `campaigns.source_invalid` for an address that is none. */
export function credentialSource(where: string, parts: CredentialParts): CredentialSource {
  if (/^postgres(ql)?:/.test(where)) return postgresSource(where);
  if (where.startsWith('bigquery:')) return bigQuerySource(where, parts);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(where)?.[1];
  if (scheme !== undefined) {
    throw invalid(`${scheme}://…`, `a list is a file, or at postgres:// or bigquery://`);
  }
  return fileSource(resolve(parts.cwd, where), where);
}

export function fileSource(
  path: InputFile,
  name: string,
  wishes: InputWishes = {},
): CredentialSource {
  return {
    name,
    async *rows() {
      const source = await openSource({ path, name, format: undefined, dialect: {} }, { wishes });
      for await (const { line, fields, damage } of source.rows()) {
        yield { line, fields, ...(damage && { isDamaged: true }) };
      }
    },
  };
}

/** `postgres://user@host/database?table=name`, or `?query=SELECT …`, or `/database/name`. */
function postgresSource(where: string): CredentialSource {
  const url = URL.parse(where);
  if (url === null) throw invalid(where, 'it is no address such as postgres://host/db?table=name');
  const [database = '', ...path] = url.pathname.split('/').slice(1).map(decoded);
  const wrong = wrongWords(url.searchParams, ['table', 'query'], CONNECTION_WORDS);
  if (wrong !== undefined) throw invalid(`postgres://${url.host}${url.pathname}`, wrong);
  const query = url.searchParams.get('query') ?? '';
  const named = url.searchParams.get('table') ?? path.join('.');
  const table = named.split('.').filter((part) => part !== '');
  url.searchParams.delete('query');
  url.searchParams.delete('table');
  url.pathname = `/${encodeURIComponent(database)}`;
  const place = `postgres://${url.host}/${database}`;
  if ((query === '') === (table.length === 0) || table.length > 2) {
    throw invalid(
      place,
      'it names no table, or a table and a query: add ?table=NAME or ?query=SELECT …',
    );
  }
  const name = table.length > 0 ? `${place} table ${table.join('.')}` : place;
  return {
    name,
    async *rows() {
      const { postgresRows, UnreadRows } = await import('../store/postgres/postgres-rows.ts');
      const wanted = { url: url.href, table, query, limit: ROWS_MAX };
      const found = await postgresRows(wanted).catch((error: unknown) => {
        if (!(error instanceof UnreadRows)) throw error;
        throw unread(name, error.message, error.isPassing);
      });
      yield* rowsOf(found.columns, found.rows, 0);
    },
  };
}

/** Whoever writes a lone % means it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `bigquery://project/dataset/table`, or `bigquery://project/dataset?query=SELECT …`. */
function bigQuerySource(where: string, parts: CredentialParts): CredentialSource {
  const read = readBigQueryAddress(where, ['query', 'location']);
  if (typeof read === 'string') throw invalid(withoutUser(where), read);
  const { project, table, words } = read;
  const name = bigQueryPlace(read);
  if ((words.query === undefined) === (table === undefined)) {
    throw invalid(name, 'it names no table, or a table and a query');
  }
  const { bigqueryUrl: url, googleKeyFile: keyFile } = parts.settings;
  return {
    name,
    async *rows(signal) {
      const client = new BigQueryClient({ url, keyFile }, parts);
      const place = { project, location: words.location };
      let row = 0;
      try {
        for await (const page of foundRows(client, place, queryOf(read), signal)) {
          yield* rowsOf(
            page.fields.map((field) => field.name),
            page.rows,
            row,
          );
          row += page.rows.length;
        }
      } catch (error) {
        if (error instanceof GoogleCredentialsError) throw unread(name, error.message, false);
        if (error instanceof BigQueryError) throw unread(name, error.message, error.isPassing);
        throw error;
      }
    },
  };
}

function queryOf({ words, table, ...place }: BigQueryAddress): string {
  const from = table === undefined ? `(${words.query})` : tableName({ ...place, table });
  return `SELECT * FROM ${from} LIMIT ${ROWS_MAX}`;
}

function* rowsOf(
  columns: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
  before: number,
): Generator<CredentialRow> {
  for (const [at, cells] of rows.entries()) {
    const fields = columns.map((name, i) => [name, cells[i] ?? ''] as const);
    yield { line: before + at + 1, fields: Object.fromEntries(fields) };
  }
}

function invalid(place: string, detail: string): SluiceError {
  // Whoever mistypes an address may have written a password into it.
  return new SluiceError('campaigns.source_invalid', { place: withoutUser(place), detail });
}

function unread(place: string, detail: string, isPassing: boolean): SluiceError {
  const code = isPassing ? 'campaigns.source_unavailable' : 'campaigns.source_refused';
  return new SluiceError(code, { place, detail: detail.replace(/\.$/, '') });
}
