/**
 * Asks X one thing with whichever account may. What an answer says of an account (it rests, it is
 * not let in) is told to the pool at once, and the question goes to another account: a list never
 * waits for one account while another could go on.
 */
import { FailureError } from '../../model/failure.ts';
import type { HeldAccount } from '../account-service.ts';
import type { CollectContext } from '../collector.ts';
import type { XEndpoint } from './lead-source.ts';
import { judge } from './x-judge.ts';
import { quotaIn } from './x-quota.ts';
import { saidBy, type XSecret } from './x-service.ts';

export type Asking = Pick<CollectContext, 'account' | 'fetch' | 'nowMs' | 'random'>;

export interface AskRules {
  /** Between two calls of one account at least and at most, ms. */
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
}

export interface Question {
  readonly endpoint: XEndpoint;
  readonly url: URL;
  /** What it is about, for people: `@name`. */
  readonly what: string;
  /** Told of every answer, with the name of the account. */
  readonly onCall: (account: string) => void;
}

/** A body; or the place that was asked for is lost. */
export type Reply =
  | { readonly kind: 'ok'; readonly body: unknown; readonly account: string }
  | { readonly kind: 'lost'; readonly what: 'token' | 'since' };

/** A thousand users with all their fields have about 2 MB. */
const BODY_BYTES_MAX = 16 * 2 ** 20;
/** An account that may not call an endpoint is not asked there again for so long. */
const BARRED_MS = 3_600_000;
/** More accounts are not gone through for one answer: the next attempt goes on. */
const TURNS_MAX = 100;

/** Rejects with a `FailureError` for what no other account would change. */
export async function askX(ctx: Asking, rules: AskRules, question: Question): Promise<Reply> {
  let barred: string | undefined;
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    using account = await accountFor(ctx, question, barred);
    const pauseSpanMs = rules.pauseMaxMs - rules.pauseMinMs;
    account.pause(rules.pauseMinMs + pauseSpanMs * ctx.random.next());
    const answer = await send(ctx, account, question.url);
    const nowMs = ctx.nowMs();
    question.onCall(account.name);
    const quota = quotaIn(answer.headers, nowMs);
    if (quota) account.learned(question.endpoint, quota);
    const text = saidBy(answer, account.secret);
    const verdict = judge({ ...answer, text }, question.what, nowMs);
    switch (verdict.kind) {
      case 'ok':
        return { kind: 'ok', body: verdict.body, account: account.name };
      case 'lost':
        return verdict;
      case 'rest':
        account.rest(verdict.untilMs, verdict.why, question.endpoint);
        break;
      case 'quarantine':
        account.quarantine(verdict.why);
        break;
      case 'barred':
        barred = verdict.why;
        account.rest(nowMs + BARRED_MS, verdict.why, question.endpoint);
        break;
      case 'fail':
        throw new FailureError(verdict.failure);
    }
  }
  throw new FailureError({
    class: 'transient',
    code: 'x.turns',
    message: `X refused ${TURNS_MAX} accounts one after another.`,
  });
}

function send(ctx: Asking, account: HeldAccount<XSecret>, url: URL) {
  return ctx.fetch(url, {
    account,
    headers: { authorization: `Bearer ${account.secret.token}`, accept: 'application/json' },
    anyStatus: true,
    robots: false,
    bodyBytesMax: BODY_BYTES_MAX,
    redirectsMax: 0,
  });
}

/** Where the last accounts were barred for good, waiting for them would be waiting for nothing. */
async function accountFor(
  ctx: Asking,
  { endpoint }: Question,
  barred: string | undefined,
): Promise<HeldAccount<XSecret>> {
  try {
    return await ctx.account(endpoint);
  } catch (error) {
    if (barred === undefined || !(error instanceof FailureError)) throw error;
    throw new FailureError({
      class: 'stop',
      code: 'x.token_kind',
      message: `No account may call ${endpoint}. The last one: ${barred}`,
      hint: 'Add an account whose token has the rights (see its scopes), then resume the job.',
    });
  }
}
