/**
 * A contender of several processes over one Postgres: one that inserts the work and counts what is
 * done, and so many that work. All run the same file; who works is told by its input.
 *
 * The clock runs from the first insert to the moment at which the last result is committed. Schemas
 * are made and processes have connected before.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface CrewInput {
  /** Of an empty database. */
  readonly url: string;
  readonly rows: number;
  readonly workers: number;
  readonly worker?: boolean;
}

export interface CrewDone {
  readonly rows: number;
  readonly wallMs: number;
}

export interface Crew {
  /** Makes tables, those of the results included. */
  prepare(input: CrewInput): Promise<void>;
  insert(input: CrewInput): Promise<void>;
  /**
   * Resolves when it is ready to work; what it has committed from then on it tells. It is ended by
   * a signal.
   */
  work(input: CrewInput, told: (rows: number) => void): Promise<void>;
}

/** One row of `results` for each task: its number and 500 bytes. */
export const RESULTS = 'CREATE TABLE results (id bigint PRIMARY KEY, json text NOT NULL)';
export const STORE_RESULTS = 'INSERT INTO results SELECT * FROM unnest($1::bigint[], $2::text[])';
/** JSON of 500 bytes with what is around it. */
export const RESULT = JSON.stringify({ text: 'x'.repeat(489) });
export const BATCH = 500;

export interface TaskInput {
  readonly id: number;
  readonly name: string;
}

export function* batchesOf(rows: number): Generator<TaskInput[]> {
  for (let from = 0; from < rows; from += BATCH) {
    const size = Math.min(BATCH, rows - from);
    yield Array.from({ length: size }, (_, i) => ({ id: from + i, name: `Row ${from + i}` }));
  }
}

export async function runCrew(file: string, crew: Crew): Promise<void> {
  const input = JSON.parse(process.argv.at(-1) ?? '') as CrewInput;
  if (input.worker) {
    // Nothing is left behind where the other process is gone.
    process.once('disconnect', () => process.exit(1));
    await crew.work(input, (rows) => process.send?.(rows));
    process.send?.(0);
  } else {
    process.stdout.write(`${JSON.stringify(await lead(file, crew, input))}\n`);
  }
}

async function lead(file: string, crew: Crew, input: CrewInput): Promise<CrewDone> {
  await crew.prepare(input);
  const words = [JSON.stringify({ ...input, worker: true })];
  const workers = Array.from({ length: input.workers }, () =>
    fork(fileURLToPath(file), words, { execArgv: [] }),
  );
  const failed = Promise.withResolvers<never>();
  for (const worker of workers) {
    worker.once('exit', (code) => failed.reject(new Error(`a worker ended with ${code}`)));
  }
  try {
    await Promise.race([Promise.all(workers.map((each) => once(each, 'message'))), failed.promise]);
    const all = Promise.withResolvers<void>();
    let done = 0;
    for (const worker of workers) {
      worker.on('message', (rows: number) => {
        done += rows;
        if (done >= input.rows) all.resolve();
      });
    }
    const startedMs = performance.now();
    await Promise.race([Promise.all([crew.insert(input), all.promise]), failed.promise]);
    const wallMs = performance.now() - startedMs;
    return { rows: await storedRows(input.url), wallMs };
  } finally {
    failed.promise.catch(() => {});
    for (const worker of workers) worker.kill('SIGKILL');
  }
}

async function storedRows(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sql = 'SELECT count(*)::int AS rows FROM results WHERE length(json) = $1';
  const { rows } = await client.query<{ rows: number }>(sql, [RESULT.length]);
  await client.end();
  return rows[0]?.rows ?? 0;
}
