/** Exit codes. Errors carry their own (see the error table); these are how a followed job ends. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  /** Finished, with rows set aside (see --allow-failed). */
  failures: 3,
  notFound: 4,
  /** A server or a site that may answer later. */
  away: 6,
  cancelledByOthers: 8,
  timeout: 124,
  interrupted: 130,
  /** The reader of standard output went away in the middle of a job, as SIGPIPE would say it. */
  readerGone: 141,
  terminated: 143,
} as const;
