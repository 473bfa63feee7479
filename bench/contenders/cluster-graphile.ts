/**
 * graphile-worker with its local queue, one task a job, added 500 at a time. It completes jobs in
 * batches; so are results stored: a job ends when the insert that carries its result is committed.
 */
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import {
  BATCH,
  batchesOf,
  RESULT,
  RESULTS,
  runCrew,
  STORE_RESULTS,
  type TaskInput,
} from '../harness/crew.ts';

const TASK = 'noop';
const CONCURRENT = 2 * BATCH;
const POOL = 10;
const logger = new Logger(() => () => {});

await runCrew(import.meta.url, {
  async prepare({ url }) {
    await runMigrations({ connectionString: url, logger });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(RESULTS);
    await client.end();
  },

  async insert({ url, rows }) {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    for (const batch of batchesOf(rows)) {
      await utils.addJobs(batch.map((payload) => ({ identifier: TASK, payload })));
    }
    await utils.release();
  },

  async work({ url }, told) {
    const pool = new pg.Pool({ connectionString: url, max: POOL });
    const store = batched(async (ids) => {
      const results = ids.map(() => RESULT);
      await pool.query({ name: 'store', text: STORE_RESULTS, values: [ids, results] });
      told(ids.length);
    });
    await run({
      pgPool: pool,
      logger,
      noHandleSignals: true,
      taskList: { [TASK]: (payload) => store((payload as TaskInput).id) },
      preset: {
        worker: {
          concurrentJobs: CONCURRENT,
          maxPoolSize: POOL,
          pollInterval: 100,
          localQueue: { size: CONCURRENT },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
  },
});

/** Gathers what is given in one turn of the event loop; each promise ends with its batch. */
function batched(write: (ids: number[]) => Promise<void>): (id: number) => Promise<void> {
  let ids: number[] = [];
  let written: Promise<void> | undefined;
  return (id) => {
    ids.push(id);
    written ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const batch = ids;
        ids = [];
        written = undefined;
        write(batch).then(resolve, reject);
      });
    });
    return written;
  };
}
