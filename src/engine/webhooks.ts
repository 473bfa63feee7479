/**
 * Tells others by HTTP that a job has ended, durably and at least once.
 *
 * No end is lost between the job's state and its deliveries: before the end is stored a note says
 * that it is about to be, and one transaction trades the note for the deliveries. A note that is
 * found at the start is that of an end that nobody was told of, or of one that never came: the job
 * says which.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Job } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { Delivery, Webhook, WebhookEvent } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import type { AddressGuard } from '../transport/address-guard.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import type { EngineApi } from './engine-api.ts';
import { type Sealer, WebhookBook, type WebhookDraft, type WebhookPatch } from './webhook-book.ts';
import { type HeldDelivery, WebhookDeliveries } from './webhook-deliveries.ts';
import { WebhookSender } from './webhook-sender.ts';

const NOTE_KIND = 'webhook-end';
const PAGE = 500;

export interface WebhooksParts {
  readonly engine: Pick<EngineApi, 'feed' | 'beforeEnd'>;
  readonly store: Pick<Store, 'job' | 'document' | 'documents' | 'writeDocuments'>;
  /** Asks under the address guard and follows no redirects. */
  readonly fetcher: Pick<Fetcher, 'exchange'>;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
  readonly guard: AddressGuard;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A job as receivers get it. */
  readonly jobBody: (job: Job) => unknown;
}

/** The job as it was before the end that is noted. */
interface EndNote {
  readonly finishedMs: number | null;
}

export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #book: WebhookBook;
  readonly #deliveries: WebhookDeliveries;
  readonly #sender: WebhookSender;
  readonly #telling = new Set<Promise<void>>();
  /** Jobs whose end is noted in the store. */
  readonly #noted = new Set<string>();
  #leaveFeed: () => void = () => {};

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
    this.#book = new WebhookBook(parts);
    this.#deliveries = new WebhookDeliveries(parts.store);
    const { fetcher, timeoutMs, clock, random, log } = parts;
    const [book, deliveries] = [this.#book, this.#deliveries];
    this.#sender = new WebhookSender({
      book,
      deliveries,
      fetcher,
      timeoutMs,
      clock,
      random,
      log,
    });
  }

  /** Goes on where the last process left off. To be called before any job runs. */
  async open(): Promise<void> {
    const { engine } = this.#parts;
    await this.#book.load();
    const pending = await this.#deliveries.load();
    engine.beforeEnd((jobId) => this.#note(jobId));
    this.#leaveFeed = engine.feed.subscribe((event) => {
      if (event.type === 'job.state' && isFinalJobState(event.state)) this.#tellOf(event.job);
    });
    for (const held of pending) this.#sender.add(held);
    await this.#tellOfEndsBefore();
  }

  /** Sends nothing more; what is pending stays so in the store. */
  async close(): Promise<void> {
    this.#leaveFeed();
    await Promise.all(this.#telling);
    await this.#sender.close();
  }

  list(tenant: string | undefined): readonly Webhook[] {
    return this.#book.list(tenant);
  }

  /** Throws `webhook.not_found` where it is not there or not `tenant`'s. */
  get(id: string, tenant: string | undefined): Webhook {
    const webhook = this.#book.find(id);
    if (webhook !== undefined && (tenant === undefined || tenant === webhook.tenant))
      return webhook;
    throw new SluiceError('webhook.not_found', { id });
  }

  create(tenant: string, draft: WebhookDraft) {
    return this.#book.create(tenant, draft);
  }

  change(id: string, patch: WebhookPatch): Promise<Webhook> {
    return this.#book.change(id, patch);
  }

  /** With its deliveries, also those that are pending. */
  async remove(id: string): Promise<void> {
    this.#sender.forget(id);
    await this.#book.remove(id);
    await this.#deliveries.removeAll(id, this.#parts.clock.wallMs());
  }

  deliveries(id: string, page: { readonly before?: string | undefined; readonly limit: number }) {
    return this.#deliveries.list(id, page);
  }

  /** Sends a `ping` at once; resolves with what became of it. */
  async test(webhook: Webhook): Promise<Delivery> {
    const { clock } = this.#parts;
    this.#sender.checkRoom();
    const delivery = this.#draft(webhook, 'ping', undefined, clock.wallMs(), {});
    await this.#book.write(this.#deliveries.put(delivery, 0));
    return this.#sender.once({ delivery, version: 1 });
  }

  /** Says in the store that a job is about to end, where somebody wants to know. */
  async #note(jobId: string): Promise<void> {
    const { store } = this.#parts;
    if (this.#book.list(undefined).length === 0) return;
    const job = await store.job(jobId);
    if (job === undefined || this.#book.active(job.tenant).length === 0) return;
    const note: EndNote = { finishedMs: job.finishedMs ?? null };
    const json = JSON.stringify(note);
    const { tenant } = job;
    this.#noted.add(jobId);
    await this.#book.write([{ op: 'put', kind: NOTE_KIND, id: jobId, tenant, json }]);
  }

  async #forget(jobId: string): Promise<void> {
    await this.#book.write([{ op: 'remove', kind: NOTE_KIND, id: jobId }]);
    this.#noted.delete(jobId);
  }

  #tellOf(job: Job): void {
    const telling = this.#tell(job)
      .catch((error: unknown) => {
        // The note is there: the next process tells of it.
        const { log } = this.#parts;
        log.error(`The end of a job was not told: ${messageOf(error)}`, { jobId: job.id });
      })
      .finally(() => {
        this.#telling.delete(telling);
      });
    this.#telling.add(telling);
  }

  /** Trades the note for the deliveries. */
  async #tell(job: Job): Promise<void> {
    const type = `job.${job.state}` as WebhookEvent;
    const nowMs = this.#parts.clock.wallMs();
    const content = { job: this.#parts.jobBody(job) };
    const made: HeldDelivery[] = [];
    const changes = this.#book
      .active(job.tenant)
      .filter(({ events }) => events.includes(type))
      .flatMap((webhook) => {
        const delivery = this.#draft(webhook, type, job.id, nowMs, content);
        if (this.#sender.hasRoom(webhook.id)) made.push({ delivery, version: 1 });
        else return this.#deliveries.put(overflowed(delivery, nowMs), 0);
        return this.#deliveries.put(delivery, 0);
      });
    if (changes.length === 0 && !this.#noted.has(job.id)) return;
    await this.#book.write([...changes, { op: 'remove', kind: NOTE_KIND, id: job.id }]);
    this.#noted.delete(job.id);
    for (const held of made) this.#sender.add(held);
  }

  #draft(
    webhook: Webhook,
    type: Delivery['type'],
    jobId: string | undefined,
    atMs: number,
    content: object,
  ): Delivery {
    const { clock, random } = this.#parts;
    const id = newId('d', clock.wallMs(), random);
    return {
      id,
      webhookId: webhook.id,
      tenant: webhook.tenant,
      type,
      jobId,
      state: 'pending',
      attempts: 0,
      createdMs: atMs,
      nextMs: atMs,
      doneMs: undefined,
      status: undefined,
      error: undefined,
      body: JSON.stringify({ id, type, atMs, ...content }),
    };
  }

  async #tellOfEndsBefore(): Promise<void> {
    const { store } = this.#parts;
    let after = '';
    for (;;) {
      const page = await store.documents({ kind: NOTE_KIND, after, limit: PAGE });
      for (const { id, json } of page) {
        this.#noted.add(id);
        const note = JSON.parse(json) as EndNote;
        const job = await store.job(id);
        const ended = job !== undefined && isFinalJobState(job.state);
        // An end of an earlier time was told of then.
        if (ended && (job.finishedMs ?? null) !== note.finishedMs) await this.#tell(job);
        else await this.#forget(id);
      }
      if (page.length < PAGE) return;
      after = page.at(-1)?.id ?? '';
    }
  }
}

function overflowed(delivery: Delivery, nowMs: number): Delivery {
  const error = 'Too many deliveries of this webhook were waiting already.';
  return { ...delivery, state: 'failed', nextMs: undefined, doneMs: nowMs, error };
}
