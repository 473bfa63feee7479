import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { createTaskManager } from '../../src/index.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

interface Order {
  readonly id: number;
  readonly region: string;
  readonly cents: number;
}

const ROWS = 20_000;
const REGIONS = ['north', 'east', 'south', 'west'];
const WORKERS = 8;

function* orders(): Generator<Order> {
  for (let id = 1; id <= ROWS; id += 1) {
    yield { id, region: REGIONS[id % REGIONS.length] ?? '', cents: id };
  }
}

describe('a database behind the task manager', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });

  async function pool(t: TestContext): Promise<pg.Pool> {
    const url = await postgres.databaseUrl();
    const made = new pg.Pool({ connectionString: url, max: WORKERS });
    // A connection that is ended while it is idle.
    made.on('error', () => {});
    t.after(() => made.end());
    await made.query('CREATE TABLE orders (id int PRIMARY KEY, region text, cents int)');
    return made;
  }

  /** One statement a batch; the same batch again changes nothing. */
  const insertInto = (db: pg.Pool) => async (batch: readonly Order[]) => {
    const inserted = await db.query(
      `INSERT INTO orders SELECT * FROM unnest($1::int[], $2::text[], $3::int[])
       ON CONFLICT (id) DO NOTHING`,
      [
        batch.map(({ id }) => id),
        batch.map(({ region }) => region),
        batch.map(({ cents }) => cents),
      ],
    );
    return inserted.rowCount ?? 0;
  };

  it('takes rows in batches, several at once, and answers questions in parallel', async (t) => {
    const db = await pool(t);
    await using tasks = createTaskManager({ kinds: { database: { workers: WORKERS } } });
    const inserted = await tasks.batch(orders(), insertInto(db), {
      kind: 'database',
      batchSize: 500,
    });
    assert.equal(inserted.length, ROWS / 500);
    assert.equal(
      inserted.reduce((sum, count) => sum + count, 0),
      ROWS,
    );
    const sums = await tasks.map(
      REGIONS,
      async (region) => {
        const { rows } = await db.query('SELECT sum(cents) FROM orders WHERE region = $1', [
          region,
        ]);
        return Number(rows[0].sum);
      },
      { kind: 'database' },
    );
    assert.equal(
      sums.reduce((sum, each) => sum + each, 0),
      (ROWS * (ROWS + 1)) / 2,
    );
    const { database } = tasks.metrics().kinds;
    assert.deepEqual([database?.completed, database?.failed], [ROWS / 500 + 4, 0]);
    assert.ok(db.totalCount <= WORKERS, `${db.totalCount} connections`);
  });

  it('has each row once, whatever happens to its connections', async (t) => {
    const db = await pool(t);
    await using tasks = createTaskManager();
    const insert = insertInto(db);
    let cut = 0;
    const cutting = async (batch: readonly Order[]) => {
      const count = await insert(batch);
      // It is there, and whoever sent it does not get to know.
      if ((batch[0]?.id ?? 0) % 2_000 === 1 && cut < 5) {
        cut += 1;
        await db.query('SELECT pg_terminate_backend(pg_backend_pid())');
      }
      return count;
    };
    await tasks.batch(orders(), cutting, { kind: 'database', batchSize: 500, retries: 5 });
    const { rows } = await db.query('SELECT count(*), sum(cents) FROM orders');
    assert.deepEqual([Number(rows[0].count), Number(rows[0].sum)], [ROWS, (ROWS * (ROWS + 1)) / 2]);
    assert.equal(tasks.metrics().retried, 5);
  });
});
