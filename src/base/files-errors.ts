/** The part of the error table that is about files which collectors keep, and about exports. */
import { BROKEN, CONFLICT, type ErrorEntry } from './error-kinds.ts';

export const FILES_ERRORS = {
  'files.none': {
    ...CONFLICT,
    sentence: 'No place for files is set here.',
    hint: 'Give the setting filesDirectory or filesTo a place; see `sluice config print`.',
  },
  'files.unwritable': {
    ...BROKEN,
    sentence: 'Files cannot be kept in {place}: {detail}.',
    hint: 'Check the directory, its owner and permissions, or set another (filesDirectory); then resume the job.',
  },
  'files.full': {
    ...BROKEN,
    sentence: 'There is no space left for files in {place}.',
    hint: 'What is there stays. Free some space, then resume the job.',
  },
  'files.lost': {
    ...BROKEN,
    sentence: 'The file {path} of a job’s records cannot be read: {detail}.',
    hint: 'Bring the data directory back as it was, or remove the job and run it again.',
  },
  'files.unreachable': {
    ...BROKEN,
    sentence: 'The storage {place} cannot be reached: {detail}.',
    hint: 'What is stored stays. Rows that failed are tried again, and the same upload goes on; check filesEndpoint if it lasts.',
  },
  'files.refused': {
    ...BROKEN,
    sentence: 'The storage {place} refuses: {detail}.',
    hint: 'Check filesTo, filesEndpoint, filesRegion, filesKeyId and filesKeySecret, and the rights of that key: list, read and write.',
  },
  'files.unreadable': {
    status: 422,
    exit: 4,
    sentence: 'The file {path} cannot be uploaded: {detail}.',
    hint: 'Check the path and its permissions; a file that is still being written is uploaded once it is whole.',
  },
  'files.place_invalid': {
    status: 400,
    exit: 2,
    sentence: 'Files cannot be kept in {place}: {detail}.',
    hint: 'Write s3://BUCKET or s3://BUCKET/PREFIX, in the setting filesTo or with --to of an upload; for a server of your own add filesEndpoint. The key is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the settings.',
  },
  'output.misfit': {
    ...CONFLICT,
    sentence: 'A record has {value} in column {column}, which holds values of type {type}.',
    hint: 'The collector has changed since, or the job still runs. JSON lines (.jsonl) hold everything.',
  },
  'output.too_large': {
    ...CONFLICT,
    sentence: '{what} cannot hold more than {limit}.',
    hint: 'Take another format, such as .parquet or .csv. The results stay in the job.',
  },
  'export.target_invalid': {
    status: 400,
    exit: 2,
    sentence: 'Records cannot go to {target}: {detail}.',
    hint: 'Write --to as postgres://user@host/database?table=NAME; with &key=COLUMN rows are known by a column.',
  },
  'export.unavailable': {
    ...BROKEN,
    sentence: 'The database {target} cannot be reached: {detail}.',
    hint: 'What was collected stays. Send it again with `{again}` and the same --to: each record is there once.',
  },
  'export.refused': {
    ...CONFLICT,
    sentence: 'The database {target} does not take the records: {detail}.',
    hint: 'The results stay in the job. Change the table, or name another one with ?table=NAME; a missing one is made.',
  },
} as const satisfies Record<string, ErrorEntry>;
