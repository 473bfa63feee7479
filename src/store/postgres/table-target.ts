/** A table of some Postgres, as its address names it. */
import { wrongWords } from '../../base/address-words.ts';
import { SluiceError } from '../../base/errors.ts';
import { withoutUser } from '../../base/without-user.ts';
import { CONNECTION_WORDS } from './connection-words.ts';

export interface TableTarget {
  /** For the driver. */
  readonly url: string;
  /** Schema and table, or the table alone. */
  readonly table: readonly string[];
  /** Columns by which a row is known again; none = the job, row and index that it comes from. */
  readonly key: readonly string[];
  /** For people: host, database and table, without the user. */
  readonly name: string;
}

/**
 * `postgres://user@host/database?table=name`, with `&key=a,b` if rows are known by columns of their
 * own. Rejects with `export.target_invalid`.
 */
export function tableTarget(text: string): TableTarget {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw invalid(text, 'it is no address such as postgres://user@host/database?table=name');
  }
  const table = parts(url.searchParams.get('table'), '.');
  const key = parts(url.searchParams.get('key'), ',');
  const name = `${url.host}${url.pathname}`;
  const wrong = wrongWords(url.searchParams, ['table', 'key'], CONNECTION_WORDS);
  if (wrong !== undefined) throw invalid(name, wrong);
  if (table.length < 1 || table.length > 2) {
    throw invalid(name, 'it names no table: add ?table=NAME or ?table=SCHEMA.NAME');
  }
  url.searchParams.delete('table');
  url.searchParams.delete('key');
  return { url: url.href, table, key, name: `${name} table ${table.join('.')}` };
}

/**
 * The same for deliveries: `#name` also names the table, and where none is named the batches say.
 * Rejects with `sink.invalid`.
 */
export function deliveryTarget(text: string): TableTarget {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw wrongPlace(text, 'it is no address such as postgres://user@host/database?table=name');
  }
  const place = `${url.host}${url.pathname}`;
  const wrong = wrongWords(url.searchParams, ['table', 'key'], CONNECTION_WORDS);
  if (wrong !== undefined) throw wrongPlace(`postgres://${place}`, wrong);
  const table = parts(url.searchParams.get('table') ?? decoded(url.hash.slice(1)), '.');
  if (table.length > 2) throw wrongPlace(place, 'a table is named TABLE or SCHEMA.TABLE');
  const key = parts(url.searchParams.get('key'), ',');
  url.searchParams.delete('table');
  url.searchParams.delete('key');
  url.hash = '';
  const name = `postgres://${place}${table.length === 0 ? '' : `#${table.join('.')}`}`;
  return { url: url.href, table, key, name };
}

function wrongPlace(text: string, detail: string): SluiceError {
  return new SluiceError('sink.invalid', { place: withoutUser(text), detail });
}

/** Whoever writes a lone % means it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parts(text: string | null, separator: string): string[] {
  return (text ?? '')
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function invalid(target: string, detail: string): SluiceError {
  return new SluiceError('export.target_invalid', { target: withoutUser(target), detail });
}
