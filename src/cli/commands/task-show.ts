/** `sluice jobs show JOB --task N`: one row, what became of it, and how its attempts went. */
import { formatDuration } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import type { AttemptEnd, KeptAttempt } from '../../model/attempt-record.ts';
import type { Failure } from '../../model/failure.ts';
import type { Store } from '../../store/store.ts';
import { EXIT } from '../exit.ts';
import { hintHere } from '../next-command.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { jobPath } from '../remote-jobs.ts';

/** As a server tells it. */
interface ShownTask {
  readonly seq: number;
  readonly state: string;
  readonly input?: unknown;
  readonly attempts: number;
  readonly failure?: Failure;
  readonly recordCount: number;
  readonly durationMs?: number;
  readonly duplicateOf?: number;
  readonly history: readonly KeptAttempt[];
}

const ENDS: Readonly<Record<AttemptEnd, string>> = {
  completed: 'got through',
  retry: 'failed',
  wait: 'told to wait',
  discarded: 'given up',
};

export async function showTask(invocation: Invocation, jobId: string, seq: number) {
  const remote = namedServer(invocation);
  const task =
    remote === undefined
      ? await taskHere(invocation, jobId, seq)
      : await remote.ask<ShownTask>({ method: 'GET', path: `${jobPath(jobId)}/tasks/${seq}` });
  const { io, flags } = invocation;
  io.stdout.write(
    flags.json ? `${JSON.stringify(task)}\n` : `${lines(jobId, task, { ...flags }).join('\n')}\n`,
  );
  return EXIT.ok;
}

async function taskHere(invocation: Invocation, jobId: string, seq: number): Promise<ShownTask> {
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    return await readTask(store, jobId, seq);
  } finally {
    await store.close();
  }
}

async function readTask(store: Store, jobId: string, seq: number): Promise<ShownTask> {
  if ((await store.job(jobId)) === undefined) throw new SluiceError('job.not_found', { id: jobId });
  const found = (await store.tasks(jobId, { after: seq - 1, limit: 1 })).rows[0];
  const input = found?.seq === seq ? found.input : undefined;
  const [row] = found?.seq === seq ? [found] : await store.results(jobId, seq, 1);
  if (row === undefined) throw new SluiceError('task.not_found', { id: jobId, seq });
  const { state, attemptNo, failure, records, durationMs, duplicateOf } = row;
  return {
    seq,
    state,
    ...(input === undefined ? {} : { input: JSON.parse(input) as unknown }),
    attempts: attemptNo,
    ...(failure === undefined ? {} : { failure }),
    recordCount: records.length,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(duplicateOf === undefined ? {} : { duplicateOf }),
    history: await store.attempts(jobId, duplicateOf ?? seq),
  };
}

function lines(jobId: string, task: ShownTask, flags: OwnFlags): readonly string[] {
  const { seq, state, input, attempts, failure, recordCount, durationMs, duplicateOf } = task;
  const took = durationMs === undefined ? '' : `, took ${formatDuration(durationMs)}`;
  return [
    `${jobId} row ${seq}  ${state}  attempts ${attempts}${took}, records ${recordCount}`,
    ...(duplicateOf === undefined ? [] : [`  like row ${duplicateOf}, which answers for it`]),
    ...(input === undefined ? [] : [`  input ${JSON.stringify(input)}`]),
    ...(failure === undefined ? [] : [`  ${failure.message} (${failure.code})`]),
    ...(failure?.hint === undefined ? [] : [`  ${hintHere(failure.hint, flags)}`]),
    ...task.history.toReversed().flatMap(attemptLines),
  ];
}

function attemptLines(attempt: KeptAttempt): readonly string[] {
  const { no, end, startedMs, tookMs, failure, node, accounts = [], waits = [] } = attempt;
  const { queuedMs, requests = 0, receivedBytes = 0, exchanges = [] } = attempt;
  const at = new Date(startedMs).toISOString().slice(0, 19).replace('T', ' ');
  const where = [
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(accounts.length === 0 ? [] : [`as ${accounts.join(', ')}`]),
    ...waits.map(({ lane, ms }) => `waited ${formatDuration(Math.round(ms))} for ${lane}`),
  ];
  const queued =
    queuedMs === undefined ? '' : `, had queued for ${formatDuration(Math.round(queuedMs))}`;
  const again = attempt.againMs === undefined ? '' : `, again at ${utcTime(attempt.againMs)}`;
  return [
    `  ${no}  ${ENDS[end]}  ${at} UTC, took ${formatDuration(Math.round(tookMs))}${queued}${again}`,
    ...(failure === undefined
      ? []
      : [`     ${failure.message} (${failure.class}, ${failure.code})`]),
    ...(where.length === 0 ? [] : [`     ${where.join(', ')}`]),
    ...(requests === 0 ? [] : [`     requests ${requests}, bytes received ${receivedBytes}`]),
    ...exchanges.map(({ method, url, status, failure: code, tookMs: ms }) => {
      const answer = status ?? code ?? 'no answer';
      return `       ${method} ${url}  ${answer}, took ${formatDuration(Math.round(ms))}`;
    }),
  ];
}

function utcTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
