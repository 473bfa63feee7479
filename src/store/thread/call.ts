/**
 * What crosses between a store's thread and its callers: method calls, answers and errors as plain
 * data. One message carries one call, and the store's calls are batches already.
 */
import { AssertionError } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/error-table.ts';
import { type ErrorParams, SluiceError } from '../../base/errors.ts';
import type { SqliteStoreOptions } from '../sqlite/open-sqlite-store.ts';
import type { Store } from '../store.ts';

export type StoreMethod = keyof Store;

/** The first message to the thread: what it opens. */
export type OpenOptions = Pick<SqliteStoreOptions, 'path' | 'mode'>;

/** Of the answer to that: the store is open, or why it is not. */
export const OPENING = 0;

export interface StoreCall {
  /** Among the calls that are open: the next one may have it after the answer. */
  readonly id: number;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}

export type StoreAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError };

export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a `SluiceError`. */
  readonly coded: { readonly code: ErrorCode; readonly params: ErrorParams } | undefined;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, coded: undefined };
  }
  const { name, message, stack } = error;
  const coded =
    error instanceof SluiceError ? { code: error.code, params: error.params } : undefined;
  return { name, message, stack, coded };
}

/** The error as it was thrown, with the stack from the other thread as its cause. */
export function revivedError(plain: PlainError): Error {
  const cause = new Error(plain.stack ?? plain.message);
  if (plain.coded) return new SluiceError(plain.coded.code, plain.coded.params, { cause });
  if (plain.name === 'AssertionError') return new AssertionError(plain.message);
  const error = new Error(plain.message, { cause });
  error.name = plain.name;
  return error;
}
