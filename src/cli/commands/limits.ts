/** `sluice limits …`: what work waits for, on the server that does it. */
import { SluiceError } from '../../base/errors.ts';
import { count, rate } from '../../engine/job-words.ts';
import { EXIT } from '../exit.ts';
import { positiveNumber, wholeNumber } from '../option-values.ts';
import { printList } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { anyServer } from '../remote.ts';
import { jobPath } from '../remote-jobs.ts';

interface Lane {
  readonly kind: string;
  readonly name: string;
  readonly inUse: number;
  readonly waiting: number;
  readonly slots: number;
  readonly perSecond?: number;
  readonly blocked?: string;
  readonly untilMs?: number;
}

interface Waits {
  readonly still?: string;
  readonly waits: readonly { readonly text: string }[];
  readonly retries: { readonly waiting: number; readonly nextMs?: number };
}

export async function listLimits(
  invocation: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const limit = wholeNumber('--limit', own.limit, 1);
  const remote = await anyServer(invocation);
  const { lanes } = await remote.ask<{ lanes: readonly Lane[] }>({
    method: 'GET',
    path: `/v1/lanes?limit=${limit}`,
  });
  const header = ['KIND', 'NAME', 'IN USE', 'SLOTS', 'RATE', 'WAITING', 'BLOCKED', 'UNTIL (UTC)'];
  printList(invocation, lanes, header, (lane) => [
    lane.kind,
    lane.name,
    count(lane.inUse),
    count(lane.slots),
    lane.perSecond === undefined ? '—' : rate(lane.perSecond),
    count(lane.waiting),
    lane.blocked ?? '—',
    lane.untilMs === undefined ? '—' : new Date(lane.untilMs).toISOString().slice(11, 19),
  ]);
  return EXIT.ok;
}

interface Preview {
  readonly words: readonly string[];
  readonly ends: readonly { readonly name: string; readonly words: string }[];
}

export async function setLimit(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const concurrency = wholeNumber('--at-once', own.atOnce);
  const perSecond = positiveNumber('--per-second', own.perSecond);
  if (concurrency === undefined && perSecond === undefined) {
    throw new SluiceError('usage.invalid', { detail: 'give --at-once, --per-second or both' });
  }
  const body = {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(perSecond === undefined ? {} : { perSecond }),
  };
  const remote = await anyServer(invocation);
  const path = limitPath(args[0] as string);
  const preview = { method: 'POST', path: `${path}/preview`, body } as const;
  const told = await remote.ask<Preview>(preview);
  if (own.dryRun !== true) await remote.ask({ method: 'PUT', path, body });
  if (flags.json) io.stdout.write(`${JSON.stringify(told)}\n`);
  else if (!flags.quiet) {
    const ends = told.ends.map(({ name, words }) => `${name}: ${words}`);
    io.stdout.write(`${[...told.words, ...ends].join('\n')}\n`);
  }
  return EXIT.ok;
}

export async function resetLimit(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const remote = await anyServer(invocation);
  await remote.ask({ method: 'DELETE', path: limitPath(args[0] as string) });
  return EXIT.ok;
}

function limitPath(lane: string): string {
  return `/v1/lanes/${encodeURIComponent(lane)}/limit`;
}

export async function explainJob(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const { io, flags } = invocation;
  const remote = await anyServer(invocation);
  const path = `${jobPath(args[0] as string)}/waits`;
  const told = await remote.ask<Waits>({ method: 'GET', path });
  if (flags.json) {
    io.stdout.write(`${JSON.stringify(told)}\n`);
    return EXIT.ok;
  }
  const { still, waits, retries } = told;
  const next =
    retries.nextMs === undefined ? '' : `, next ${new Date(retries.nextMs).toISOString()}`;
  const lines = [
    ...waits.map(({ text }) => text),
    ...(retries.waiting > 0 ? [`${count(retries.waiting)} rows are tried again${next}`] : []),
  ];
  if (lines.length === 0) lines.push(still ?? 'It waits for nothing.');
  io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}
