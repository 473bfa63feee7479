/** `bigquery://project/dataset/table`: where records go, or where a list is read from. */
import { SluiceError } from '../base/errors.ts';

export interface BigQueryAddress {
  readonly project: string;
  readonly dataset: string;
  /** undefined where it names none. */
  readonly table: string | undefined;
  /** Names of columns by which rows are known. */
  readonly key: readonly string[];
}

export const BIGQUERY_EXAMPLE = 'bigquery://project/dataset/table';

/** Projects of organisations have their domain before a colon. */
const PROJECT = /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{2,60}$/;
const DATASET = /^\w{1,1024}$/;
const TABLE = /^[\p{L}\p{N}_-]{1,1000}$/u;

/** Throws `sink.invalid`. */
export function bigQueryAddress(address: string): BigQueryAddress {
  const [, path = '', query = ''] = /^bigquery:\/\/([^?#]*)(?:\?(.*))?$/.exec(address) ?? [];
  const [project = '', dataset = '', table, ...more] = path.split('/').map(decoded);
  const wrong = (detail: string) => new SluiceError('sink.invalid', { place: address, detail });
  if (path === '' || more.length > 0) throw wrong(`an address is such as ${BIGQUERY_EXAMPLE}`);
  if (!PROJECT.test(project)) throw wrong(`"${project}" is no name of a project`);
  if (!DATASET.test(dataset)) throw wrong(`"${dataset}" is no name of a dataset`);
  if (table !== undefined && table !== '' && !TABLE.test(table)) {
    throw wrong(`"${table}" is no name of a table`);
  }
  const search = new URLSearchParams(query);
  const unknown = [...search.keys()].find((name) => name !== 'key');
  if (unknown !== undefined) throw wrong(`it knows no ${unknown}, only key`);
  const key = (search.get('key') ?? '').split(',').map((name) => name.trim());
  return { project, dataset, table: table || undefined, key: key.filter((name) => name !== '') };
}

/** The same place has the same name. */
export function bigQueryPlace({ project, dataset, table }: BigQueryAddress): string {
  return `bigquery://${project}/${dataset}${table === undefined ? '' : `/${table}`}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
