/**
 * pg-boss, one task a job, inserted, fetched and completed in batches of 500. The results of a batch
 * go into a table of their own in the transaction that completes its jobs, which is quicker than
 * giving each job its output.
 */
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import {
  BATCH,
  batchesOf,
  RESULT,
  RESULTS,
  runCrew,
  STORE_RESULTS,
  type TaskInput,
} from '../harness/crew.ts';

const QUEUE = 'noop';
/** More than one batch under way in a process: one is worked on while another is committed. */
const LOOPS = 2;
const EMPTY_MS = 5;

function bossOf(url: string): PgBoss {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  boss.on('error', (error) => {
    throw error;
  });
  return boss;
}

await runCrew(import.meta.url, {
  async prepare({ url }) {
    const boss = bossOf(url);
    await boss.start();
    await boss.createQueue(QUEUE);
    await boss.stop();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(RESULTS);
    await client.end();
  },

  async insert({ url, rows }) {
    const boss = bossOf(url);
    await boss.start();
    for (const batch of batchesOf(rows)) {
      const jobs = batch.map((data) => ({ data: data as object }));
      await boss.insert(QUEUE, jobs);
    }
    await boss.stop();
  },

  async work({ url }, told) {
    const boss = bossOf(url);
    await boss.start();
    const pool = new pg.Pool({ connectionString: url, max: LOOPS });
    const loop = async (client: pg.PoolClient) => {
      const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
      for (;;) {
        const jobs = await boss.fetch<TaskInput>(QUEUE, { batchSize: BATCH });
        if (jobs.length === 0) {
          await new Promise((resolve) => setTimeout(resolve, EMPTY_MS));
          continue;
        }
        const numbers = jobs.map(({ data }) => data.id);
        const results = jobs.map(() => RESULT);
        const ids = jobs.map(({ id }) => id);
        await client.query('BEGIN');
        await client.query(STORE_RESULTS, [numbers, results]);
        await boss.complete(QUEUE, ids, null, { db });
        await client.query('COMMIT');
        told(jobs.length);
      }
    };
    for (let i = 0; i < LOOPS; i += 1) void loop(await pool.connect());
  },
});
