/** What SQLite and the file system say, in the words of the error table. */
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const UNWRITABLE =
  /^(E(ACCES|PERM|ROFS|EXIST|NOTDIR|ISDIR|NOENT|LOOP|NAMETOOLONG)|SQLITE_(READONLY|CANTOPEN|PERM))/;

/**
 * The error a user can act on, or `error` itself where it is none of the store's: a bug.
 * `path` is the data directory.
 */
export function storeError(error: unknown, path: string): unknown {
  if (error instanceof SluiceError) return error;
  const code = systemCode(error);
  if (code === undefined) return error;
  const detail = messageOf(error);
  const options = { cause: error };
  if (NO_SPACE.has(code)) return new SluiceError('store.full', { path }, options);
  if (UNWRITABLE.test(code)) return new SluiceError('store.unwritable', { path, detail }, options);
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(code)) {
    return new SluiceError('store.corrupt', { path, detail }, options);
  }
  if (/^(SQLITE_(IOERR|PROTOCOL|NOLFS)|EIO$)/.test(code)) {
    return new SluiceError('store.io', { path, detail: `${detail} (${code})` }, options);
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new SluiceError('store.in_use', { path, pid: 'unknown' }, options);
  }
  return error;
}
