/** What keeps jobs and documents from being stored: a part of the error table. */
import { BROKEN, CONFLICT, type ErrorEntry, MISSING } from './error-kinds.ts';

export const STORE_ERRORS = {
  'store.in_use': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by process {pid}.',
    hint: 'Wait for it to end, stop it, or use another directory with --data DIR.',
  },
  'store.served': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by the server {url}.',
    hint: 'Give it the job: `sluice submit …`, or the same command with --server {url}.',
  },
  'store.unwritable': {
    ...BROKEN,
    sentence: 'The data directory {path} cannot be written: {detail}.',
    hint: 'Check its owner and permissions, or use another directory with --data DIR.',
  },
  'store.full': {
    ...BROKEN,
    sentence: 'There is no space left for {path}.',
    hint: 'Nothing committed is lost. Free some space and resume the job.',
  },
  'store.corrupt': {
    ...BROKEN,
    sentence: 'The database {path} cannot be read: {detail}.',
    hint: 'Restore it from a backup, or start anew in another directory with --data DIR.',
  },
  'store.newer': {
    ...CONFLICT,
    sentence: 'The database {path} was written by a newer Sluice (schema {found}, known {known}).',
    hint: 'Upgrade Sluice, or use another directory with --data DIR.',
  },
  'store.missing': {
    ...MISSING,
    sentence: 'There are no jobs in the data directory {path}.',
    hint: 'Start one with `sluice run`, or name the right directory with --data DIR.',
  },
  'store.io': {
    ...BROKEN,
    sentence: 'The disk under {path} failed: {detail}.',
    hint: 'Check the disk. What was committed before stays; resume the job when it works again.',
  },
  'store.lost': {
    ...BROKEN,
    sentence: 'The thread that keeps {path} ended: {detail}.',
    hint: 'Nothing committed is lost. Resume the job; if this happens again, please report it.',
  },

  'document.conflict': {
    ...CONFLICT,
    sentence: 'The {kind} {id} {detail}.',
    hint: 'Nothing was changed. Read it again, and repeat the change if it is still wanted.',
  },
  'store.backup_exists': {
    ...CONFLICT,
    sentence: 'There is a file {path} already; a backup never writes over one.',
    hint: 'Choose another name, or remove that file first.',
  },
  'store.backup_failed': {
    ...BROKEN,
    sentence: 'The backup {path} cannot be written: {detail}.',
    hint: 'Check the directory, its permissions and the space left. Work goes on untouched.',
  },
  'store.backup_unsupported': {
    status: 501,
    exit: 4,
    sentence: 'This store is in memory only: there is nothing that could be copied.',
    hint: 'Keep jobs in a data directory (--data DIR) to back them up.',
  },
} as const satisfies Record<string, ErrorEntry>;
