/** What `ctx.account` does: says what is needed, waits without a seat, minds the end. */
import { SluiceError } from '../base/errors.ts';
import { type AccountNeed, accountsLane } from '../model/account.ts';
import type { AccountAsk } from './account-entry.ts';
import type { Attempt } from './attempt.ts';
import { accountNeedOf, isEndpoint } from './collector-answers.ts';
import type { LeasedAccount } from './held-account.ts';

/** Rejects with a failure of class `throttled` where none can be had soon. */
export async function takeAccount(
  attempt: Attempt,
  endpoint: string | undefined,
): Promise<LeasedAccount> {
  const { parts, run, task, seat, signal } = attempt;
  const desk = parts.accounts;
  if (desk === undefined) throw wrong('there are no accounts here');
  const { tenant, id: jobId } = run.job;
  const need = needOf(attempt, endpoint);
  const { service } = run.collector;
  const ask: AccountAsk = { need, tenant, jobId, seq: task.seq, service };
  signal.throwIfAborted();
  const lane = accountsLane(need.service, tenant);
  const wait = () => seat.waitHolding(desk.take(ask, signal), signal);
  const account = desk.tryTake(ask) ?? (await seat.timed(lane, wait()));
  // It may have been had in the moment in which the attempt ended.
  if (attempt.ended) account[Symbol.dispose]();
  else attempt.accounts = [...attempt.accounts.filter(({ held }) => held), account];
  return account;
}

function needOf({ run, task }: Attempt, endpoint: string | undefined): AccountNeed {
  const { collector, options } = run;
  const declared = accountNeedOf(collector, run.inputOf(task), options);
  const service = declared?.service ?? collector.service?.name;
  if (service === undefined) throw wrong('it asked for an account and declares no service');
  const asked = endpoint ?? declared?.endpoint;
  if (isEndpoint(asked)) return { service, endpoint: asked };
  throw wrong(`ctx.account takes the name of an endpoint, not ${JSON.stringify(asked)}`);
}

function wrong(detail: string): SluiceError {
  return new SluiceError('collector.threw', { detail });
}
