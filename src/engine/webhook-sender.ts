/**
 * Sends what is pending: each delivery when its time has come, few at once and fewer to one
 * webhook, with one timer for all. A delivery is held here without its body, which is read when it
 * is sent.
 *
 * At least once: an attempt that was under way when the process ended is made again.
 */
import { AbortCause } from '../base/abort.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { Heap } from '../base/heap.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { DocumentChange } from '../model/document.ts';
import type { Delivery, Webhook } from '../model/webhook.ts';
import { type BackoffSchedule, backoffMs } from '../retry/backoff.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import { isConflict } from './again-on-conflict.ts';
import { type AttemptEnd, attemptDelivery } from './webhook-attempt.ts';
import type { WebhookBook } from './webhook-book.ts';
import { type HeldDelivery, type WebhookDeliveries, withoutBody } from './webhook-deliveries.ts';

const HOUR_MS = 3_600_000;
const AT_ONCE_MAX = 16;
const AT_ONCE_EACH = 2;
const WAITING_MAX = 10_000;
const BACKOFF: BackoffSchedule = { baseMs: 10_000, factor: 2, capMs: 4 * HOUR_MS };
/** Full jitter may draw nothing at all. */
const REST_MS_MIN = 1_000;
const GIVEN_UP_MS = 24 * HOUR_MS;
/** A webhook that nothing came through to for so long, over so many attempts, is left alone. */
const INACTIVE_MS = 72 * HOUR_MS;
const INACTIVE_ATTEMPTS = 10;
const CLOSE_MS = 2_000;
const TRIES = 3;
/** A server that is not sure of its place looks again after this. */
const AWAY_MS = 1_000;

export interface WebhookSenderParts {
  readonly book: WebhookBook;
  readonly deliveries: WebhookDeliveries;
  readonly fetcher: Pick<Fetcher, 'exchange'>;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Whether anything may be sent at this moment; undefined = always. */
  readonly holds?: (() => boolean) | undefined;
}

interface Queue {
  readonly waiting: Heap<HeldDelivery>;
  sending: number;
}

export class WebhookSender {
  readonly #parts: WebhookSenderParts;
  readonly #queues = new Map<string, Queue>();
  readonly #stop = new AbortController();
  readonly #under = new Set<Promise<void>>();
  #timer: Timer | undefined;

  constructor(parts: WebhookSenderParts) {
    this.#parts = parts;
  }

  /** Whether one more may wait. */
  hasRoom(webhookId: string): boolean {
    return (this.#queues.get(webhookId)?.waiting.size ?? 0) < WAITING_MAX;
  }

  /** Takes what is stored as pending. */
  add(held: HeldDelivery): void {
    const { webhookId } = held.delivery;
    const queue = this.#queues.get(webhookId) ?? { waiting: new Heap(isSooner), sending: 0 };
    this.#queues.set(webhookId, queue);
    queue.waiting.push(withoutBody(held));
    this.#pump();
  }

  /** Throws `server.busy` where one more would be too many at once. */
  checkRoom(): void {
    if (this.#under.size >= AT_ONCE_MAX) throw new SluiceError('server.busy', { retryAfterS: 5 });
  }

  forget(webhookId: string): void {
    this.#queues.delete(webhookId);
  }

  /** One attempt, now, and no other: for the user who waits for its end. */
  async once(held: HeldDelivery): Promise<Delivery> {
    const webhook = this.#parts.book.find(held.delivery.webhookId);
    if (webhook === undefined) return held.delivery;
    const sent = this.#attempt(webhook, held.delivery);
    this.#hold(sent.then(() => {}));
    const end = await sent;
    const delivery = ended(held.delivery, end, this.#parts.clock.wallMs(), undefined);
    await this.#write(held, delivery, webhook, end);
    return delivery;
  }

  /** Lets what is under way end, for a moment; the rest stays pending in the store. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#queues.clear();
    const patience = this.#parts.clock.after(CLOSE_MS, () => this.#abort());
    await Promise.all(this.#under);
    patience.cancel();
    this.#abort();
  }

  #abort(): void {
    this.#stop.abort(new AbortCause('abort', 'the server is shutting down'));
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { clock, holds } = this.#parts;
    if (holds?.() === false) {
      this.#timer = clock.after(AWAY_MS, () => this.#pump());
      return;
    }
    const nowMs = clock.wallMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, queue] of [...this.#queues]) {
      const { waiting } = queue;
      let served = false;
      while (queue.sending < AT_ONCE_EACH && this.#under.size < AT_ONCE_MAX) {
        const next = waiting.peek();
        if (next === undefined || dueMs(next) > nowMs) break;
        waiting.pop();
        served = true;
        this.#send(queue, next);
      }
      const next = waiting.peek();
      if (next !== undefined && dueMs(next) > nowMs) nextMs = Math.min(nextMs, dueMs(next));
      // Whoever was served goes to the end of the line.
      if (served && this.#queues.delete(id)) this.#queues.set(id, queue);
      if (next === undefined && queue.sending === 0) this.#queues.delete(id);
    }
    if (Number.isFinite(nextMs)) {
      this.#timer = clock.after(nextMs - nowMs, () => this.#pump());
    }
  }

  #send(queue: Queue, held: HeldDelivery): void {
    queue.sending += 1;
    const sent = this.#deliver(held).finally(() => {
      queue.sending -= 1;
    });
    this.#hold(sent);
    void sent.then(
      () => this.#pump(),
      (error) => {
        // The store failed: it is pending there, and sent again by the next process.
        this.#parts.log.error(`A webhook's delivery was not noted: ${messageOf(error)}`);
      },
    );
  }

  #hold(work: Promise<void>): void {
    const settled = work
      .catch(() => {})
      .finally(() => {
        this.#under.delete(settled);
      });
    this.#under.add(settled);
  }

  async #deliver({ delivery: { webhookId, id } }: HeldDelivery): Promise<void> {
    const { book, deliveries, clock, random } = this.#parts;
    const held = await deliveries.read(webhookId, id);
    const webhook = book.find(webhookId);
    // Removed meanwhile.
    if (held === undefined || webhook === undefined) return;
    const { delivery } = held;
    if (!webhook.active) {
      const end = {
        kind: 'refused',
        status: undefined,
        error: 'The webhook is inactive.',
      } as const;
      const over = {
        ...ended(delivery, end, clock.wallMs(), undefined),
        attempts: delivery.attempts,
      };
      await this.#write(held, over);
      return;
    }
    let end: AttemptEnd;
    try {
      end = await this.#attempt(webhook, delivery);
    } catch {
      return;
    }
    const nowMs = clock.wallMs();
    const restMs = Math.max(REST_MS_MIN, backoffMs(BACKOFF, delivery.attempts + 1, random));
    const asked = end.kind === 'retry' ? (end.notBeforeMs ?? 0) : 0;
    const next = ended(delivery, end, nowMs, Math.max(nowMs + restMs, asked));
    const version = await this.#write(held, next, webhook, end);
    if (next.state === 'pending' && version !== undefined && this.#queues.has(webhookId)) {
      this.add({ delivery: next, version });
    }
  }

  async #attempt(webhook: Webhook, delivery: Delivery): Promise<AttemptEnd> {
    let secret: string;
    try {
      secret = this.#parts.book.secretOf(webhook);
    } catch (error) {
      return { kind: 'retry', status: undefined, error: messageOf(error) };
    }
    return attemptDelivery(this.#parts, webhook, delivery, secret, this.#stop.signal);
  }

  /** What an attempt says of the webhook itself. */
  #health(asked: Webhook, end: AttemptEnd): readonly DocumentChange[] {
    const { book, clock, log } = this.#parts;
    const webhook = book.find(asked.id);
    if (webhook === undefined) return [];
    if (end.kind === 'delivered') {
      return webhook.failing === undefined ? [] : [book.put({ ...webhook, failing: undefined })];
    }
    const nowMs = clock.wallMs();
    const { sinceMs, attempts } = webhook.failing ?? { sinceMs: nowMs, attempts: 0 };
    const failing = { sinceMs, attempts: attempts + 1 };
    const enough = failing.attempts >= INACTIVE_ATTEMPTS && nowMs - sinceMs >= INACTIVE_MS;
    if (!enough || !webhook.active) return [book.put({ ...webhook, failing })];
    const since = new Date(sinceMs).toISOString();
    const reason = `Nothing has come through since ${since}. The last attempt: ${end.error}`;
    log.warn('A webhook was made inactive: nothing comes through.', { webhook: webhook.id });
    return [book.put({ ...webhook, failing, active: false, inactive: { reason, atMs: nowMs } })];
  }

  /**
   * The version that is there now; undefined where the delivery was removed meanwhile, or another
   * server has sent it. With what the attempt says of the webhook, unless that is just written
   * again and again.
   */
  async #write(held: HeldDelivery, delivery: Delivery, webhook?: Webhook, end?: AttemptEnd) {
    const { book, deliveries } = this.#parts;
    const changes = deliveries.put(delivery, held.version);
    for (let tries = 1; ; tries += 1) {
      const more = webhook && end && tries < TRIES ? this.#health(webhook, end) : [];
      const write = () =>
        webhook && more.length > 0
          ? book.writeOrReload(webhook.id, [...changes, ...more])
          : book.write(changes);
      try {
        await write();
        return held.version + 1;
      } catch (error) {
        if (!isConflict(error)) throw error;
        if (more.length === 0) return undefined;
      }
    }
  }
}

function dueMs({ delivery }: HeldDelivery): number {
  return delivery.nextMs ?? 0;
}

function isSooner(a: HeldDelivery, b: HeldDelivery): boolean {
  return dueMs(a) < dueMs(b) || (dueMs(a) === dueMs(b) && a.delivery.id < b.delivery.id);
}

/** The delivery behind an attempt; `nextMs` undefined = there is no other. */
function ended(
  delivery: Delivery,
  end: AttemptEnd,
  nowMs: number,
  nextMs: number | undefined,
): Delivery {
  const { status } = end;
  const attempts = delivery.attempts + 1;
  const over = { ...delivery, attempts, status, nextMs: undefined, doneMs: nowMs };
  if (end.kind === 'delivered') return { ...over, state: 'delivered', error: undefined };
  if (end.kind === 'refused' || nextMs === undefined) {
    return { ...over, state: 'failed', error: end.error };
  }
  if (nextMs > delivery.createdMs + GIVEN_UP_MS) {
    return { ...over, state: 'failed', error: `Given up after a day. ${end.error}` };
  }
  return { ...over, state: 'pending', nextMs, doneMs: undefined, error: end.error };
}
