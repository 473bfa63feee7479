/**
 * Shards claimed by SKIP LOCKED in the order of their numbers, as queues do it that know no owners:
 * processes with so many slots, tasks that hold one for a while. Answers with when the last shards
 * were done, which belong to whoever came last.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface FifoInput {
  readonly url: string;
  readonly workers: number;
  readonly slots: number;
  readonly taskMs: number;
  readonly shardTasks: number;
  /** Of whoever comes first and last. */
  readonly firstShards: number;
  readonly lastShards: number;
  readonly worker?: boolean;
}

export interface FifoDone {
  /** From the last shard's insert to its end. */
  readonly lastMs: number;
  readonly tasks: number;
}

const TABLE = `
  CREATE TABLE shards (id bigserial PRIMARY KEY, tasks int NOT NULL, state int NOT NULL DEFAULT 0);
  CREATE INDEX shards_open ON shards (id) WHERE state = 0`;
const CLAIM = `
  UPDATE shards SET state = 1 WHERE id = (
    SELECT id FROM shards WHERE state = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
  ) RETURNING id, tasks`;
const EMPTY_MS = 5;

async function lead(input: FifoInput): Promise<FifoDone> {
  const client = new pg.Client({ connectionString: input.url });
  await client.connect();
  await client.query(TABLE);
  const words = [JSON.stringify({ ...input, worker: true })];
  const workers = Array.from({ length: input.workers }, () =>
    fork(fileURLToPath(import.meta.url), words, { execArgv: [] }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const shards = input.firstShards + input.lastShards;
    const done = new Promise<void>((resolve) => {
      let ended = 0;
      const all = () => {
        ended += 1;
        if (ended === shards) resolve();
      };
      for (const worker of workers) worker.on('message', all);
    });
    const insert = 'INSERT INTO shards (tasks) SELECT $1 FROM generate_series(1, $2::int)';
    await client.query(insert, [input.shardTasks, input.firstShards]);
    const startedMs = performance.now();
    await client.query(insert, [input.shardTasks, input.lastShards]);
    await done;
    return { lastMs: performance.now() - startedMs, tasks: shards * input.shardTasks };
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await client.end();
  }
}

/** Slots take tasks of one shard after another, so that none is idle at a shard's end. */
async function work(input: FifoInput): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const client = new pg.Client({ connectionString: input.url });
  await client.connect();
  process.send?.('ready');
  let shard = { left: 0, open: 0 };
  let claiming: Promise<void> | undefined;
  const claim = async () => {
    const { rows } = await client.query<{ id: string; tasks: number }>(CLAIM);
    const [row] = rows;
    if (row === undefined) await new Promise((resolve) => setTimeout(resolve, EMPTY_MS));
    else shard = { left: row.tasks, open: row.tasks };
  };
  const slot = async () => {
    for (;;) {
      while (shard.left === 0) {
        claiming ??= claim().finally(() => {
          claiming = undefined;
        });
        await claiming;
      }
      const mine = shard;
      mine.left -= 1;
      await new Promise((resolve) => setTimeout(resolve, input.taskMs));
      mine.open -= 1;
      if (mine.open === 0) process.send?.('done');
    }
  };
  await Promise.all(Array.from({ length: input.slots }, slot));
}

const input = JSON.parse(process.argv.at(-1) ?? '') as FifoInput;
if (input.worker) await work(input);
else process.stdout.write(`${JSON.stringify(await lead(input))}\n`);
