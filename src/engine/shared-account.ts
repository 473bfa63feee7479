/**
 * What `ctx.sharedAccount` does: an account by its name, without a lease, for services that let one
 * login work many times at once. Whether it may be used is asked every time.
 */
import { current, quarantined, rested, used } from '../accounts/health.ts';
import { SluiceError } from '../base/errors.ts';
import type { SharedAccount } from '../collectors/account-service.ts';
import type { Account } from '../model/account.ts';
import { FailureError } from '../model/failure.ts';
import type { AccountBook } from './account-book.ts';
import type { Attempt } from './attempt.ts';
import { utcTime } from './job-words.ts';

/** Rejects with a failure of class `auth`, or `throttled` while it rests. */
export async function shareAccount(attempt: Attempt, name: string): Promise<SharedAccount> {
  const { parts, run } = attempt;
  const { service } = run.collector;
  if (service === undefined || parts.accounts === undefined) {
    const detail = 'it asked for an account and declares no service';
    throw new SluiceError('collector.threw', { detail });
  }
  const { book } = parts.accounts;
  const { tenant } = run.job;
  const account = await accountNamed(book, tenant, service.name, name);
  const nowMs = parts.clock.wallMs();
  checkUsable(current(account, nowMs));
  const { id } = account;
  return {
    id,
    name,
    secret: service.secret.parse(book.secretOf(id)) as unknown,
    called() {
      book.change(id, (each) => used(each, parts.clock.wallMs()), false);
    },
    rest(untilMs, why) {
      book.change(id, (each) => rested(each, untilMs, String(why), undefined), true);
    },
    quarantine(why) {
      book.change(id, (each) => quarantined(each, String(why)), true);
    },
  };
}

async function accountNamed(
  book: AccountBook,
  tenant: string,
  service: string,
  name: string,
): Promise<Account> {
  await book.ready();
  const find = () => book.list(tenant, service).find((account) => account.name === name);
  const known = find();
  if (known) return known;
  // Another process may have added it a moment ago.
  await book.reload(tenant);
  const account = find();
  if (account) return account;
  throw failureOf(new SluiceError('account.unknown', { service, name, tenant }));
}

function checkUsable({ state, service, name, reason = '', restUntilMs = 0 }: Account): void {
  if (state === 'ready') return;
  if (state === 'resting') {
    const time = utcTime(restUntilMs);
    throw failureOf(new SluiceError('account.rests', { service, name, time, reason }), restUntilMs);
  }
  throw failureOf(new SluiceError('account.set_aside', { service, name, state, reason }));
}

function failureOf({ code, message, hint }: SluiceError, untilMs?: number): FailureError {
  if (untilMs === undefined) return new FailureError({ class: 'auth', code, message, hint });
  return new FailureError({ class: 'throttled', code, message, hint, untilMs });
}
