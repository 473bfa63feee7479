/**
 * One connection that only listens, for all channels of a node. It notices by itself when it is
 * dead, and comes back; whoever listens is told each time that something may have been missed.
 */
import pg from 'pg';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { type BackoffSchedule, backoffMs } from '../../retry/backoff.ts';
import { cutOff, endWithin } from './sockets.ts';

/** Full jitter: many nodes that lost the same server do not come back at once. */
const RECONNECT: BackoffSchedule = { baseMs: 500, factor: 2, capMs: 5_000 };
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection whose other end is gone without a word is found dead after both of these, ms. */
const CHECK_EVERY_MS = 10_000;
const CHECK_TIMEOUT_MS = 5_000;
/** A server that does not take leave is left without it, ms. */
const LEAVE_MS_MAX = 1_000;

export interface ListenerOptions {
  /** `postgres://…`, of the server itself or a pooler that keeps sessions. */
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Listening {
  close(): Promise<void>;
}

interface Ears {
  readonly onMessage: (payload: string) => void;
  readonly onGap: () => void;
}

export class PostgresListener {
  readonly #options: ListenerOptions;
  readonly #channels = new Map<string, Set<Ears>>();
  #client: pg.Client | undefined;
  /** One that does not listen yet. */
  #coming: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #check: Timer | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when what is told on the channel from now on is heard or, where the server is away,
   * after the first try: `onGap` is called as soon as it is heard then, and after each later gap.
   */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onGap: () => void,
  ): Promise<Listening> {
    const ears: Ears = { onMessage, onGap };
    const others = this.#channels.get(channel);
    if (others !== undefined) others.add(ears);
    else this.#channels.set(channel, new Set([ears]));
    if (this.#client === undefined) await this.#connect();
    else if (others === undefined) await this.#subscribe(this.#client, channel);
    return { close: () => this.#unlisten(channel, ears) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#channels.clear();
    this.#retry?.cancel();
    this.#check?.cancel();
    if (this.#coming) cutOff(this.#coming);
    await this.#connecting;
    const client = this.#client;
    this.#client = undefined;
    if (client) await this.#within(client, () => client.end());
  }

  async #unlisten(channel: string, ears: Ears): Promise<void> {
    const left = this.#channels.get(channel);
    left?.delete(ears);
    if (left === undefined || left.size > 0) return;
    this.#channels.delete(channel);
    const client = this.#client;
    const leave = `UNLISTEN ${pg.escapeIdentifier(channel)}`;
    if (client) await this.#within(client, () => client.query(leave));
  }

  /** Resolves when it is done, or the connection is given up. */
  #within(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
    const { clock } = this.#options;
    return endWithin(LEAVE_MS_MAX, clock, work, () => cutOff(client)).catch(() => {});
  }

  /** Never rejects: what fails is tried again. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#tryToConnect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #tryToConnect(): Promise<void> {
    this.#retry?.cancel();
    // Whoever came to listen meanwhile may have connected before this try was due.
    if (this.#closed || this.#client !== undefined) return;
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      application_name: 'sluice listen',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: CHECK_EVERY_MS,
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('the connection ended')));
    client.on('notification', ({ channel, payload }) => {
      for (const { onMessage } of this.#channels.get(channel) ?? []) onMessage(payload ?? '');
    });
    this.#coming = client;
    try {
      await client.connect();
      await this.#listenToAll(client);
    } catch (error) {
      cutOff(client);
      this.#retryLater(error);
      return;
    } finally {
      this.#coming = undefined;
    }
    if (this.#closed) cutOff(client);
    else this.#connected(client);
  }

  /** Rejects where there is no answer: a check comes only after this. */
  async #listenToAll(client: pg.Client): Promise<void> {
    const tooLate = this.#options.clock.after(CHECK_TIMEOUT_MS, () => cutOff(client));
    try {
      // Also those that are added meanwhile.
      for (const channel of this.#channels.keys()) {
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      }
    } finally {
      tooLate.cancel();
    }
  }

  #connected(client: pg.Client): void {
    const wasLost = this.#failures > 0;
    if (wasLost) this.#options.logger.info('Listening to Postgres again.');
    this.#failures = 0;
    this.#client = client;
    this.#checkLater(client);
    if (!wasLost) return;
    for (const ears of [...this.#channels.values()].flatMap((set) => [...set])) ears.onGap();
  }

  /** Listening twice to a channel is the same as once. */
  async #subscribe(client: pg.Client, channel: string): Promise<void> {
    try {
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  #lose(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#check?.cancel();
    cutOff(client);
    this.#retryLater(error);
  }

  #retryLater(error: unknown): void {
    if (this.#closed) return;
    const { clock, random, logger } = this.#options;
    this.#failures += 1;
    const fields = { detail: error instanceof Error ? error.message : String(error) };
    if (this.#failures > 1) logger.debug('Postgres is still away.', fields);
    else logger.warn('Postgres is not heard any more; trying to reach it again.', fields);
    this.#retry = clock.after(backoffMs(RECONNECT, this.#failures, random), () => {
      void this.#connect();
    });
  }

  #checkLater(client: pg.Client): void {
    this.#check = this.#options.clock.after(CHECK_EVERY_MS, () => {
      void this.#checkNow(client);
    });
  }

  async #checkNow(client: pg.Client): Promise<void> {
    const tooLate = this.#options.clock.after(CHECK_TIMEOUT_MS, () => {
      this.#lose(client, new Error('the connection does not answer'));
    });
    try {
      const channels = [...this.#channels.keys()];
      const { rows } = await client.query<{ channel: string }>(
        'SELECT c AS channel FROM unnest($1::text[]) c EXCEPT SELECT pg_listening_channels()',
        [channels],
      );
      const deaf = rows.filter(({ channel }) => this.#channels.has(channel));
      if (deaf.length > 0) {
        throw new Error('LISTEN is not kept: is there a pooler in transaction mode in between?');
      }
    } catch (error) {
      this.#lose(client, error);
    } finally {
      tooLate.cancel();
    }
    if (this.#client === client) this.#checkLater(client);
  }
}
