/**
 * The columns of records and their types: from the collector's schema for records, or from the
 * records themselves. Nested values are JSON text.
 */
import { z } from 'zod';
import { type ColumnType, commonType, type TableColumn } from '../model/table.ts';
import type { Store } from '../store/store.ts';
import { eachRecord } from './each-record.ts';
import { recordFields } from './record-fields.ts';

/** Keys beyond these have no column; JSON lines hold everything. */
const KEYS_MAX = 1_000;

/** The part of JSON Schema that says what a value is. */
interface ValueSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly ValueSchema[];
  readonly oneOf?: readonly ValueSchema[];
  readonly allOf?: readonly ValueSchema[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ValueSchema>>;
}

/** undefined where the schema does not name its columns. */
export function schemaColumns(schema: unknown): readonly TableColumn[] | undefined {
  if (schema === undefined || schema === null) return undefined;
  let root: ValueSchema;
  try {
    root = z.toJSONSchema(schema as z.ZodType, { unrepresentable: 'any' }) as ValueSchema;
  } catch {
    // Of another library, or of one of its versions.
    return undefined;
  }
  const columns = new Map<string, ColumnType | undefined>();
  if (!collect(root, root.$defs ?? {}, columns) || columns.size === 0) return undefined;
  return [...columns].map(([name, type]) => ({ name, type: type ?? 'json' }));
}

/** Adds the properties of an object's schema, of all members of a union; false for others. */
function collect(
  schema: ValueSchema,
  defs: Readonly<Record<string, ValueSchema>>,
  columns: Map<string, ColumnType | undefined>,
): boolean {
  const { properties, ...whole } = resolved(schema, defs);
  const members = [...(whole.anyOf ?? []), ...(whole.oneOf ?? []), ...(whole.allOf ?? [])];
  for (const [name, value] of Object.entries(properties ?? {})) {
    columns.set(name, merged(columns.get(name), typeOf(value, defs)));
  }
  if (members.length === 0) return properties !== undefined;
  return members.every((member) => collect(member, defs, columns));
}

/** undefined: nothing but null. */
function typeOf(
  schema: ValueSchema,
  defs: Readonly<Record<string, ValueSchema>>,
): ColumnType | undefined {
  const { type, format, const: constant, ...whole } = resolved(schema, defs);
  const members = whole.anyOf ?? whole.oneOf;
  if (members !== undefined) {
    return members.map((member) => typeOf(member, defs)).reduce(merged, undefined);
  }
  const values = constant === undefined ? whole.enum : [constant];
  if (values !== undefined) return values.map(typeOfValue).reduce(merged, undefined);
  if (Array.isArray(type)) {
    return type.map((one: string) => typeOf({ type: one }, defs)).reduce(merged, undefined);
  }
  if (type === 'string') return format === 'date-time' ? 'time' : 'text';
  if (type === 'null') return undefined;
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'json';
}

function resolved(schema: ValueSchema, defs: Readonly<Record<string, ValueSchema>>): ValueSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : (defs[name] ?? {});
}

/** The type of a value that is there; undefined for null. */
function typeOfValue(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return 'json';
}

function merged(
  one: ColumnType | undefined,
  other: ColumnType | undefined,
): ColumnType | undefined {
  return one === undefined || other === undefined ? (one ?? other) : commonType(one, other);
}

/** The columns that the job's records have, in the order in which they turn up: reads them all. */
export async function foundColumns(
  store: Pick<Store, 'records'>,
  jobId: string,
  signal?: AbortSignal,
): Promise<readonly TableColumn[]> {
  const columns = new Map<string, ColumnType | undefined>();
  for await (const page of eachRecord(store, jobId, signal)) {
    for (const { json } of page) learn(JSON.parse(json), columns);
  }
  return [...columns].map(([name, type]) => ({ name, type: type ?? 'text' }));
}

function learn(record: unknown, columns: Map<string, ColumnType | undefined>): void {
  for (const [name, value] of Object.entries(recordFields(record))) {
    if (columns.has(name) || columns.size < KEYS_MAX) {
      columns.set(name, merged(columns.get(name), typeOfValue(value)));
    }
  }
}
