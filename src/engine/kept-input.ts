/**
 * A row waits in the store as JSON, and its collector may be written for more: a schema can make
 * dates, URLs or maps of cells. Such a row is kept as it came and made anew, by the schema, when
 * its turn comes. What a schema makes that JSON can keep is kept as it was made.
 *
 * Rows of a collector's own plan are made by its code, before any schema: they must be plain.
 */
import { z } from 'zod';
import { SluiceError } from '../base/errors.ts';
import { FlatJsonReader } from '../base/flat-json.ts';
import type { Collector } from '../collectors/collector.ts';
import { type Failure, FailureError } from '../model/failure.ts';
import type { Task } from '../model/task.ts';

/** Of schemas that were judged: each job asks. */
const JUDGED = new WeakMap<z.ZodType, boolean>();

/** Whether rows are kept as they came, for the collector's schema to read them anew. */
export function keepsRowsAsTheyCame({ input, plan }: Collector): boolean {
  if (input === undefined || plan) return false;
  const makes = JUDGED.get(input) ?? makesJson(input);
  JUDGED.set(input, makes);
  return !makes;
}

/** Gives collectors their input back. */
export class InputReader {
  readonly #schema: z.ZodType | undefined;
  readonly #made = new WeakMap<Task, unknown>();
  readonly #rows = new FlatJsonReader();

  constructor(collector: Collector) {
    this.#schema = keepsRowsAsTheyCame(collector) ? collector.input : undefined;
  }

  /** Throws a `FailureError` where the row no longer fits: the schema is another by now. */
  read(task: Task): unknown {
    if (!this.#schema) return this.#rows.read(task.input);
    if (this.#made.has(task)) return this.#made.get(task);
    const parsed = this.#schema.safeParse(this.#rows.read(task.input));
    if (!parsed.success) throw new FailureError(rowInvalid('The row', parsed.error.issues));
    this.#made.set(task, parsed.data);
    return parsed.data;
  }
}

/** The failure of a row that its collector's schema does not take. */
export function rowInvalid(
  row: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Failure {
  const detail = issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  return {
    class: 'invalid',
    code: 'input.row_invalid',
    message: `${row} does not fit the collector’s input: ${detail.join('; ')}.`,
    hint: '`sluice collectors describe`, or GET /v1/collectors/NAME, shows what the collector expects.',
  };
}

/** Throws where a row of a collector's own plan would come back from the store as another. */
export function checkPlain(input: unknown): void {
  const fault = faultOf(input, '');
  if (fault === undefined) return;
  const detail = `a row of its plan holds ${fault}, which JSON cannot keep: make it in collect`;
  throw new SluiceError('collector.threw', { detail });
}

/** Whether nothing but JSON values are in it; what is undefined may be missing afterwards. */
export function isPlain(value: unknown): boolean {
  return faultOf(value, '') === undefined;
}

function faultOf(value: unknown, at: string): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${value}${placed(at)}`;
    case 'object':
      return value === null ? undefined : faultIn(value, at);
    default:
      return `a ${typeof value}${placed(at)}`;
  }
}

function faultIn(value: object, at: string): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !Array.isArray(value)) {
    return `a ${value.constructor?.name || 'thing of its own kind'}${placed(at)}`;
  }
  for (const key of Object.keys(value)) {
    const fault = faultOf((value as Record<string, unknown>)[key], `${at}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function placed(at: string): string {
  return at === '' ? '' : ` (${at.slice(1)})`;
}

/** What JSON Schema cannot describe, JSON cannot keep, or only the schema itself knows. */
function makesJson(schema: z.ZodType): boolean {
  try {
    z.toJSONSchema(schema, { io: 'output', unrepresentable: 'throw' });
    return true;
  } catch {
    return false;
  }
}
