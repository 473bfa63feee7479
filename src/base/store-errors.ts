/** What keeps jobs and documents from being stored: a part of the error table. */
import { BROKEN, CONFLICT, type ErrorEntry, MISSING, ROW } from './error-kinds.ts';

export const STORE_ERRORS = {
  'store.in_use': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by process {pid}.',
    hint: 'Wait for it to end, stop it, or use another directory with --data DIR or the setting dataDir.',
  },
  'store.served': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by the server {url}.',
    hint: 'Give it the job: `sluice submit …`, or the same command with --server {url}.',
  },
  'store.unwritable': {
    ...BROKEN,
    sentence: 'The data directory {path} cannot be written: {detail}.',
    hint: 'Check its owner and permissions, or use another directory with --data DIR or the setting dataDir.',
  },
  'store.unreadable': {
    ...BROKEN,
    sentence: 'The data directory {path} cannot be read: {detail}.',
    hint: 'Have its owner allow that, run the command as its owner, or ask its server with --server URL.',
  },
  'store.full': {
    ...BROKEN,
    sentence: 'There is no space left for {path}.',
    hint: 'Nothing committed is lost. Free some space and resume the job.',
  },
  'store.corrupt': {
    ...BROKEN,
    sentence: 'The database {path} cannot be read: {detail}.',
    hint: 'Restore it from a backup, or start anew in another directory with --data DIR or the setting dataDir.',
  },
  'store.newer': {
    ...CONFLICT,
    sentence: 'The database {path} was written by a newer Sluice (schema {found}, known {known}).',
    hint: 'Upgrade Sluice, or use another directory with --data DIR or the setting dataDir.',
  },
  'store.missing': {
    ...MISSING,
    sentence: 'There is nothing in the data directory {path} yet.',
    hint: 'Start a job with `sluice run`, or name the right directory with --data DIR.',
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
  'store.unavailable': {
    status: 503,
    exit: 1,
    sentence: 'The database {name} cannot be reached: {detail}.',
    hint: 'Nothing committed is lost. Work goes on by itself when it is back.',
  },
  'store.refused': {
    ...BROKEN,
    sentence: 'The database {name} does not let Sluice in: {detail}.',
    hint: 'Check the user, the password and the rights in SLUICE_DATABASE_URL.',
  },
  'store.not_empty': {
    ...CONFLICT,
    sentence:
      'The database {name} holds {jobs} jobs, {documents} settings and {entries} kept entries.',
    hint: 'Copy into a database of its own; nothing was changed.',
  },
  'store.files_stay': {
    ...CONFLICT,
    sentence: 'Records of {jobs} jobs, such as {first}, are in files of this machine.',
    hint: 'Deliver or download them and remove these jobs first (`sluice jobs rm`); nothing was changed.',
  },
  'store.copy_differs': {
    ...BROKEN,
    sentence: 'The copy of {what} is not the same: {detail}.',
    hint: 'Nothing was changed. Please report it.',
  },
  'cluster.fenced': {
    ...CONFLICT,
    sentence: 'The lease of this node has ended: others have taken over what it held.',
    hint: 'Nothing was written. The node joins again by itself as soon as it reaches the database.',
  },
  'cluster.no_node': {
    ...MISSING,
    sentence: 'There is no node {id}.',
    hint: 'See which there are with `sluice nodes ls`, or GET /v1/nodes.',
  },
  'cluster.alone': {
    ...CONFLICT,
    sentence: 'There is only this process: nodes share a Postgres, and none is set.',
    hint: 'Set SLUICE_DATABASE_URL to the Postgres that the nodes share.',
  },
  'cluster.file_gone': {
    ...MISSING,
    sentence: 'The file {path} is not in the database any more.',
    hint: 'Its job was deleted meanwhile. Submit it again if it is still wanted.',
  },
  'cluster.shard_lost': {
    ...ROW,
    sentence: 'The node that worked on this row ended {count} times before the row did.',
    hint: 'Look into the logs of the nodes for why they end; then `sluice jobs retry`, or POST /v1/jobs/ID/retry.',
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
    sentence: 'Only a data directory can be copied into a file; jobs are elsewhere here.',
    hint: 'Back up a Postgres with pg_dump. What is in memory only goes with its process.',
  },
} as const satisfies Record<string, ErrorEntry>;
