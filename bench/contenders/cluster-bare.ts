/**
 * The least that shared durable work costs: 500 tasks a row, claimed by SKIP LOCKED, their results
 * inserted and the row marked in the same transaction. No leases, no limits, no order but the
 * numbers': a process that hangs holds its row for ever.
 */
import pg from 'pg';
import {
  batchesOf,
  RESULT,
  RESULTS,
  runCrew,
  STORE_RESULTS,
  type TaskInput,
} from '../harness/crew.ts';

const SHARDS = `
  CREATE TABLE shards (id bigserial PRIMARY KEY, tasks text NOT NULL, done boolean NOT NULL DEFAULT false);
  CREATE INDEX shards_open ON shards (id) WHERE NOT done`;
const CLAIM = `
  SELECT id, tasks FROM shards WHERE NOT done ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
/** One is worked on while another is committed. */
const LOOPS = 2;
const EMPTY_MS = 5;

await runCrew(import.meta.url, {
  async prepare({ url }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`${RESULTS};${SHARDS}`);
    await client.end();
  },

  async insert({ url, rows }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const batch of batchesOf(rows)) {
      const values = [JSON.stringify(batch)];
      await client.query('INSERT INTO shards (tasks) VALUES ($1)', values);
    }
    await client.end();
  },

  async work({ url }, told) {
    const pool = new pg.Pool({ connectionString: url, max: LOOPS });
    const loop = async (client: pg.PoolClient) => {
      for (;;) {
        await client.query('BEGIN');
        const { rows } = await client.query<{ id: string; tasks: string }>({
          name: 'claim',
          text: CLAIM,
        });
        const [shard] = rows;
        if (shard === undefined) {
          await client.query('ROLLBACK');
          await new Promise((resolve) => setTimeout(resolve, EMPTY_MS));
          continue;
        }
        const tasks = JSON.parse(shard.tasks) as TaskInput[];
        const values = [tasks.map(({ id }) => id), tasks.map(() => RESULT)];
        await client.query({ name: 'store', text: STORE_RESULTS, values });
        await client.query({
          name: 'done',
          text: 'UPDATE shards SET done = true WHERE id = $1',
          values: [shard.id],
        });
        await client.query('COMMIT');
        told(tasks.length);
      }
    };
    for (let i = 0; i < LOOPS; i += 1) void loop(await pool.connect());
  },
});
