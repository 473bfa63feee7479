/** Addresses of DuckDB files and of folders of Parquet files. */
import { isAbsolute, resolve } from 'node:path';
import { wrongWords } from '../../base/address-words.ts';
import { SluiceError } from '../../base/errors.ts';
import { withoutUser } from '../../base/without-user.ts';
import type { SinkAddress } from '../delivery-sink.ts';

export interface DuckdbPlace extends SinkAddress {
  /** Absolute. */
  readonly path: string;
  /** '' = the batch says. */
  readonly table: string;
}

export interface ParquetPlace extends SinkAddress {
  /** An absolute folder, or `s3://BUCKET/PREFIX`. */
  readonly path: string;
}

const TABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** `duckdb:PATH#TABLE`, or with `?key=COLUMN`; throws `sink.invalid`. */
export function duckdbPlace(address: string, cwd: string): DuckdbPlace {
  const [, named = '', query = '', table = ''] =
    /^duckdb:([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(address) ?? [];
  const path = pathIn(address, named, cwd);
  if (table !== '' && !TABLE.test(table)) throw invalid(address, `${table} is no name of a table`);
  const parts = new URLSearchParams(query);
  const wrong = wrongWords(parts, ['key']);
  if (wrong !== undefined) throw invalid(address, wrong);
  const key = (parts.get('key') ?? '').split(',').filter((name) => name !== '');
  const place = `duckdb:${path}${table === '' ? '' : `#${table}`}`;
  const kept = `duckdb:${path}${query === '' ? '' : `?${query}`}${table === '' ? '' : `#${table}`}`;
  return { place, address: kept, path, table, ...(key.length > 0 && { key }) };
}

/** `parquet:FOLDER` or `parquet:s3://BUCKET/PREFIX`; throws `sink.invalid`. */
export function parquetPlace(address: string, cwd: string): ParquetPlace {
  const named = address.slice('parquet:'.length);
  const [mark] = /[?#]/.exec(named) ?? [];
  if (/^s3:\/\/[^/]*[@:]/.test(named)) {
    throw invalid(withoutUser(address), 'keys are settings, they do not belong into an address');
  }
  if (mark !== undefined) {
    const detail = `nothing follows behind the folder, and no ${mark}: its files have neither keys nor a table of another name`;
    throw invalid(withoutUser(address), detail);
  }
  if (/^s3:\/\/[^/?#]+/.test(named)) {
    const place = address.replace(/\/+$/, '');
    return { place, address: place, path: place.slice('parquet:'.length) };
  }
  const path = pathIn(address, named, cwd);
  return { place: `parquet:${path}`, address: `parquet:${path}`, path };
}

function pathIn(address: string, named: string, cwd: string): string {
  const path = named.replace(/^\/\/(?=\/)/, '');
  if (path === '' || path === '/') throw invalid(address, 'it names no file or folder');
  if (/^\/\//.test(path)) {
    throw invalid(address, 'a whole path begins with one or three slashes');
  }
  return isAbsolute(path) ? resolve(path) : resolve(cwd, path);
}

function invalid(place: string, detail: string): SluiceError {
  return new SluiceError('sink.invalid', { place, detail });
}
