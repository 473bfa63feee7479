/**
 * Tells others by HTTP that a job has ended, durably and at least once.
 *
 * No end is lost between the job's state and its deliveries: before the end is stored a note says
 * that it is about to be, and one transaction trades the note for the deliveries. A note that is
 * found at the start is that of an end that nobody was told of, or of one that never came: the job
 * says which.
 *
 * Among several servers each notes the ends of the jobs that it leads; one of them trades the notes
 * for deliveries and sends these, from `begin` to `end`.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Document } from '../model/document.ts';
import type { Job } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { Delivery, Webhook, WebhookEvent } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import type { AddressGuard } from '../transport/address-guard.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import { isConflict } from './again-on-conflict.ts';
import type { EngineApi } from './engine-api.ts';
import { type Sealer, WebhookBook, type WebhookDraft, type WebhookPatch } from './webhook-book.ts';
import { type HeldDelivery, WebhookDeliveries } from './webhook-deliveries.ts';
import { hasEnded, WebhookNotes, withoutNote } from './webhook-notes.ts';
import { WebhookSender } from './webhook-sender.ts';

/** Ends that nobody has told this server of are found after so long. */
const NOTES_MS = 2_000;

export interface WebhooksParts {
  readonly engine: Pick<EngineApi, 'feed' | 'beforeEnd'>;
  readonly store: Pick<Store, 'job' | 'document' | 'documents' | 'writeDocuments'>;
  /** Asks under the address guard and follows no redirects. */
  readonly fetcher: Pick<Fetcher, 'exchange'>;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
  readonly guard: AddressGuard;
  readonly sealer: Sealer;
  /** Whether every server that sends can open what is sealed here. */
  readonly keyShared?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A job as receivers get it. */
  readonly jobBody: (job: Job) => unknown;
  /** Among several servers: whether this one may send at this moment. */
  readonly holds?: () => boolean;
}

export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #book: WebhookBook;
  readonly #deliveries: WebhookDeliveries;
  readonly #notes: WebhookNotes;
  #sender: WebhookSender;
  readonly #telling = new Set<Promise<void>>();
  /** Jobs whose end is noted in the store. */
  readonly #noted = new Set<string>();
  #leaveFeed: () => void = () => {};
  #noteTimer: Timer | undefined;
  #begun = false;

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
    this.#book = new WebhookBook(parts);
    this.#deliveries = new WebhookDeliveries(parts.store);
    this.#notes = new WebhookNotes({
      ...parts,
      watched: (tenant) => this.#book.active(tenant).length > 0,
    });
    this.#sender = this.#createSender();
  }

  /** Alone: goes on where the last process left off. To be called before any job runs. */
  async open(): Promise<void> {
    const { engine } = this.#parts;
    await this.#book.load();
    const pending = await this.#deliveries.load();
    engine.beforeEnd((jobId) => this.#note(jobId));
    this.#leaveFeed = engine.feed.subscribe((event) => {
      if (event.type === 'job.state' && isFinalJobState(event.state)) this.#tellOf(event.job);
    });
    for (const held of pending) this.#sender.add(held);
    for await (const note of this.#notes.all()) await this.#trade(note, true);
  }

  /** Among several servers: knows the webhooks; `leads`: and notes the ends of jobs led here. */
  async join(leads: boolean): Promise<void> {
    await this.#book.load();
    if (!leads) return;
    this.#parts.engine.beforeEnd(async (jobId) => {
      if (this.#book.list(undefined).length > 0) await this.#notes.note(jobId);
    });
  }

  /** Another server has written webhooks: these, or any. */
  async changed(ids: readonly string[] | undefined): Promise<void> {
    const before = this.#book.list(undefined);
    if (ids === undefined) await this.#book.load();
    else for (const id of ids) await this.#book.reload(id);
    for (const { id } of before) if (!this.#book.find(id)) this.#sender.forget(id);
  }

  /** Tells and sends for all servers from now on. */
  async begin(): Promise<void> {
    this.#begun = true;
    await this.#book.load();
    this.#leaveFeed = this.#parts.engine.feed.subscribe((event) => {
      if (event.type === 'job.state' && isFinalJobState(event.state)) this.#tellNoted(event.jobId);
    });
    for (const held of await this.#deliveries.load()) this.#sender.add(held);
    this.#look();
  }

  /** Sends nothing more; what is pending stays so in the store. */
  async end(): Promise<void> {
    this.#begun = false;
    this.#leaveFeed();
    this.#noteTimer?.cancel();
    await Promise.all(this.#telling);
    const sender = this.#sender;
    this.#sender = this.#createSender();
    await sender.close();
  }

  /** Sends nothing more; what is pending stays so in the store. */
  async close(): Promise<void> {
    this.#leaveFeed();
    this.#noteTimer?.cancel();
    await Promise.all(this.#telling);
    await this.#sender.close();
  }

  #createSender(): WebhookSender {
    const [book, deliveries] = [this.#book, this.#deliveries];
    const { fetcher, timeoutMs, clock, random, log, holds } = this.#parts;
    const parts = { book, deliveries, fetcher, timeoutMs, clock, random, log, holds };
    return new WebhookSender(parts);
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

  async #note(jobId: string): Promise<void> {
    if (this.#book.list(undefined).length === 0) return;
    this.#noted.add(jobId);
    if (!(await this.#notes.note(jobId))) this.#noted.delete(jobId);
  }

  /** Looks for ends that no other way has told of, again and again. */
  #look(): void {
    const look = async () => {
      if (this.#parts.holds?.() === false) return;
      for await (const note of this.#notes.all()) await this.#trade(note, false);
    };
    this.#hold(look(), 'Ends of jobs were not told').finally(() => {
      if (!this.#begun) return;
      this.#noteTimer = this.#parts.clock.after(NOTES_MS, () => this.#look());
    });
  }

  #tellNoted(jobId: string): void {
    const tell = async () => {
      const note = await this.#notes.find(jobId);
      if (note !== undefined) await this.#trade(note, false);
    };
    void this.#hold(tell(), 'The end of a job was not told', { jobId });
  }

  /** `alone`: nobody else is about to end the job. */
  async #trade(note: Document, alone: boolean): Promise<void> {
    const { store } = this.#parts;
    const { id, version } = note;
    const job = await store.job(id);
    if (alone) this.#noted.add(id);
    try {
      if (hasEnded(job, note)) await this.#tell(job, version);
      else if (alone || job === undefined) await this.#book.write([withoutNote(id, version)]);
      else return;
    } catch (error) {
      // Told by another server, or noted anew.
      if (!isConflict(error)) throw error;
    }
    this.#noted.delete(id);
  }

  #tellOf(job: Job): void {
    void this.#hold(this.#tell(job), 'The end of a job was not told', { jobId: job.id });
  }

  /** Waited for at the end. Where it fails the note is there: the next process tells of it. */
  #hold(work: Promise<void>, failed: string, fields: object = {}): Promise<void> {
    const telling = work
      .catch((error: unknown) => {
        this.#parts.log.error(`${failed}: ${messageOf(error)}`, { ...fields });
      })
      .finally(() => {
        this.#telling.delete(telling);
      });
    this.#telling.add(telling);
    return telling;
  }

  /** Trades the note (of `version`, where that is known) for the deliveries. */
  async #tell(job: Job, version?: number): Promise<void> {
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
    if (changes.length === 0 && version === undefined && !this.#noted.has(job.id)) return;
    await this.#book.write([...changes, withoutNote(job.id, version)]);
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
}

function overflowed(delivery: Delivery, nowMs: number): Delivery {
  const error = 'Too many deliveries of this webhook were waiting already.';
  return { ...delivery, state: 'failed', nextMs: undefined, doneMs: nowMs, error };
}
