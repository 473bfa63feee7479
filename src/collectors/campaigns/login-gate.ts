/**
 * Tries a login once before it is used many times at once: ten bad logins lock a user out, and a
 * wrong password in a list of clients would be all ten in the first moment. Who comes meanwhile
 * waits for the answer, and it holds for a while.
 */
import { SluiceError } from '../../base/errors.ts';
import { FailureError } from '../../model/failure.ts';
import type { SharedAccount } from '../account-service.ts';
import type { CollectContext } from '../collector.ts';
import { serverLane } from './client-input.ts';
import { type ExportVerdict, judgeExport } from './judge-export.ts';
import { authorization, formUrl, type VicidialLogin } from './vicidial-requests.ts';

type GateContext = Pick<CollectContext, 'fetch' | 'nowMs' | 'signal' | 'waitFor'>;

const HOLDS_MS = 10 * 60_000;
const LOGINS_MAX = 10_000;
const BODY_BYTES_MAX = 2 * 2 ** 20;

interface Trial {
  readonly result: Promise<void>;
  /** Wall time, ms; 0 = it runs. */
  doneMs: number;
}

export class LoginGate {
  readonly #trials = new Map<string, Trial>();

  /** Rejects with a `FailureError` where it is not let in; the account is set aside then. */
  async pass(ctx: GateContext, account: SharedAccount<VicidialLogin>): Promise<void> {
    const key = JSON.stringify([account.id, account.secret]);
    for (;;) {
      const known = this.#trials.get(key);
      const old = known && known.doneMs > 0 && ctx.nowMs() - known.doneMs > HOLDS_MS;
      if (known === undefined || old) return this.#try(ctx, account, key);
      try {
        await ctx.waitFor(known.result);
        return;
      } catch (error) {
        if (error instanceof FailureError) throw error;
        // The attempt that tried it was interrupted, or got no answer: that says nothing of it.
        ctx.signal.throwIfAborted();
      }
    }
  }

  #try(ctx: GateContext, account: SharedAccount<VicidialLogin>, key: string): Promise<void> {
    const trial: Trial = { result: this.#ask(ctx, account), doneMs: 0 };
    if (this.#trials.size >= LOGINS_MAX) this.#trials.clear();
    this.#trials.set(key, trial);
    trial.result.then(
      () => {
        trial.doneMs = ctx.nowMs();
      },
      () => this.#trials.delete(key),
    );
    return trial.result;
  }

  async #ask(ctx: GateContext, account: SharedAccount<VicidialLogin>): Promise<void> {
    const { secret } = account;
    const asked = ctx.fetch(formUrl(secret.url), {
      headers: { authorization: authorization(secret) },
      anyStatus: true,
      robots: false,
      redirectsMax: 0,
      bodyBytesMax: BODY_BYTES_MAX,
      lane: serverLane(secret.url),
    });
    const reply = await asked.catch(orRedirected);
    account.called();
    const { url, status, headers } = reply;
    const answer = { url, status, headers, head: reply.text() };
    const verdict = judgeExport(answer, secret, ctx.nowMs());
    if (verdict.kind === 'login' || verdict.kind === 'fail') throw refused(verdict, account);
  }
}

/** A password is not sent along to where an answer leads. */
export function orRedirected(error: unknown): never {
  if (!(error instanceof SluiceError) || error.code !== 'fetch.redirects_too_many') throw error;
  throw new FailureError({
    class: 'transient',
    code: 'campaigns.redirected',
    message: 'The server sends requests with a login on to another address.',
    hint: 'Give the client the url that it leads to (https for http?); a proxy may want a login of its own.',
  });
}

/** What a refusal means for the account, and the failure of who used it. */
export function refused(
  verdict: Extract<ExportVerdict, { kind: 'login' | 'fail' }>,
  account: SharedAccount,
): FailureError {
  if (verdict.kind === 'fail') return new FailureError(verdict.failure);
  const { why, untilMs } = verdict;
  if (untilMs !== undefined) {
    account.rest(untilMs, why);
    const failure = { class: 'throttled', code: 'account.rests', message: why, untilMs } as const;
    return new FailureError(failure);
  }
  account.quarantine(why);
  return new FailureError({
    class: 'auth',
    code: 'campaigns.login',
    message: `The account ${account.name} is not let in: ${why}`,
    hint: 'Correct its row and run it again, or `sluice accounts add vicidial NAME --replace` (POST /v1/accounts: `replace`).',
  });
}
