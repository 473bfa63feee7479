/**
 * Notices on their way out. Postgres takes one lock of the whole server for each transaction that
 * notifies, so what is said within a few milliseconds goes together, each thing once.
 *
 * What cannot be told is not kept: as soon as the way is open again, everybody is told to look at
 * everything.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { type BackoffSchedule, backoffMs } from '../retry/backoff.ts';
import type { Notice, SignalEars } from './signals.ts';
import { Turns } from './turns.ts';

/** Between two transactions that notify, ms. */
const PAUSE_MS = 5;
/** Postgres takes payloads shorter than 8,000 bytes. */
const PAYLOAD_BYTES_MAX = 7_900;
/** Of different notices; with more, all is said at once. */
const PENDING_MAX = 500;
const RETRY: BackoffSchedule = { baseMs: 500, factor: 2, capMs: 10_000 };
const ALL = JSON.stringify({ kind: 'all' });

export interface NoticePostOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Tells all nodes these payloads, in one transaction. */
  readonly send: (payloads: readonly string[]) => Promise<void>;
}

export class NoticePost {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #sendPayloads: NoticePostOptions['send'];
  readonly #turns: Turns;
  #pending = new Set<string>();
  #failures = 0;
  #retry: Timer | undefined;
  #closed = false;

  constructor({ clock, random, logger, send }: NoticePostOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.#sendPayloads = send;
    this.#turns = new Turns({ clock, pauseMs: PAUSE_MS, send: () => this.#send() });
  }

  /** Resolves when it was tried to tell; never rejects. */
  async post(notice: Notice): Promise<void> {
    if (this.#closed) return;
    const text = JSON.stringify(notice);
    if (this.#pending.has(ALL)) return this.#turns.ask();
    if (Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) this.#pending = new Set([ALL]);
    else this.#pending.add(text);
    if (this.#pending.size > PENDING_MAX) this.#pending = new Set([ALL]);
    return this.#turns.ask();
  }

  /** What has been posted is told, where that is possible. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#turns.settle();
  }

  async #send(): Promise<void> {
    if (this.#pending.size === 0) return;
    const texts = [...this.#pending];
    this.#pending = new Set();
    try {
      await this.#sendPayloads(inPayloads(texts));
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#logger.debug('notices were not told', { detail: String(error) });
      this.#pending = new Set([ALL]);
      this.#retryLater();
    }
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retry?.cancel();
    this.#retry = this.#clock.after(backoffMs(RETRY, this.#failures, this.#random), () => {
      void this.#turns.ask();
    });
  }
}

/** JSON arrays of notices, each short enough. */
function inPayloads(texts: readonly string[]): string[] {
  const payloads: string[] = [];
  let part: string[] = [];
  let bytes = 2;
  for (const text of texts) {
    const more = Buffer.byteLength(text) + 1;
    if (bytes + more > PAYLOAD_BYTES_MAX && part.length > 0) {
      payloads.push(`[${part}]`);
      part = [];
      bytes = 2;
    }
    part.push(text);
    bytes += more;
  }
  payloads.push(`[${part}]`);
  return payloads;
}

/** Hands on what a payload says. What another version said and nobody here knows is passed over. */
export function hearPayload(payload: string, ears: SignalEars): void {
  for (const notice of readPayload(payload)) {
    switch (notice.kind) {
      case 'all':
        ears.onGap();
        break;
      case 'job':
      case 'done':
      case 'documents':
      case 'loans':
      case 'freed':
      case 'nodes':
        ears.onNotice(notice);
        break;
    }
  }
}

function readPayload(payload: string): readonly (Notice | { readonly kind: 'all' })[] {
  try {
    const read: unknown = JSON.parse(payload);
    return Array.isArray(read) ? read.filter((one) => typeof one?.kind === 'string') : [];
  } catch {
    return [];
  }
}
