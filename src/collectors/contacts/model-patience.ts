/**
 * How long rows wait for the language model. While it answers, as long as its lane takes. Once it
 * asks for a long rest (a quota that is used up), nobody waits for it: the rows that do are let go,
 * and it is not asked before the rest is over. A bonus must not keep a finished row.
 */
import { type Failure, FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import type { Visit } from './collect-contacts.ts';
import type { ContactRecord } from './contact-record.ts';
import { askModel, type ModelEndpoint } from './model-extraction.ts';

/** A rest up to this is waited for. */
const REST_MS_MAX = 60_000;

export class ModelPatience {
  #waiting = new AbortController();
  #rest: Failure | undefined;

  /** As `askModel`; throws at once while the model rests. */
  async ask(
    visit: Visit,
    endpoint: ModelEndpoint | undefined,
    ctx: CollectContext,
  ): Promise<ContactRecord> {
    if (this.#rest && (this.#rest.untilMs ?? 0) > ctx.nowMs()) throw new FailureError(this.#rest);
    this.#rest = undefined;
    try {
      return await askModel(visit, endpoint, ctx, this.#waiting.signal);
    } catch (error) {
      if (error instanceof FailureError) this.#onFailure(error.failure, ctx.nowMs());
      throw error;
    }
  }

  #onFailure(failure: Failure, nowMs: number): void {
    if (failure.class !== 'throttled' || (failure.untilMs ?? 0) <= nowMs + REST_MS_MAX) return;
    if (this.#rest) return;
    this.#rest = failure;
    this.#waiting.abort(new FailureError(failure));
    this.#waiting = new AbortController();
  }
}
