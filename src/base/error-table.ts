/**
 * Every error that a user can meet, once: what happened (`sentence`), what to do (`hint`), the HTTP
 * status that the API answers and the exit code that the CLI ends with. `{name}` is filled from the
 * error's parameters. Codes are stable; sentences may be improved. `docs/errors.md` is made from it.
 */
export interface ErrorEntry {
  readonly sentence: string;
  readonly hint: string;
  /** HTTP status of the API's answer. */
  readonly status: number;
  /** Exit code of the CLI. */
  readonly exit: number;
}

const USAGE = { status: 400, exit: 2 } as const;
const MISSING = { status: 404, exit: 4 } as const;
const CONFLICT = { status: 409, exit: 4 } as const;
const BROKEN = { status: 500, exit: 1 } as const;
/** Met by one row, recorded on it; never ends a command. */
const ROW = { status: 422, exit: 3 } as const;

export const ERROR_TABLE = {
  // The program itself
  'internal.bug': {
    ...BROKEN,
    sentence: 'Something that cannot happen has happened: {detail}.',
    hint: 'This is a bug in Sluice. Please report it with the stack that -v prints.',
  },
  'usage.invalid': {
    ...USAGE,
    sentence: '{detail}.',
    hint: 'See the command with --help.',
  },
  'usage.unknown': {
    ...USAGE,
    sentence: 'There is no {kind} named {name}.',
    hint: '{suggestion}',
  },
  'settings.invalid': {
    ...USAGE,
    sentence: 'The setting {name} cannot be {value}: {detail}.',
    hint: 'It comes from {source}. `sluice config print` shows every setting and where it came from.',
  },
  'settings.unknown': {
    ...USAGE,
    sentence: 'There is no setting named {name} (in {source}).',
    hint: '{suggestion}',
  },

  // Jobs
  'job.not_found': {
    ...MISSING,
    sentence: 'There is no job {id}.',
    hint: '`sluice jobs ls` lists the jobs of this data directory.',
  },
  'job.conflict': {
    ...CONFLICT,
    sentence: 'Job {id} is {state} and cannot be {action}.',
    hint: '`sluice jobs show {id}` says what it is doing.',
  },
  'collector.not_found': {
    ...USAGE,
    sentence: 'There is no collector named {name}.',
    hint: '{suggestion}',
  },
  'collector.invalid': {
    ...USAGE,
    sentence: 'The collector in {path} cannot be used: {detail}.',
    hint: 'docs/your-own-collector.md shows the names a collector file exports.',
  },
  'collector.threw': {
    ...ROW,
    sentence: 'The collector threw: {detail}.',
    hint: 'A row that makes the collector throw is retried, then set aside; -v shows the stack.',
  },

  // The store
  'store.in_use': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by process {pid}.',
    hint: 'Wait for it to end, stop it, or use another directory with --data DIR.',
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
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;
