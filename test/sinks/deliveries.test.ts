/** Destinations of deliveries through the one suite: a DuckDB file, Parquet files, a Postgres. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { startFauxqs } from 'fauxqs';
import { seededRandom } from '../../src/base/random.ts';
import { postgresKind } from '../../src/engine/outbox/postgres-kind.ts';
import type { SinkKind } from '../../src/sinks/delivery-sink.ts';
import { duckdbKinds } from '../../src/sinks/duckdb/duckdb-kinds.ts';
import { S3BlobStore } from '../../src/sinks/s3-blob-store.ts';
import { s3Place } from '../../src/sinks/s3-place.ts';
import { exerciseSink, SINK_TABLE } from '../conformance/delivery-sink.ts';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { quickClock } from '../fakes/quick-clock.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sluice-deliveries-'));
}

async function query(sql: string, file = ':memory:') {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const columns = (await connection.runAndReadAll(`DESCRIBE ${sql}`)).getRows();
    const times = columns.filter(([, type]) => String(type).startsWith('TIMESTAMP'));
    const shown = times.map(([name]) => {
      return `strftime("${name}"::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') AS "${name}"`;
    });
    const replaced = shown.length === 0 ? '' : ` REPLACE (${shown.join(', ')})`;
    const all = await connection.runAndReadAll(`SELECT *${replaced} FROM (${sql})`);
    return all.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function kindOf(address: string, kinds: readonly SinkKind[]): SinkKind {
  const fitting = kinds.filter(({ schemes }) => schemes.some((each) => address.startsWith(each)));
  return fitting.at(-1) as SinkKind;
}

const LOCAL = duckdbKinds({ cwd: '/', openS3: () => assert.fail() });

/** Another process that has the file open. */
async function holdOpen(file: string): Promise<ChildProcess> {
  const script = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(${JSON.stringify(file)});
    await instance.connect();
    process.stdout.write('open');
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const opened = once(child.stdout as NodeJS.ReadableStream, 'data').then(() => true);
  assert.ok(await Promise.race([opened, once(child, 'exit').then(() => false)]), 'it opens');
  return child;
}

exerciseSink('a DuckDB file', async () => {
  const path = await folder();
  const file = join(path, 'out', 'people.duckdb');
  const address = `duckdb:${file}#${SINK_TABLE}`;
  let other: ChildProcess | undefined;
  return {
    open: () => kindOf(address, LOCAL).open(address),
    read: () => query(`SELECT * FROM ${SINK_TABLE}`, file),
    outage: {
      async down() {
        other = await holdOpen(file);
      },
      async up() {
        const gone = other && once(other, 'exit');
        other?.kill('SIGKILL');
        await gone;
      },
    },
    keyed: true,
    widens: true,
    async remove() {
      other?.kill('SIGKILL');
      await rm(path, { recursive: true });
    },
  };
});

exerciseSink('a folder of Parquet files', async () => {
  const path = await folder();
  const address = `parquet:${path}/out`;
  return {
    open: () => kindOf(address, LOCAL).open(address),
    async read() {
      const names = await readdir(join(path, 'out', SINK_TABLE));
      assert.ok(
        names.every((name) => /^j_[12]-abc-\d{6}\.parquet$/.test(name)),
        String(names),
      );
      const files = join(path, 'out', SINK_TABLE, '*.parquet');
      return query(`SELECT * FROM read_parquet('${files}', union_by_name = true)`);
    },
    outage: {
      // A file where the folder should be.
      async down() {
        await rename(join(path, 'out'), join(path, 'away'));
        await writeFile(join(path, 'out'), '');
      },
      async up() {
        await rm(join(path, 'out'));
        await rename(join(path, 'away'), join(path, 'out'));
      },
    },
    keyed: false,
    widens: true,
    remove: () => rm(path, { recursive: true }),
  };
});

exerciseSink('Parquet files in S3-compatible storage', async () => {
  const path = await folder();
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  server.createBucket('bucket');
  const proxy = await CutProxy.start(server.port);
  const choice = { region: 'eu-west-1', keyId: 'KEY', keySecret: 'S', sessionToken: '' };
  const openAt = (port: number, to: string) => {
    const endpoint = `http://127.0.0.1:${port}`;
    const place = s3Place({ ...choice, to, endpoint, addressing: 'auto' });
    return S3BlobStore.open(place, { clock: quickClock, random: seededRandom(3) });
  };
  const kinds = duckdbKinds({ cwd: '/', openS3: (to) => openAt(proxy.port, to) });
  const address = 'parquet:s3://bucket/some/where';
  return {
    open: () => kindOf(address, kinds).open(address),
    async read() {
      const blobs = await openAt(server.port, 's3://bucket/some/where');
      for (const job of ['j_1', 'j_2']) {
        for (const no of [1, 2]) {
          const name = `${job}-abc-${String(no).padStart(6, '0')}.parquet`;
          const bytes = await blobs.read(`${SINK_TABLE}/${name}`);
          if (bytes === undefined) continue;
          const chunks: Uint8Array[] = [];
          for await (const chunk of bytes) chunks.push(chunk);
          await writeFile(join(path, name), Buffer.concat(chunks));
        }
      }
      return query(`SELECT * FROM read_parquet('${path}/*.parquet', union_by_name = true)`);
    },
    outage: {
      down: async () => proxy.cut('drop'),
      up: async () => proxy.restore(),
    },
    keyed: false,
    widens: true,
    async remove() {
      await proxy.close();
      await server.stop();
      await rm(path, { recursive: true });
    },
  };
});

exerciseSink('a table of a Postgres', async () => {
  const url = new URL(await postgres.databaseUrl());
  const proxy = await CutProxy.start(Number(url.port));
  const through = new URL(url);
  through.port = String(proxy.port);
  const address = `${through.href}?table=${SINK_TABLE}`;
  return {
    open: () => postgresKind(4).open(address),
    read: async () => {
      const rows = await postgres.query(url.href, `SELECT * FROM ${SINK_TABLE}`);
      return rows as Record<string, unknown>[];
    },
    outage: {
      down: async () => proxy.cut('drop'),
      up: async () => proxy.restore(),
    },
    keyed: true,
    widens: true,
    remove: () => proxy.close(),
  };
});
