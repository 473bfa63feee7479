/**
 * Connections for what stands beside the store and may be lost: hints, messages, their queue. Its
 * commits do not wait for the disk, and it is never waited for by what has to be durable.
 */
import pg from 'pg';
import { type Clock, systemClock } from '../../base/clock.ts';
import { endWithin, Sockets } from './sockets.ts';

export interface SideDatabaseOptions {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly poolMax: number;
  readonly clock?: Clock;
}

const CONNECT_MS_MAX = 5_000;
const IDLE_MS_MAX = 60_000;
/** The server ends a statement before the driver gives its connection up. */
const STATEMENT_MS_MAX = 20_000;
const SILENCE_MS_MAX = 25_000;
const CLOSE_MS_MAX = 1_000;
/** Statements prepared on each connection at most; further ones are parsed each time. */
const PREPARED_MAX = 100;

const SESSION = `
  SET synchronous_commit = off;
  SET statement_timeout = ${STATEMENT_MS_MAX};
  SET idle_in_transaction_session_timeout = ${STATEMENT_MS_MAX};
  SET jit = off;
  SET client_min_messages = warning`;

export class SideDatabase {
  readonly #pool: pg.Pool;
  readonly #sockets = new Sockets();
  readonly #clock: Clock;
  readonly #names = new Map<string, string>();

  constructor({ databaseUrl, poolMax, clock = systemClock }: SideDatabaseOptions) {
    this.#clock = clock;
    this.#pool = new pg.Pool({
      stream: this.#sockets.create,
      connectionString: databaseUrl,
      max: poolMax,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      idleTimeoutMillis: IDLE_MS_MAX,
      query_timeout: SILENCE_MS_MAX,
      keepAlive: true,
      application_name: 'sluice side',
      onConnect: async (client) => {
        await client.query(SESSION);
      },
    });
    // An idle connection that ends is replaced when it is needed.
    this.#pool.on('error', () => {});
  }

  /**
   * Runs one statement with values, or several without. Rejects with the errors of the driver; the
   * pool throws a connection away on which anything has failed.
   */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    if (values === undefined || values.length === 0) return this.#pool.query(text);
    const name = this.#nameOf(text);
    return this.#pool.query(name === undefined ? { text, values } : { name, text, values });
  }

  /** What is asked, now and from now on, rejects at once. */
  giveUp(): void {
    this.#sockets.close();
  }

  close(): Promise<void> {
    return endWithin(
      CLOSE_MS_MAX,
      this.#clock,
      () => this.#pool.end(),
      () => this.giveUp(),
    );
  }

  /** The texts are long and few: to parse and plan them each time takes longer than to run them. */
  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size === PREPARED_MAX) return known;
    const name = `side_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
