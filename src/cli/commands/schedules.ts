/** `sluice schedules …`: jobs that a server starts by cron. */
import { SluiceError } from '../../base/errors.ts';
import { checkCron } from '../../engine/cron.ts';
import { PREVIEW_MAX } from '../../engine/schedules.ts';
import type { Schedule, ScheduleAnswer, ScheduleRun } from '../../model/schedule.ts';
import { type Api, listOf, withApi, withNewApi, withReadApi } from '../api.ts';
import { EXIT } from '../exit.ts';
import { duration, jobOptions, wholeNumber } from '../option-values.ts';
import { deliverFlags } from '../outbox-here.ts';
import { printList, tickTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { talk } from '../talk.ts';

type Args = readonly (string | undefined)[];

const PAGE = 200;
const HISTORY_HEADER = ['DUE (UTC)', 'OUTCOME', 'JOB', 'STATE', 'WHY'];

export async function listSchedules(invocation: Invocation): Promise<number> {
  const all = await listOf(invocation, allSchedules);
  const header = ['SCHEDULE', 'NAME', 'CRON', 'ZONE', 'NEXT (UTC)', 'LAST (UTC)', 'OUTCOME'];
  printList(invocation, all, header, ({ id, name, cron, timeZone, paused, nextMs, last }) => [
    id,
    name,
    cron,
    timeZone,
    paused ? 'paused' : tickTime(nextMs),
    tickTime(last?.dueMs),
    last?.jobState ?? last?.outcome ?? '—',
  ]);
  return EXIT.ok;
}

async function allSchedules(api: Api): Promise<readonly Schedule[]> {
  const all: Schedule[] = [];
  for (let after = ''; ; ) {
    const page = await api.ask<{ schedules: readonly Schedule[]; next?: string }>({
      method: 'GET',
      path: `/v1/schedules?limit=${PAGE}${after}`,
    });
    all.push(...page.schedules);
    if (page.next === undefined) return all;
    after = `&after=${page.next}`;
  }
}

export function createSchedule(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const collector = args[0] as string;
  const concurrency = wholeNumber('--concurrency', own.concurrency);
  const retries = wholeNumber('--retries', own.retries);
  const body = {
    name: own.name ?? collector,
    cron: own.cron,
    ...(own.timeZone === undefined ? {} : { timeZone: own.timeZone }),
    ...(own.overlap === undefined ? {} : { overlap: own.overlap }),
    ...(own.jitter === undefined ? {} : { jitterMs: duration('--jitter', own.jitter, '5m') }),
    ...(own.paused === true ? { paused: true } : {}),
    order: {
      collector,
      options: jobOptions(own.opt),
      ...(own.inputOf === undefined ? {} : { input: { job: own.inputOf } }),
      ...(own.column === undefined ? {} : { column: own.column }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(retries === undefined ? {} : { retries }),
      ...deliverOf(own),
    },
  };
  return withNewApi(invocation, async (api) => {
    const made = await api.ask<ScheduleAnswer>({ method: 'POST', path: '/v1/schedules', body });
    if (flags.json) io.stdout.write(`${JSON.stringify(made)}\n`);
    else {
      io.stdout.write(`${made.schedule.id}\n`);
      sayTicks(invocation, made, api);
    }
    return EXIT.ok;
  });
}

export function showSchedule(invocation: Invocation, args: Args): Promise<number> {
  const { io, flags } = invocation;
  return withReadApi(invocation, async (api) => {
    const shown = await api.ask<ScheduleAnswer>({ method: 'GET', path: pathOf(args) });
    const { id, name, cron, timeZone, overlap, jitterMs: jitter, paused, order } = shown.schedule;
    const { last } = shown.schedule;
    const lines = [
      `${id}  ${name}${paused ? '  paused' : ''}`,
      `  ${cron} (${timeZone}), overlap ${overlap}${jitter > 0 ? `, jitter ${jitter} ms` : ''}`,
      `  ${order.collector} ${JSON.stringify({ ...order, collector: undefined })}`,
      ...(paused ? [] : [`  next ${shown.ticks.map(tickTime).join(', ')} UTC`]),
      ...(last ? [`  last ${historyCells(last).join('  ')}`.trimEnd()] : []),
    ];
    io.stdout.write(`${flags.json ? JSON.stringify(shown) : lines.join('\n')}\n`);
    return EXIT.ok;
  });
}

export function removeSchedule(invocation: Invocation, args: Args): Promise<number> {
  return withApi(invocation, async (api) => {
    await api.ask({ method: 'DELETE', path: pathOf(args) });
    talk(invocation, `Removed schedule ${args[0]}; its jobs stay.`);
    return EXIT.ok;
  });
}

export function pauseSchedule(invocation: Invocation, args: Args): Promise<number> {
  return steer(invocation, args, 'pause');
}

export function resumeSchedule(invocation: Invocation, args: Args): Promise<number> {
  return steer(invocation, args, 'resume');
}

/** Where no server runs nothing would work on the job. */
export function runSchedule(invocation: Invocation, args: Args): Promise<number> {
  const { io, flags } = invocation;
  return withApi(invocation, async (api) => {
    if (!api.served) {
      throw new SluiceError('server.needed', { path: (await invocation.workbench()).dataDir });
    }
    const run = await api.ask<ScheduleRun>({ method: 'POST', path: `${pathOf(args)}/run` });
    if (flags.json) io.stdout.write(`${JSON.stringify(run)}\n`);
    else {
      if (run.jobId !== undefined) io.stdout.write(`${run.jobId}\n`);
      talk(invocation, `${['Run', run.outcome].join(' ')}${run.why ? `: ${run.why}` : '.'}`);
    }
    return EXIT.ok;
  });
}

export function listRuns(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const limit = wholeNumber('--limit', own.limit, 1);
  return withReadApi(invocation, async (api) => {
    const path = `${pathOf(args)}/history?limit=${limit}`;
    const { runs } = await api.ask<{ runs: readonly ScheduleRun[] }>({ method: 'GET', path });
    printList(invocation, runs, HISTORY_HEADER, historyCells);
    return EXIT.ok;
  });
}

/** Needs neither a server nor a data directory. */
export async function previewCron(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const count = wholeNumber('--count', own.count, 1) ?? 0;
  const nowMs = (await invocation.workbench()).clock.wallMs();
  const cron = checkCron(args[0] as string, String(own.timeZone ?? 'UTC'), nowMs);
  for (const ms of cron.next(nowMs, Math.min(count, PREVIEW_MAX))) {
    const line = flags.json ? JSON.stringify({ atMs: ms }) : new Date(ms).toISOString();
    io.stdout.write(`${line}\n`);
  }
  return EXIT.ok;
}

function steer(invocation: Invocation, args: Args, action: 'pause' | 'resume'): Promise<number> {
  const { io, flags } = invocation;
  return withApi(invocation, async (api) => {
    const path = `${pathOf(args)}/${action}`;
    const answer = await api.ask<ScheduleAnswer>({ method: 'POST', path });
    if (flags.json) io.stdout.write(`${JSON.stringify(answer)}\n`);
    else sayTicks(invocation, answer, api);
    return EXIT.ok;
  });
}

function sayTicks(invocation: Invocation, { schedule, ticks }: ScheduleAnswer, api: Api): void {
  if (schedule.paused) talk(invocation, 'It is paused.');
  else talk(invocation, `Next: ${ticks.map(tickTime).join(', ')} UTC.`);
  if (api.served) return;
  const { databaseUrl } = invocation.resolved.settings;
  const where = databaseUrl === '' ? 'in this directory' : 'for this database';
  talk(invocation, `Runs start while \`sluice serve\` works ${where}.`);
}

function historyCells(run: ScheduleRun): readonly string[] {
  const { dueMs, outcome, manual, late, jobId, jobState, why } = run;
  const marks = [...(manual ? ['by hand'] : []), ...(late ? ['late'] : [])].join(', ');
  return [
    tickTime(dueMs),
    marks === '' ? outcome : `${outcome} (${marks})`,
    jobId ?? '—',
    jobState ?? '—',
    why ?? '',
  ];
}

/** Names of destinations, for an order. */
export function deliverOf(own: OwnFlags): { readonly deliver?: readonly string[] } {
  const deliver = deliverFlags(own);
  return deliver.length === 0 ? {} : { deliver };
}

function pathOf(args: Args): string {
  return `/v1/schedules/${encodeURIComponent(args[0] ?? '')}`;
}
