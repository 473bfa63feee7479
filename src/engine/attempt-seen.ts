/** What observers are told of an attempt's end. On the hot path: what most lack costs nothing. */
import type { Outcome } from '../model/outcome.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptSeen } from './observer.ts';
import { failureOf } from './outcome-feedback.ts';

const NO_ACCOUNTS: readonly string[] = [];

export function attemptSeen(
  attempt: Attempt,
  outcome: Outcome,
  endedMs: number,
  activeMs: number,
): AttemptSeen {
  const { run, task, accounts } = attempt;
  const why = failureOf(outcome);
  return {
    jobId: run.job.id,
    tenant: run.job.tenant,
    collector: run.job.collector,
    seq: task.seq,
    attemptNo: attempt.attemptNo,
    outcome: outcome.kind,
    failure: why === undefined ? '' : why.code,
    why,
    startedMs: attempt.startedMs,
    endedMs,
    activeMs,
    queuedMs: attempt.queuedMs,
    accounts: accounts.length === 0 ? NO_ACCOUNTS : accountNames(attempt),
  };
}

/** `service/name`, each once. */
export function accountNames({ accounts }: Attempt): readonly string[] {
  return [...new Set(accounts.map(({ service, name }) => `${service}/${name}`))];
}
