import { isObject } from '../sources/source-row.ts';

/** The column of records that are no objects, and of a table that would have none at all. */
export const VALUE_FIELD = 'value';

/** What a record has for each column: its own fields, or itself where it is no object. */
export function recordFields(record: unknown): Readonly<Record<string, unknown>> {
  return isObject(record) ? record : { [VALUE_FIELD]: record };
}
