/**
 * Signals through the Postgres that the nodes share: hints over the queue of pg-boss, notices by
 * LISTEN/NOTIFY. While the database is away nothing is told and nothing rejects; when it is back,
 * every node is told that it may have missed something.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { hearPayload, NoticePost } from './notice-post.ts';
import type { Listen, Query } from './queue-boss.ts';
import { ShardQueue } from './shard-queue.ts';
import type { Notice, SignalEars, Signals } from './signals.ts';

export type { Listen, Query } from './queue-boss.ts';
export { QUEUE_SCHEMA } from './queue-boss.ts';

const CHANNEL = 'sluice_notices';
const NOTIFY = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload';

export interface PgSignalsOptions {
  readonly query: Query;
  readonly listen: Listen;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class PgSignals implements Signals {
  readonly #listenTo: Listen;
  readonly #queue: ShardQueue;
  readonly #notices: NoticePost;
  #ears: SignalEars | undefined;
  #channel: { close(): Promise<void> } | undefined;

  constructor({ query, listen, clock, random, logger }: PgSignalsOptions) {
    this.#listenTo = listen;
    this.#queue = new ShardQueue({
      query,
      listen,
      clock,
      random,
      logger,
      onHint: (jobId) => this.#ears?.onHint(jobId),
    });
    this.#notices = new NoticePost({
      clock,
      random,
      logger,
      send: async (payloads) => {
        await query(NOTIFY, [CHANNEL, payloads]);
      },
    });
  }

  async listen(ears: SignalEars): Promise<void> {
    this.#ears = ears;
    this.#channel = await this.#listenTo(
      CHANNEL,
      (payload) => this.#ears && hearPayload(payload, this.#ears),
      () => this.#ears?.onGap(),
    );
    await this.#queue.start();
  }

  hint(jobId: string, shards: number): Promise<void> {
    return this.#queue.hint(jobId, shards);
  }

  post(notice: Notice): Promise<void> {
    return this.#notices.post(notice);
  }

  idle(idle: boolean): void {
    this.#queue.idle(idle);
  }

  /**
   * Before `listen`: what one node should do about once a minute. Ends of nodes may leave a minute
   * out, and a run that takes longer than five minutes may overlap with the next.
   */
  everyMinute(run: () => Promise<void>): void {
    this.#queue.everyMinute(run);
  }

  /** Puts a shard aside that has ended node after node; the same one once. Never rejects. */
  reportLost(jobId: string, no: number, losses: number): Promise<void> {
    return this.#queue.reportLost(jobId, no, losses);
  }

  /** Shards put aside in the last two weeks; rejects where the database is away. */
  countLost(): Promise<number> {
    return this.#queue.countLost();
  }

  async close(): Promise<void> {
    this.#ears = undefined;
    await this.#notices.close();
    await this.#queue.close();
    await this.#channel?.close();
  }
}
