/**
 * Hints of new work, over pg-boss: each is a row that one node takes, so that a hint wakes one
 * node and not all of them. Beside that, what pg-boss is good at: shards that nobody should touch
 * any more, put aside to be looked at, and work once a minute on one node.
 *
 * A row here is never the truth. Whoever takes a hint deletes it and looks into the store; what
 * settles or expires here changes nothing there. So none of pg-boss' leases and retries is used.
 */
import type { PgBoss, Queue } from 'pg-boss';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Random, randomInt } from '../base/random.ts';
import { type Listen, QUEUE_SCHEMA, type Query, QueueBoss } from './queue-boss.ts';
import { WAKES_MAX } from './signals.ts';
import { Turns } from './turns.ts';

const SHARDS = 'shards';
const LOST = 'shards-lost';
const MINUTE = 'minute';

/**
 * Hints that may wait to be taken, over all nodes: of each key one row waits at most. More would
 * only be stale when somebody has time for them.
 */
const SLOTS = 64;
/** Between two inserts of hints, ms. */
const INSERT_PAUSE_MS = 5;
/** Rows that were taken are deleted together; between two times, ms. */
const DELETE_PAUSE_MS = 100;

const QUEUES: readonly (Omit<Queue, 'name'> & { readonly name: string })[] = [
  {
    name: SHARDS,
    policy: 'short',
    notify: true,
    retryLimit: 0,
    retentionSeconds: 10,
    expireInSeconds: 10,
    deleteAfterSeconds: 60,
  },
  { name: LOST, policy: 'short', retryLimit: 0 },
  {
    name: MINUTE,
    // While one waits or runs, there is no other.
    policy: 'exclusive',
    notify: true,
    retryLimit: 0,
    retentionSeconds: 60,
    expireInSeconds: 300,
    deleteAfterSeconds: 60,
  },
];

export interface ShardQueueOptions {
  readonly query: Query;
  readonly listen: Listen;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onHint: (jobId: string) => void;
}

interface Hint {
  readonly jobId: string;
}

export class ShardQueue {
  readonly #options: ShardQueueOptions;
  readonly #queue: QueueBoss;
  readonly #inserts: Turns;
  readonly #deletes: Turns;
  #idle = true;
  #closed = false;
  #taking = false;
  #takeAgain = false;
  readonly #wanted = new Map<string, number>();
  #taken: string[] = [];
  #slot: number;
  #minute: (() => Promise<void>) | undefined;

  constructor(options: ShardQueueOptions) {
    const { query, listen, clock, random, logger } = options;
    this.#options = options;
    this.#slot = randomInt(random, 0, SLOTS - 1);
    this.#inserts = new Turns({
      clock,
      pauseMs: INSERT_PAUSE_MS,
      send: () => this.#insert(),
    });
    this.#deletes = new Turns({
      clock,
      pauseMs: DELETE_PAUSE_MS,
      send: () => this.#delete(),
    });
    this.#queue = new QueueBoss({
      query,
      listen,
      clock,
      random,
      logger,
      setUp: (boss) => this.#setUp(boss),
      onRow: (queue) => {
        if (queue !== SHARDS) return false;
        void this.#take();
        return true;
      },
      onGap: () => void this.#take(),
    });
  }

  start(): Promise<void> {
    return this.#queue.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#inserts.settle();
    await this.#deletes.settle();
    await this.#queue.close();
  }

  /** What an idle node has missed while it was busy, it finds by looking: nothing is fetched. */
  idle(idle: boolean): void {
    this.#idle = idle;
  }

  async hint(jobId: string, shards: number): Promise<void> {
    if (this.#closed || shards < 1) return;
    this.#wanted.set(jobId, (this.#wanted.get(jobId) ?? 0) + shards);
    await this.#inserts.ask();
  }

  /** Before `start`: work for one node once a minute, about; rejections become log lines. */
  everyMinute(run: () => Promise<void>): void {
    this.#minute = run;
  }

  /** Puts a shard aside for people to look at; the same one once. */
  async reportLost(jobId: string, no: number, losses: number): Promise<void> {
    await this.#quietly(async (boss) => {
      await boss.send(LOST, { jobId, no, losses }, { singletonKey: `${jobId}/${no}` });
      await this.#queue.flush();
    });
  }

  /** Shards put aside in the last two weeks; rejects where the database is away. */
  async countLost(): Promise<number> {
    const { rows } = await this.#options.query(
      `SELECT count(*)::int AS count FROM ${QUEUE_SCHEMA}.job WHERE name = $1 AND state = 'created'`,
      [LOST],
    );
    return (rows[0] as { count: number }).count;
  }

  async #setUp(boss: PgBoss): Promise<void> {
    for (const { name, ...options } of QUEUES) await boss.createQueue(name, options);
    await boss.schedule(MINUTE, '* * * * *');
    // Of the nodes that have such work, the first to look takes it.
    if (this.#minute === undefined) return;
    const often = { pollingIntervalSeconds: 60, notifyPollingIntervalSeconds: 60 };
    await boss.work(MINUTE, often, () => this.#runMinute());
  }

  async #runMinute(): Promise<void> {
    try {
      if (!this.#closed) await this.#minute?.();
    } catch (error) {
      this.#options.logger.warn('What is done once a minute failed.', { detail: String(error) });
    }
  }

  async #insert(): Promise<void> {
    const rows = this.#chooseHints().map((data) => ({ data, singletonKey: this.#nextSlot() }));
    if (rows.length === 0) return;
    await this.#quietly(async (boss) => {
      const made = await boss.insert(SHARDS, rows, { returnId: true });
      // So many wait already that none is new: whoever has time by now should hear of them.
      if (made === null || made.length === 0) await this.#queue.wake(SHARDS);
    });
  }

  /** One of each job in turn, until all are hinted at or enough nodes are woken. */
  #chooseHints(): Hint[] {
    const hints: Hint[] = [];
    while (hints.length < WAKES_MAX && this.#wanted.size > 0) {
      for (const [jobId, shards] of this.#wanted) {
        if (hints.length === WAKES_MAX) break;
        hints.push({ jobId });
        if (shards > 1) this.#wanted.set(jobId, shards - 1);
        else this.#wanted.delete(jobId);
      }
    }
    this.#wanted.clear();
    return hints;
  }

  #nextSlot(): string {
    this.#slot = (this.#slot + 1) % SLOTS;
    return String(this.#slot);
  }

  /** Takes one hint; where another came meanwhile, which the look may have missed, one more. */
  async #take(): Promise<void> {
    this.#takeAgain = true;
    if (this.#taking) return;
    this.#taking = true;
    while (this.#takeAgain && this.#idle && !this.#closed) {
      this.#takeAgain = false;
      await this.#quietly(async (boss) => {
        for (const { id, data } of await boss.fetch<Hint>(SHARDS)) {
          this.#taken.push(id);
          if (!this.#closed) this.#options.onHint(data.jobId);
        }
      });
      if (this.#taken.length > 0) void this.#deletes.ask();
    }
    this.#taking = false;
  }

  async #delete(): Promise<void> {
    const ids = this.#taken;
    this.#taken = [];
    // Where this fails they expire.
    if (ids.length > 0) await this.#quietly((boss) => boss.deleteJob(SHARDS, ids));
  }

  /** Never rejects: what fails is left undone. */
  async #quietly(run: (boss: PgBoss) => Promise<unknown>): Promise<void> {
    const { boss } = this.#queue;
    if (boss === undefined) return;
    try {
      await run(boss);
      this.#queue.worked();
    } catch (error) {
      this.#queue.failed(error);
    }
  }
}
