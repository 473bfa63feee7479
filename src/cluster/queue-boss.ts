/**
 * pg-boss on a leash: it runs over our connections and our listening, starts as soon as Postgres
 * lets it, says what goes wrong in log lines and never ends the process or holds up its end.
 */
import { type Db, PgBoss } from 'pg-boss';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { type BackoffSchedule, backoffMs } from '../retry/backoff.ts';

/**
 * Runs SQL on any connection, several statements at once where there are no values. Errors are
 * the driver's own; a connection on which statements failed is in no transaction afterwards.
 */
export type Query = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/**
 * Hears what is told on a channel of LISTEN/NOTIFY. `onGap` is called whenever something may have
 * been missed. Resolves also where the database is away, and comes back by itself.
 */
export type Listen = (
  channel: string,
  onMessage: (payload: string) => void,
  onGap: () => void,
) => Promise<{ close(): Promise<void> }>;

export interface QueueBossOptions {
  readonly query: Query;
  readonly listen: Listen;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes queues and whatever else is needed before anything is sent. */
  readonly setUp: (boss: PgBoss) => Promise<void>;
  /** A row was put into this queue; true = pg-boss itself need not know. */
  readonly onRow: (queue: string) => boolean;
  /** Rows may have been put anywhere. */
  readonly onGap: () => void;
}

export const QUEUE_SCHEMA = 'sluice_queue';
const RETRY: BackoffSchedule = { baseMs: 2_000, factor: 2, capMs: 60_000 };
const STOP_MS_MAX = 2_000;
/**
 * Commits of hints do not wait for the disk. This one does, and for all that came before it: a
 * transaction waits only where it has written something, which is the message.
 */
const FLUSH = `BEGIN; SET LOCAL synchronous_commit = on;
  SELECT pg_logical_emit_message(true, 'sluice', ''); COMMIT`;

export class QueueBoss {
  readonly #options: QueueBossOptions;
  #boss: PgBoss | undefined;
  /** pg-boss' own, known when it begins to listen. */
  #channel: string | undefined;
  #starting: Promise<void> | undefined;
  #failures = 0;
  #retry: Timer | undefined;
  #inTrouble = false;
  #closed = false;

  constructor(options: QueueBossOptions) {
    this.#options = options;
  }

  /** undefined: not started yet, or ended. */
  get boss(): PgBoss | undefined {
    return this.#boss;
  }

  /** Resolves after the first try; what fails is tried again later. Never rejects. */
  start(): Promise<void> {
    this.#starting ??= this.#tryToStart().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#starting;
    const boss = this.#boss;
    this.#boss = undefined;
    if (boss !== undefined) await this.#stop(boss);
  }

  /** Wakes all nodes that listen for rows of a queue, where no new row did. */
  async wake(queue: string): Promise<void> {
    if (this.#channel === undefined) return;
    await this.#options.query('SELECT pg_notify($1, $2)', [this.#channel, queue]);
  }

  /** Makes durable what was written until now. */
  async flush(): Promise<void> {
    await this.#options.query(FLUSH);
  }

  /** One line when trouble begins, whatever goes wrong after it. */
  failed(error: unknown): void {
    const { logger } = this.#options;
    const fields = { detail: detailOf(error) };
    if (this.#closed || this.#inTrouble) logger.debug('The queue of hints still fails.', fields);
    else logger.warn('Nodes are not woken for new work; they look for it by themselves.', fields);
    this.#inTrouble = true;
  }

  worked(): void {
    if (this.#inTrouble) this.#options.logger.info('Nodes are woken for new work again.');
    this.#inTrouble = false;
  }

  async #tryToStart(): Promise<void> {
    if (this.#closed) return;
    const boss = this.#make();
    try {
      await boss.start();
      await this.#options.setUp(boss);
      await this.flush();
    } catch (error) {
      this.failed(error);
      await this.#stop(boss);
      this.#retryLater();
      return;
    }
    if (this.#closed) return this.#stop(boss);
    this.#failures = 0;
    this.#boss = boss;
    this.worked();
  }

  #retryLater(): void {
    if (this.#closed) return;
    const { clock, random } = this.#options;
    this.#failures += 1;
    this.#retry = clock.after(backoffMs(RETRY, this.#failures, random), () => {
      void this.start();
    });
  }

  /** Whatever it looks for by itself may wait: rows are told, and nothing depends on them. */
  #make(): PgBoss {
    const boss = new PgBoss({
      db: this.#database(),
      schema: QUEUE_SCHEMA,
      useListenNotify: true,
      superviseIntervalSeconds: 60,
      maintenanceIntervalSeconds: 60,
      monitorIntervalSeconds: 60,
      queueCacheIntervalSeconds: 300,
      cronMonitorIntervalSeconds: 30,
      cronWorkerIntervalSeconds: 10,
      bamIntervalSeconds: 600,
      flowIntervalSeconds: 3_600,
    });
    boss.on('error', (error) => this.failed(error));
    boss.on('warning', ({ message }) => {
      this.#options.logger.warn('The queue of hints warns.', { detail: message });
    });
    return boss;
  }

  #database(): Db {
    const { query, listen, onRow, onGap } = this.#options;
    return {
      executeSql: query,
      listen: (channel, onNotification, onReconnect) => {
        this.#channel = channel;
        const hear = (queue: string) => {
          if (!onRow(queue)) onNotification(queue);
        };
        return listen(channel, hear, () => {
          this.worked();
          onReconnect();
          onGap();
        });
      },
    };
  }

  /** Waits no longer than a moment: a database that is away must not hold up the end. */
  async #stop(boss: PgBoss): Promise<void> {
    const { clock } = this.#options;
    const stopped = boss.stop({ graceful: false, close: false }).catch((error: unknown) => {
      this.#options.logger.debug('The queue of hints did not stop well.', {
        detail: detailOf(error),
      });
    });
    const enough = new AbortController();
    const waited = clock.sleep(STOP_MS_MAX, enough.signal).catch(() => {});
    await Promise.race([stopped, waited]);
    enough.abort();
  }
}

function detailOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
