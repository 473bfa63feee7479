/** `bigquery://project/dataset/table`: where records go, or where a list is read from. */
import { wrongWords } from '../base/address-words.ts';

export interface BigQueryAddress {
  readonly project: string;
  readonly dataset: string;
  /** undefined where it names none. */
  readonly table: string | undefined;
  /** What stands behind the question mark, of the names that are known. */
  readonly words: Readonly<Record<string, string>>;
}

export const BIGQUERY_EXAMPLE = 'bigquery://project/dataset/table';

/** Projects of organisations have their domain before a colon. */
const PROJECT = /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{2,60}$/;
const DATASET = /^\w{1,1024}$/;
const TABLE = /^[\p{L}\p{N}_-]{1,1000}$/u;

/** A text is the end of a sentence that says what is wrong. */
export function readBigQueryAddress(
  address: string,
  known: readonly string[],
): BigQueryAddress | string {
  const [, path = '', query = ''] = /^bigquery:\/\/([^?#]*)(?:\?(.*))?$/.exec(address) ?? [];
  const [project = '', dataset = '', table = '', ...more] = path.split('/').map(decoded);
  if (project.includes('@')) return 'it takes no user and no password: a key file says who asks';
  if (path === '' || more.length > 0) return `an address is such as ${BIGQUERY_EXAMPLE}`;
  if (!PROJECT.test(project)) return `"${project}" is no name of a project`;
  if (!DATASET.test(dataset)) return `"${dataset}" is no name of a dataset`;
  if (table !== '' && !TABLE.test(table)) return `"${table}" is no name of a table`;
  const search = new URLSearchParams(query);
  const wrong = wrongWords(search, known);
  if (wrong !== undefined) return wrong;
  return { project, dataset, table: table || undefined, words: Object.fromEntries(search) };
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
