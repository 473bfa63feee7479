/**
 * The pool of connections, and transactions that happen exactly once. Work is a function of a
 * transaction: where the server goes away, ends the connection, or finds that two have collided,
 * all of it is done again, for a bounded time.
 *
 * A transaction that writes leaves its number in the row of its connection (`writers`). Where the
 * answer to a COMMIT is lost, that row says whether it happened, over a crash of the server too.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { nameOf } from './database-name.ts';
import { lockFence } from './fence.ts';
import { isLost, remedyOf, storeError } from './postgres-error.ts';
import { Silence } from './silence.ts';
import { cutOff, endWithin, Sockets } from './sockets.ts';
import { type Statement, statement, Tx } from './transaction.ts';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolMax: number;
  /** For how long work is tried again where the database is away, ms. */
  readonly patienceMs: number;
  /** A process that hears nothing for so long has lost its place among the nodes, ms. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** SQL without a name, for what is run once. */
export type RunSql = (
  text: string,
  values?: unknown[],
) => Promise<readonly Record<string, unknown>[]>;

const CONNECT_MS_MAX = 5_000;
const IDLE_MS_MAX = 30_000;
/** What hears nothing for so long is given up, ms; with long leases later. */
const SILENCE_MS_MIN = 15_000;
/** The server ends a statement so much before the driver gives its connection up. */
const STATEMENT_LESS_MS = 3_000;
/** An index over millions of rows takes its time, and another node may be at it. */
const MIGRATION_MS_MAX = 3_600_000;
const BACKOFF_MS_MIN = 20;
const BACKOFF_MS_MAX = 1_000;
/** A server that does not take leave is left without it, ms. */
const CLOSE_MS_MAX = 2_000;
/** What is not needed often, ms. */
const RESERVE_IDLE_MS_MAX = 1_000;

/**
 * A process that stops in the middle of a transaction holds its locks, the one on its node's row
 * included: the server ends such transactions before the node's lease is over.
 *
 * Every statement walks a known range of an index, or looks rows up by their keys. That must not
 * depend on what the planner believes: it plans a statement once a connection, often while a table
 * is still empty, and its statistics are minutes behind a table that grows by 50,000 rows a second.
 * Just-in-time compilation costs more than any statement here takes.
 */
function session(silenceMs: number, leaseMs: number): string {
  return `
  SET search_path TO sluice;
  SET statement_timeout = ${silenceMs - STATEMENT_LESS_MS};
  SET lock_timeout = ${Math.ceil(silenceMs / 2)};
  SET idle_in_transaction_session_timeout = ${Math.ceil(leaseMs / 2)};
  SET jit = off;
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET enable_bitmapscan = off;
  SET client_min_messages = warning`;
}

const MARK = statement(
  'database.mark',
  `INSERT INTO writers (process, connection, last) VALUES ($1, $2, $3)
   ON CONFLICT (process, connection) DO UPDATE SET last = excluded.last, at = clock_timestamp()`,
);
/** Waits for a transaction that is still under way: a plain look would not see what it leaves. */
const MARKED = statement(
  'database.marked',
  `INSERT INTO writers (process, connection, last) VALUES ($1, $2, 0)
   ON CONFLICT (process, connection) DO UPDATE SET at = clock_timestamp() RETURNING last`,
);

const FORGET = statement(
  'database.forget',
  `DELETE FROM writers WHERE at < clock_timestamp() - interval '1 day'`,
);

export class Database {
  /** Host, port and database, for messages: nothing of the user. */
  readonly name: string;
  readonly #pool: pg.Pool;
  /** One more connection, for what cannot wait until the pool finds out that its own are dead. */
  readonly #reserve: pg.Pool;
  readonly #sockets = new Sockets();
  readonly #silence: Silence;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #patienceMs: number;
  readonly #process = randomUUID();
  /** Numbers of connections, each with a row of its own in `writers`. */
  readonly #connections = new WeakMap<pg.PoolClient, number>();
  #connectionCount = 0;
  #writeCount = 0;
  #closing: Promise<void> | undefined;
  #givenUp = false;

  constructor({ url, poolMax, patienceMs, leaseMs, clock, random }: DatabaseOptions) {
    this.name = nameOf(url);
    this.#clock = clock;
    this.#random = random;
    this.#patienceMs = patienceMs;
    this.#silence = new Silence(clock);
    const silenceMs = Math.max(SILENCE_MS_MIN, 2 * leaseMs);
    const config: pg.PoolConfig = {
      connectionString: url,
      max: poolMax,
      stream: this.#sockets.create,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      idleTimeoutMillis: IDLE_MS_MAX,
      query_timeout: silenceMs,
      keepAlive: true,
      pipeline: true,
      application_name: 'sluice',
      types: TYPES,
      onConnect: async (client) => {
        await client.query(session(silenceMs, leaseMs));
      },
    };
    this.#pool = new pg.Pool(config);
    this.#reserve = new pg.Pool({ ...config, max: 1, idleTimeoutMillis: RESERVE_IDLE_MS_MAX });
    // An idle connection that ends is replaced when it is needed.
    for (const pool of [this.#pool, this.#reserve]) pool.on('error', () => {});
  }

  /** For how long nothing that was asked has been answered, ms. */
  get silentMs(): number {
    return this.#silence.ms;
  }

  /** Asks nothing more: what waits for an answer, and what comes, rejects at once. */
  giveUp(): void {
    this.#givenUp = true;
    this.#sockets.close();
  }

  /** One statement, a transaction of its own; it may happen more than once. */
  async rows<Row>(asked: Statement, ...values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#patiently(async () => {
      const client = await this.#pool.connect();
      return this.#within(client, (tx) => tx.rows<Row>(asked, ...values));
    });
  }

  async row<Row>(asked: Statement, ...values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.rows<Row>(asked, ...values))[0];
  }

  /**
   * One statement that is worth nothing when it comes late, and may happen twice. A connection that
   * does not answer for `silenceMs` is closed, and the statement sent once more over one that is
   * new: all that the pool has may be as dead.
   */
  async rowSoon<Row>(
    silenceMs: number,
    asked: Statement,
    ...values: readonly unknown[]
  ): Promise<Row | undefined> {
    this.#throwIfOver();
    const ask = async (pool: pg.Pool) => {
      const rows = await this.#silence.during(() =>
        this.#rowsWithin<Row>(pool, silenceMs, asked, values),
      );
      return rows[0];
    };
    try {
      return await ask(this.#pool).catch((error: unknown) => {
        if (remedyOf(error) === 'tell' || this.#givenUp) throw error;
        return ask(this.#reserve);
      });
    } catch (error) {
      throw storeError(error, this.name);
    }
  }

  /** Several statements over one state of the database. `body` may run more than once. */
  async read<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#patiently(async () => {
      const client = await this.#pool.connect();
      return this.#within(client, async (tx) => {
        tx.gather();
        const begun = client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const [result] = await Promise.all([body(tx), begun]);
        tx.end();
        await client.query('COMMIT');
        return result;
      });
    });
  }

  /**
   * Runs `body` all or nothing, once; durable when it resolves. The body may run more than once,
   * each time with the changes of the last undone, and must have no effect but on the transaction.
   * Isolation is READ COMMITTED: each statement sees what is committed when it begins.
   *
   * @param fence - the number of a node: rejects with `cluster.fenced` where it has ended
   * @param changed - false where the body has written nothing: then nobody waits for the disk
   */
  async write<T>(
    body: (tx: Tx) => Promise<T>,
    fence?: number,
    changed: (result: T) => boolean = () => true,
  ): Promise<T> {
    return this.#patiently(() => this.#writeOnce(body, fence, changed));
  }

  /** Changes the schema: all or nothing, bounded by an hour. `body` may run more than once. */
  async migrate<T>(body: (run: RunSql) => Promise<T>): Promise<T> {
    const run =
      (client: pg.PoolClient) =>
      async (text: string, values: unknown[] = []) => {
        const asked = { text, values, query_timeout: MIGRATION_MS_MAX };
        return (await client.query(asked)).rows as readonly Record<string, unknown>[];
      };
    return this.#patiently(async () => {
      const client = await this.#pool.connect();
      return this.#within(client, async () => {
        await client.query('BEGIN');
        await client.query(`SET LOCAL statement_timeout = ${MIGRATION_MS_MAX}`);
        await client.query(`SET LOCAL lock_timeout = ${MIGRATION_MS_MAX}`);
        const result = await body(run(client));
        await client.query('COMMIT');
        return result;
      });
    });
  }

  /** Forgets connections that have written nothing for a day: nobody asks for them any more. */
  async forgetWriters(): Promise<void> {
    await this.rows(FORGET);
  }

  close(): Promise<void> {
    const end = () => Promise.all([this.#pool.end(), this.#reserve.end()]);
    this.#closing ??= endWithin(CLOSE_MS_MAX, this.#clock, end, () => this.#cutIdle());
    return this.#closing;
  }

  /** What is still asked may take its time, as long as there are answers. */
  #cutIdle(): void {
    if (!this.#silence.waits || this.#silence.ms > SILENCE_MS_MIN) this.#sockets.close();
    else this.#clock.after(CLOSE_MS_MAX, () => this.#cutIdle());
  }

  async #rowsWithin<Row>(
    pool: pg.Pool,
    silenceMs: number,
    asked: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    let client: pg.PoolClient | undefined;
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.after(silenceMs, () => {
      if (client === undefined)
        late.reject(new Error('Connection terminated: it was not to be had'));
      else cutOff(client);
    });
    const connecting = pool.connect();
    try {
      client = await Promise.race([connecting, late.promise]);
      return await this.#within(client, (tx) => tx.rows<Row>(asked, ...values));
    } finally {
      timer.cancel();
      if (client === undefined) connecting.then((unused) => unused.release()).catch(() => {});
    }
  }

  async #writeOnce<T>(
    body: (tx: Tx) => Promise<T>,
    fence: number | undefined,
    changed: (result: T) => boolean,
  ): Promise<T> {
    const client = await this.#pool.connect();
    this.#writeCount += 1;
    const number = this.#writeCount;
    const connection = this.#connectionOf(client);
    let done: { readonly result: T } | undefined;
    try {
      return await this.#within(client, async (tx) => {
        // Sent one after the other without a wait for the answers between them.
        tx.gather();
        const begun = client.query('BEGIN');
        const marked = tx.run(MARK, this.#process, connection, number);
        const held = fence === undefined ? undefined : lockFence(tx, fence);
        const [, , , result] = await Promise.all([begun, marked, held, body(tx)]);
        tx.end();
        if (!changed(result)) {
          await client.query('ROLLBACK');
          return result;
        }
        done = { result };
        const [{ command }] = await Promise.all([client.query('COMMIT'), ...tx.left]);
        // A body that goes on after an error of the database has written nothing.
        assert(command === 'COMMIT', `the transaction ended with ${command}`);
        return result;
      });
    } catch (error) {
      if (done === undefined || !isLost(error)) throw error;
      const [row] = await this.rows<{ last: number }>(MARKED, this.#process, connection);
      if (row?.last === number) return done.result;
      throw error;
    }
  }

  /** Gives the connection back: to be used again, or to be thrown away where it is broken. */
  async #within<T>(client: pg.PoolClient, body: (tx: Tx) => Promise<T>): Promise<T> {
    // What is not asked of it at the moment cannot be told by a query.
    const ignore = () => {};
    client.on('error', ignore);
    const tx = new Tx(client, () => this.#silence.heard());
    let broken = true;
    try {
      const result = await body(tx);
      broken = false;
      return result;
    } catch (error) {
      tx.end();
      if (!isLost(error)) broken = !(await rolledBack(client));
      throw error;
    } finally {
      client.off('error', ignore);
      // The driver would wait for answers that may never come.
      if (broken) cutOff(client);
      client.release(broken);
    }
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    this.#throwIfOver();
    const untilMs = this.#clock.monoMs() + this.#patienceMs;
    for (let mostMs = BACKOFF_MS_MIN; ; mostMs = Math.min(BACKOFF_MS_MAX, mostMs * 2)) {
      try {
        return await this.#silence.during(attempt);
      } catch (error) {
        const waitMs = mostMs * (0.5 + this.#random.next() / 2);
        const over = this.#closing !== undefined || this.#givenUp;
        const late = this.#clock.monoMs() + waitMs > untilMs || over;
        if (late || remedyOf(error) === 'tell') throw storeError(error, this.name);
        await this.#clock.sleep(waitMs);
      }
    }
  }

  #throwIfOver(): void {
    assert(this.#closing === undefined, 'the store is closed');
    if (!this.#givenUp) return;
    const detail = 'it has not answered, and this process does not wait for it any more';
    throw new SluiceError('store.unavailable', { name: this.name, detail });
  }

  #connectionOf(client: pg.PoolClient): number {
    const known = this.#connections.get(client);
    if (known !== undefined) return known;
    this.#connectionCount += 1;
    this.#connections.set(client, this.#connectionCount);
    return this.#connectionCount;
  }
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Numbers of 64 bits are places, counts and fences here: below 2^53. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    id === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(id, format as 'text')) as typeof pg.types.getTypeParser,
};
