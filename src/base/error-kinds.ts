/** The form of an entry of the error table, and what entries of a kind share. */
export interface ErrorEntry {
  readonly sentence: string;
  readonly hint: string;
  /** HTTP status of the API's answer. */
  readonly status: number;
  /** Exit code of the CLI. */
  readonly exit: number;
}

export const USAGE = { status: 400, exit: 2 } as const;
export const MISSING = { status: 404, exit: 4 } as const;
export const CONFLICT = { status: 409, exit: 4 } as const;
export const BROKEN = { status: 500, exit: 1 } as const;
/** Met by one row, recorded on it; never ends a command. */
export const ROW = { status: 422, exit: 3 } as const;
