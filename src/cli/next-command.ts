/**
 * Commands to be typed next, complete: where the data directory or the server is, what belongs to
 * the process and not to the job, and where the results go. They do what they say when they are
 * pasted as they are. How long to go on (`--timeout`) is asked anew each time.
 */
import { shellWord } from './shell-word.ts';

type Flags = Readonly<Record<string, unknown>>;

/** The key for a server is a secret: it is not repeated on the screen. */
const WHERE = { data: '--data', config: '--config', server: '--server' } as const;

/** Of no use over the address of a server: these are for where it runs. */
const AT_SERVER = /^sluice (serve|keys create)\b/;

/** Flags of the process that works on a job, by their names as options. */
const WORKING_FLAGS = {
  resolve: '--resolve',
  allowHost: '--allow-host',
  hostRate: '--host-rate',
  hostConcurrency: '--host-concurrency',
  requestTimeout: '--request-timeout',
  fresh: '--fresh',
} as const;

const RESULTS = {
  output: '-o',
  to: '--to',
  format: '--format',
  records: '--records',
  safeFormulas: '--safe-formulas',
} as const;

/** The first of them that was given. */
export function workingFlag(flags: Flags): string | undefined {
  // commander sets robots to true unless --no-robots is given.
  if (flags.robots === false) return '--no-robots';
  return Object.entries(WORKING_FLAGS).find(([name]) => flags[name] !== undefined)?.[1];
}

/** `sluice jobs show ID`, for the data directory of these flags. */
export function jobCommand(verb: string, jobId: string, flags: Flags): string {
  return ['sluice jobs', verb, jobId, ...written(WHERE, flags)].join(' ');
}

/** For an account that a job waits for. */
export function addAccountCommand(service: string, flags: Flags): string {
  return ['sluice accounts add', shellWord(service), 'NAME', ...written(WHERE, flags)].join(' ');
}

/** For an account that was set aside: let in again, it is ready again. */
export function testAccountCommand(flags: Flags): string {
  return ['sluice accounts test NAME', ...written(WHERE, flags)].join(' ');
}

/** For whoever is to use what a tenant has. */
export function tenantKeyCommand(tenant: string, flags: Flags): string {
  const command = ['sluice keys create NAME --for', shellWord(tenant)];
  return [...command, ...written(WHERE, flags)].join(' ');
}

/** Goes on as it ran so far. */
export function resumeCommand(jobId: string, flags: Flags): string {
  return [
    jobCommand('resume', jobId, flags),
    ...written(WORKING_FLAGS, flags),
    // commander sets it to true unless --no-robots is given.
    ...(flags.robots === false ? ['--no-robots'] : []),
    ...written(RESULTS, flags),
    ...written({ allowFailed: '--allow-failed' }, flags),
  ].join(' ');
}

/** What is there so far, or in the end; into a file of some name where none was given. */
export function downloadCommand(jobId: string, flags: Flags): string {
  const named = flags.to !== undefined || (flags.output !== undefined && flags.output !== '-');
  const results = named ? flags : { ...flags, output: 'results.csv', format: undefined };
  return [jobCommand('download', jobId, flags), ...written(RESULTS, results)].join(' ');
}

/** What to do about an error, with its commands for the data directory of these flags. */
export function hintHere(hint: string, flags: Flags): string {
  return hint.replace(/`(sluice [^`]+)`/g, (_, command: string) => {
    const { server, ...atServer } = flags;
    const where = written(WHERE, AT_SERVER.test(command) ? atServer : flags);
    return `\`${[command, ...where].join(' ')}\``;
  });
}

/** A password is not repeated on the screen either: PGPASSWORD says it as well. */
function withoutPassword(value: unknown): string {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || url.password === '') return String(value);
  url.password = '';
  return url.href;
}

function written(names: Readonly<Record<string, string>>, flags: Flags): readonly string[] {
  return Object.entries(names).flatMap(([name, flag]) => {
    const value = flags[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((each) => `${flag} ${shellWord(withoutPassword(each))}`);
  });
}
