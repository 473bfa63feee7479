/**
 * The least that shared durable work costs where each task can be looked at: a row for the task, one
 * for its end, one for its result, in shards of 500 that are claimed by SKIP LOCKED. No leases, no
 * limits, no order but the numbers'.
 */
import pg from 'pg';
import { batchesOf, RESULT, RESULTS, runCrew, STORE_RESULTS } from '../harness/crew.ts';

const TABLES = `
  CREATE TABLE tasks (id bigint PRIMARY KEY, input text NOT NULL);
  CREATE TABLE outcomes (id bigint PRIMARY KEY, state smallint NOT NULL, at float8 NOT NULL);
  CREATE TABLE shards (id bigint PRIMARY KEY, upto bigint NOT NULL, done boolean NOT NULL);
  CREATE INDEX shards_open ON shards (id) WHERE NOT done`;
const CLAIM = `
  SELECT id, upto FROM shards WHERE NOT done ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
const READ = 'SELECT id, input FROM tasks WHERE id BETWEEN $1 AND $2 ORDER BY id';
const STORE_TASKS = 'INSERT INTO tasks SELECT * FROM unnest($1::bigint[], $2::text[])';
const STORE_OUTCOMES = 'INSERT INTO outcomes SELECT id, 1, $2 FROM unnest($1::bigint[]) AS id';
/** One is worked on while another is committed. */
const LOOPS = 2;
const EMPTY_MS = 5;

await runCrew(import.meta.url, {
  async prepare({ url }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`${RESULTS};${TABLES}`);
    await client.end();
  },

  async insert({ url, rows }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const batch of batchesOf(rows)) {
      const ids = batch.map(({ id }) => id);
      await client.query('BEGIN');
      const values = [ids, batch.map((task) => JSON.stringify(task))];
      await client.query({ name: 'tasks', text: STORE_TASKS, values });
      const shard = [ids[0], ids.at(-1)];
      await client.query('INSERT INTO shards VALUES ($1, $2, false)', shard);
      await client.query('COMMIT');
    }
    await client.end();
  },

  async work({ url }, told) {
    const pool = new pg.Pool({ connectionString: url, max: LOOPS });
    const loop = async (client: pg.PoolClient) => {
      for (;;) {
        await client.query('BEGIN');
        const claimed = await client.query<{ id: string; upto: string }>({
          name: 'claim',
          text: CLAIM,
        });
        const [shard] = claimed.rows;
        if (shard === undefined) {
          await client.query('ROLLBACK');
          await new Promise((resolve) => setTimeout(resolve, EMPTY_MS));
          continue;
        }
        const values = [shard.id, shard.upto];
        const { rows } = await client.query<{ id: string; input: string }>({
          name: 'read',
          text: READ,
          values,
        });
        const ids = rows.map(({ input }) => (JSON.parse(input) as { id: number }).id);
        await client.query({ name: 'out', text: STORE_OUTCOMES, values: [ids, Date.now()] });
        const results = [ids, ids.map(() => RESULT)];
        await client.query({ name: 'store', text: STORE_RESULTS, values: results });
        const done = 'UPDATE shards SET done = true WHERE id = $1';
        await client.query({ name: 'done', text: done, values: [shard.id] });
        await client.query('COMMIT');
        told(ids.length);
      }
    };
    for (let i = 0; i < LOOPS; i += 1) void loop(await pool.connect());
  },
});
