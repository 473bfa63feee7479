/** What is kept of an attempt as text, where anything is: of most there is nothing to tell. */
import type { AttemptEnd, AttemptRecord } from '../model/attempt-record.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Attempt } from './attempt.ts';
import { accountNames } from './attempt-seen.ts';

/** Failures are kept in full with their task; an attempt has the gist of its own. */
const MESSAGE_CHARS_MAX = 500;
const WAITS_MAX = 5;

type Judged = Exclude<Outcome, { kind: 'release' | 'cancel' | 'stop' }>;

const ENDS: Readonly<Record<Judged['kind'], AttemptEnd>> = {
  complete: 'completed',
  retry: 'retry',
  snooze: 'wait',
  discard: 'discarded',
};

/** JSON text; undefined for one that completed as the first. */
export function attemptRecord(
  attempt: Attempt,
  outcome: Judged,
  activeMs: number,
): string | undefined {
  const { task, parts, startedMs, trace } = attempt;
  if (outcome.kind === 'complete' && task.attemptNo === 0 && !task.throttled) return undefined;
  const { clock, nodeName: node } = parts;
  const tookMs = clock.monoMs() - startedMs;
  const accounts = accountNames(attempt);
  const waits = attempt.waits.slice(0, WAITS_MAX).map(([lane, ms]) => ({ lane, ms: round(ms) }));
  const told = waits.filter(({ ms }) => ms > 0);
  const record: AttemptRecord = {
    startedMs: round(clock.wallMs() - tookMs),
    tookMs: round(tookMs),
    waitedMs: round(tookMs - activeMs),
    queuedMs: round(attempt.queuedMs),
    end: ENDS[outcome.kind],
    ...failureOf(outcome),
    ...('atMs' in outcome ? { againMs: Math.ceil(outcome.atMs) } : {}),
    ...(node === undefined ? {} : { node }),
    ...(accounts.length === 0 ? {} : { accounts }),
    ...(task.lane === '' ? {} : { lane: task.lane }),
    ...(told.length === 0 ? {} : { waits: told }),
    ...(trace === undefined ? {} : trace.kept(startedMs)),
  };
  return JSON.stringify(record);
}

function failureOf(outcome: Judged): Pick<AttemptRecord, 'failure'> {
  if (outcome.kind === 'complete') return {};
  const failure = outcome.kind === 'snooze' ? outcome.why : outcome.failure;
  const { class: kind, code, status } = failure;
  const message = failure.message.slice(0, MESSAGE_CHARS_MAX);
  const plain = { class: kind, code, message };
  return { failure: status === undefined ? plain : { ...plain, status } };
}

/** To a tenth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
