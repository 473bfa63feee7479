/**
 * `sluice jobs show JOB --attempts|--log|--events`: what has happened in a job, the last of it
 * first. Attempts that are kept lie with the job; the rest is in the memory of the server that
 * works on it.
 */
import { formatDuration } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { LOG_LEVELS } from '../../base/log.ts';
import type { JobAttempt } from '../../model/attempt-record.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { anyServer, namedServer } from '../remote.ts';
import { jobPath } from '../remote-jobs.ts';
import { table } from '../table.ts';

const LIMIT = '50';
const PAGE = 200;

type Shown = Omit<JobAttempt, 'end'> & { readonly end: string };

interface Line {
  readonly atMs: number;
  readonly level: string;
  readonly seq?: number;
  readonly text: string;
}

interface Event {
  readonly id: number;
  readonly type: string;
  readonly data: { readonly atMs?: number };
}

/** Whether one of them is asked for. */
export function asksForPast({ attempts, latest, log, events }: OwnFlags): boolean {
  return [attempts, latest, log, events].some((flag) => flag !== undefined);
}

export async function showPast(invocation: Invocation, jobId: string, own: OwnFlags) {
  const limit = wholeNumber('--limit', own.limit ?? LIMIT, 1) ?? 0;
  const asked = [own.attempts, own.latest, own.log, own.events].filter(
    (flag) => flag !== undefined,
  );
  if (asked.length > 1) {
    const detail = 'It shows one of --attempts, --latest, --log and --events at a time';
    throw new SluiceError('usage.invalid', { detail });
  }
  if (own.attempts !== undefined) say(invocation, await kept(invocation, jobId, limit), attempts);
  else if (own.latest !== undefined) {
    say(invocation, await past<Shown>(invocation, jobId, 'attempts/latest', limit), attempts);
  } else if (own.log !== undefined) {
    const filter = { level: levelOf(own.log) };
    const lines = await past<Line>(invocation, jobId, 'log', limit, filter);
    // As logs are read: the newest at the end.
    say(invocation, lines.toReversed(), logLines);
  } else {
    const events = await past<Event>(invocation, jobId, 'events/past', limit);
    say(invocation, events.toReversed(), eventLines);
  }
  return EXIT.ok;
}

function say<T>(
  { io, flags }: Invocation,
  items: readonly T[],
  inWords: (items: readonly T[]) => string,
): void {
  if (flags.json) for (const each of items) io.stdout.write(`${JSON.stringify(each)}\n`);
  else if (items.length > 0) io.stdout.write(inWords(items));
  else if (!flags.quiet) io.stderr.write('There is none.\n');
}

/** With a server or in a data directory alike. */
async function kept(invocation: Invocation, jobId: string, limit: number) {
  if (namedServer(invocation) !== undefined) {
    return past<Shown>(invocation, jobId, 'attempts', limit);
  }
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    return await store.jobAttempts(jobId, { limit });
  } finally {
    await store.close();
  }
}

async function past<T>(
  invocation: Invocation,
  jobId: string,
  what: 'attempts' | 'attempts/latest' | 'log' | 'events/past',
  limit: number,
  filter: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const remote = await anyServer(invocation);
  const found: T[] = [];
  for (let before: string | undefined; found.length < limit; ) {
    const size = String(Math.min(PAGE, limit - found.length));
    const query = new URLSearchParams({ ...filter, limit: size, ...(before && { before }) });
    const path = `${jobPath(jobId)}/${what}?${query}`;
    const page = await remote.ask<Readonly<Record<string, unknown>>>({ method: 'GET', path });
    found.push(...((page.attempts ?? page.lines ?? page.events) as readonly T[]));
    if (page.next === undefined) break;
    before = String(page.next);
  }
  return found;
}

function levelOf(flag: unknown): string {
  if (flag === true) return 'debug';
  const level = LOG_LEVELS.find((each) => each === flag);
  if (level !== undefined) return level;
  const detail = `--log takes ${LOG_LEVELS.join(', ')}, not ${String(flag)}`;
  throw new SluiceError('usage.invalid', { detail });
}

function attempts(items: readonly Shown[]): string {
  const span = (ms: number | undefined) =>
    ms === undefined ? '-' : formatDuration(Math.max(0, Math.round(ms)));
  return table(
    ['ROW', 'NO', 'END', 'BEGAN', 'QUEUED', 'WAITED', 'RAN', 'WHY'],
    items.map(({ seq, no, end, startedMs, tookMs, waitedMs, queuedMs, failure }) => [
      String(seq),
      String(no),
      end,
      utc(startedMs),
      span(queuedMs),
      span(waitedMs),
      span(tookMs - waitedMs),
      failure === undefined ? '' : plain(`${failure.code} ${failure.message.slice(0, 100)}`),
    ]),
  );
}

function logLines(items: readonly Line[]): string {
  return items
    .map(({ atMs, level, seq, text }) => {
      const row = seq === undefined || text.startsWith(`Row ${seq} `) ? '' : `row ${seq}: `;
      return `${utc(atMs)} ${level.padEnd(5)} ${row}${plain(text)}\n`;
    })
    .join('');
}

function eventLines(items: readonly Event[]): string {
  return items
    .map(({ id, type, data }) => {
      const { atMs, ...rest } = data;
      return `${id} ${atMs === undefined ? '-' : utc(atMs)} ${type} ${JSON.stringify(rest)}\n`;
    })
    .join('');
}

/** What others wrote turns nothing in a terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
