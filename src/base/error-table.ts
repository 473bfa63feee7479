import { ACCOUNT_ERRORS } from './account-errors.ts';
import { CAMPAIGN_ERRORS } from './campaign-errors.ts';
import { BROKEN, CONFLICT, type ErrorEntry, MISSING, ROW, USAGE } from './error-kinds.ts';
import { FILES_ERRORS } from './files-errors.ts';
import { INPUT_ERRORS } from './input-errors.ts';
import { LEAD_ERRORS } from './lead-errors.ts';
import { MEDIA_ERRORS } from './media-errors.ts';
import { SCHEDULE_ERRORS } from './schedule-errors.ts';
import { SERVICE_ERRORS } from './service-errors.ts';
import { SINK_ERRORS } from './sink-errors.ts';
import { STORE_ERRORS } from './store-errors.ts';
import { TASK_ERRORS } from './task-errors.ts';

export type { ErrorEntry } from './error-kinds.ts';

/**
 * Every error that a user can meet, once: what happened (`sentence`), what to do (`hint`), the HTTP
 * status that the API answers and the exit code that the CLI ends with. `{name}` is filled from the
 * error's parameters. Codes are stable; sentences may be improved. `docs/errors.md` is made from
 * it.
 */
export const ERROR_TABLE = {
  // The program itself
  'internal.bug': {
    ...BROKEN,
    sentence: 'Something that cannot happen has happened: {detail}.',
    hint: 'This is a bug in Sluice. Please report it with the stack that -v, or the setting logLevel=debug of a server, prints.',
  },
  'usage.invalid': {
    ...USAGE,
    sentence: '{detail}.',
    hint: 'See the command with --help, or the route in /docs.',
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
  'settings.file': {
    ...USAGE,
    sentence: 'The configuration file {path} cannot be used: {detail}.',
    hint: 'It is a JSON object of settings; `sluice config print` lists them.',
  },
  'settings.unknown': {
    ...USAGE,
    sentence: 'There is no setting named {name} (in {source}).',
    hint: '{suggestion}',
  },
  'settings.twice': {
    ...USAGE,
    sentence: 'The setting {name} is in {source} twice: as {first} and as {key}.',
    hint: 'Keep one of them.',
  },

  ...SERVICE_ERRORS,
  ...ACCOUNT_ERRORS,
  ...LEAD_ERRORS,
  ...MEDIA_ERRORS,
  ...CAMPAIGN_ERRORS,

  'net.port_in_use': {
    ...CONFLICT,
    sentence: 'Port {port} is in use by another program.',
    hint: 'Choose another one with --port, or 0 for any that is free.',
  },

  'net.cannot_listen': {
    ...USAGE,
    sentence: 'The address {host} port {port} cannot be listened on: {detail}.',
    hint: 'Name an address of this machine with --host, and a port that this user may open with --port.',
  },

  'machine.open_files': {
    ...BROKEN,
    sentence: 'This process may have {max} files open at once, and needs {min} to work at all.',
    hint: 'Raise the limit in the shell that starts it, as by `ulimit -n 1024`.',
  },

  // Jobs
  'job.not_found': {
    ...MISSING,
    sentence: 'There is no job {id}.',
    hint: '`sluice jobs ls`, or GET /v1/jobs, lists those that there are.',
  },
  'job.conflict': {
    ...CONFLICT,
    sentence: 'Job {id} is {state} and cannot be {action}.',
    hint:
      '`sluice jobs show {id}`, or GET /v1/jobs/{id}, says how it stands; `sluice jobs retry {id}`, or ' +
      'POST /v1/jobs/{id}/retry, tries the failed rows of one that is over again.',
  },
  'job.nothing_to_retry': {
    ...CONFLICT,
    sentence: 'Job {id} has no failed rows that can be tried again.',
    hint:
      'Rows that were refused as they came in stay so: mend them in the input of a new job. ' +
      '`sluice jobs show {id}`, or GET /v1/jobs/{id}/failures, lists all failures.',
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
    hint: 'A row that makes the collector throw is retried, then set aside; -v, or the setting logLevel=debug of a server, shows the stack.',
  },
  'collector.stray': {
    ...BROKEN,
    sentence: 'Something was thrown outside of all rows: {detail}.',
    hint: 'Who throws in a timer or an event of its own is caught by nobody: the collector has to.',
  },
  'collector.exited': {
    ...BROKEN,
    sentence: 'The process was ended in the middle of the job.',
    hint: 'A collector must not call process.exit: what it throws costs the row alone.',
  },

  'attempt.timeout': {
    ...ROW,
    sentence: 'The attempt was ended after {limit} of active work.',
    hint: 'Raise attemptTimeoutMs (SLUICE_ATTEMPT_TIMEOUT) if the work really takes longer.',
  },
  'attempt.throttled': {
    ...ROW,
    sentence: 'It was told to wait for more than {limit} in all, last: {answer}',
    hint: 'Try it again when more is allowed, or raise throttledMaxMs (SLUICE_THROTTLED_MAX).',
  },
  'compute.timeout': {
    ...ROW,
    sentence: 'The computation {name} took longer than {detail} and was ended.',
    hint: 'It is set aside; others go on. Please report it if the input is an ordinary page.',
  },
  'compute.crashed': {
    ...ROW,
    sentence: 'The worker that ran {name} ended: {detail}.',
    hint: 'It is tried again in a fresh worker, where tries are left.',
  },
  'compute.unavailable': {
    ...ROW,
    sentence: 'No worker can be started for {name}: {detail}.',
    hint: 'Look at the limits of processes, threads and memory of this machine (ulimit -a).',
  },
  'compute.module': {
    ...USAGE,
    sentence: 'The function {name} cannot be called: {detail}.',
    hint: 'Name a module that is there, by its URL, and a function that it exports.',
  },
  'pool.timeout': {
    ...ROW,
    sentence: 'Keeping {name} took longer than {detail} and was given up.',
    hint: 'See whether its storage or database is slow, or raise the time limit of its pool.',
  },
  'compute.memory': {
    ...ROW,
    sentence: 'The worker that ran {name} needed more memory than {detail} and was ended.',
    hint: 'Give it less at once, or allow it more. Others go on.',
  },

  ...SCHEDULE_ERRORS,

  ...TASK_ERRORS,

  ...INPUT_ERRORS,

  // Output files
  'output.format_unknown': {
    ...USAGE,
    sentence: 'The format of {path} is not known.',
    hint: 'Use a name that ends in .csv, .tsv, .jsonl, .ndjson, .json, .parquet, .sqlite or .xlsx, or name the format.',
  },
  'output.unwritable': {
    ...USAGE,
    sentence: '{path} cannot be written: {detail}.',
    hint: 'Check the directory, its owner and permissions. What a job has found stays in the job.',
  },
  'output.full': {
    ...BROKEN,
    sentence: 'There is no space left for {path}.',
    hint: 'The results stay in the job: free some space and download them again.',
  },

  ...FILES_ERRORS,

  ...SINK_ERRORS,

  ...STORE_ERRORS,

  // One exchange over the network (transport)
  'fetch.url_invalid': {
    ...ROW,
    sentence: 'The address "{url}" cannot be fetched: {detail}.',
    hint: 'Only http:// and https:// addresses with a host are fetched.',
  },
  'fetch.request_invalid': {
    ...ROW,
    sentence: 'The request to {host} cannot be sent: {detail}.',
    hint: 'Check the method and the headers that the collector passes to fetch.',
  },
  'fetch.address_blocked': {
    ...ROW,
    sentence: '{host} is at {address}, a {kind} address, which is not fetched.',
    hint: 'If you own it, allow it by name: --allow-host {host}, or the setting allowHosts (SLUICE_ALLOW_HOSTS).',
  },
  'fetch.port_blocked': {
    ...ROW,
    sentence: 'Port {port} of {host} belongs to another protocol and is not fetched.',
    hint: 'If a web server listens there, allow it: --allow-host {host}:{port}, or the setting allowHosts (SLUICE_ALLOW_HOSTS).',
  },
  'fetch.dns_not_found': {
    ...ROW,
    sentence: 'There is no host named {host}.',
    hint: 'Check the spelling of the address.',
  },
  'fetch.dns_failed': {
    ...ROW,
    sentence: 'The name {host} could not be looked up: {detail}.',
    hint: 'The name servers of the host or of this machine do not answer; it is tried again.',
  },
  'fetch.refused': {
    ...ROW,
    sentence: '{host} refused the connection.',
    hint: 'No server listens there at present.',
  },
  'fetch.unreachable': {
    ...ROW,
    sentence: '{host} cannot be reached: {detail}.',
    hint: 'There is no way from this machine to the host at present.',
  },
  'fetch.reset': {
    ...ROW,
    sentence: '{host} closed the connection {when}.',
    hint: 'Often passing: it is tried again.',
  },
  'fetch.timeout_connect': {
    ...ROW,
    sentence: '{host} did not take the connection within {limit}.',
    hint: 'The limit is REQUEST_TIMEOUT.',
  },
  'fetch.timeout_headers': {
    ...ROW,
    sentence: '{host} did not begin to answer within {limit}.',
    hint: 'The limit is REQUEST_TIMEOUT.',
  },
  'fetch.timeout_body': {
    ...ROW,
    sentence: '{host} fell silent for {limit} in the middle of its answer.',
    hint: 'The limit is REQUEST_TIMEOUT.',
  },
  'fetch.deadline': {
    ...ROW,
    sentence: 'The exchange with {host} took longer than {limit}.',
    hint: 'The host answers, but too slowly to be read to the end.',
  },
  'fetch.tls': {
    ...ROW,
    sentence: 'The connection to {host} cannot be made secure: {reason}.',
    hint: 'The certificate or the TLS settings of the host are at fault.',
  },
  'fetch.headers_too_large': {
    ...ROW,
    sentence: 'The headers of {host} are larger than {limit}.',
    hint: 'No ordinary site sends such headers.',
  },
  'fetch.body_too_large': {
    ...ROW,
    sentence: 'The answer of {host} is larger than {limit}.',
    hint: 'The size is counted after decompression; what is larger is not read.',
  },
  'fetch.body_corrupt': {
    ...ROW,
    sentence: 'The answer of {host} is damaged: {detail}.',
    hint: 'What arrived does not decompress to what the host announced.',
  },
  'fetch.protocol': {
    ...ROW,
    sentence: '{host} does not speak HTTP: {detail}.',
    hint: 'Another kind of server may be listening there.',
  },
  'fetch.local_limit': {
    ...ROW,
    sentence: 'This machine cannot open another connection: {detail}.',
    hint: 'Raise the limit of open files (ulimit -n) or lower the number of sockets.',
  },
  'fetch.redirect_invalid': {
    ...ROW,
    sentence: '{host} redirects to an address that cannot be followed: {detail}.',
    hint: 'Only redirects to http:// and https:// addresses are followed.',
  },
  'fetch.redirect_loop': {
    ...ROW,
    sentence: '{host} redirects in a circle.',
    hint: 'The address never leads to a page.',
  },
  'fetch.redirects_too_many': {
    ...ROW,
    sentence: '{host} redirects more than {limit} times.',
    hint: 'The address never leads to a page.',
  },
  'fetch.robots_denied': {
    ...ROW,
    sentence: 'robots.txt of {host} does not allow {path}.',
    hint: 'The site asks not to be read there; --no-robots, or the setting robots of a server, reads it all the same.',
  },
  'fetch.robots_unreachable': {
    ...ROW,
    sentence:
      'robots.txt of {host} cannot be read ({detail}), so nothing is fetched there for now.',
    hint: 'It is tried again; --no-robots, or the setting robots of a server, does not ask.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;
