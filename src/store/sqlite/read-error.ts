/** Why a user may not read a data directory, in words that say which permission is missing. */
import { accessSync, constants, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import { databaseFile } from './connection.ts';

/** Throws `store.missing` or `store.unreadable` where the database cannot be opened at all. */
export function checkReadable(directory: string): void {
  const file = databaseFile(directory);
  check(directory, directory, constants.X_OK, 'enter it');
  check(directory, file, constants.R_OK, `read ${basename(file)}`);
}

/** Whether the user lacks a permission, or the file system takes no changes at all. */
export function isDenied(error: unknown): boolean {
  return /^(EACCES|EPERM|EROFS|SQLITE_(READONLY|CANTOPEN|PERM))/.test(systemCode(error) ?? '');
}

/** What a reader of `directory` has met, where it is a permission; else `error` itself. */
export function readError(error: unknown, directory: string): unknown {
  if (error instanceof SluiceError || !isDenied(error)) return error;
  const file = databaseFile(directory);
  const log = [`${file}-wal`, `${file}-shm`];
  const closed = log.filter((path) => existsSync(path) && !isReadable(path));
  const names = (closed.length === 0 ? log : closed).map((path) => basename(path)).join(' and ');
  const detail =
    closed.length > 0
      ? needs(`read ${names}, where its latest changes are`)
      : log.every((path) => existsSync(path))
        ? messageOf(error)
        : needs(`write in it, because its process was killed and ${names} have to be made whole`);
  return new SluiceError('store.unreadable', { path: directory, detail }, { cause: error });
}

function check(directory: string, path: string, mode: number, what: string): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const options = { cause: error };
    if (isDenied(error)) {
      throw new SluiceError('store.unreadable', { path: directory, detail: needs(what) }, options);
    }
    throw new SluiceError('store.missing', { path: directory }, options);
  }
}

function needs(what: string): string {
  return `this user needs the permission to ${what}`;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
