/** Looks at the Postgres that nodes share, for `sluice doctor`. */
import { newId } from './base/ids.ts';
import type { DatabaseExam } from './cli/workbench.ts';
import { openStore } from './main-cluster.ts';
import type { BenchParts } from './main-parts.ts';
import { PostgresListener } from './store/postgres/listen.ts';
import { SideDatabase } from './store/postgres/side-database.ts';

const HEARD_MS = 3_000;
const COUNTED_MAX = 10_000;

/** Rejects with `store.*` where it cannot be reached. */
export async function examineDatabase(parts: BenchParts): Promise<DatabaseExam> {
  const cluster = await openStore(parts);
  const { databaseUrl } = parts.resolved.settings;
  const side = new SideDatabase({ databaseUrl, poolMax: 1 });
  try {
    const [nodes, jobs, leaderless, listens] = await Promise.all([
      cluster.nodes(),
      cluster.store.jobs({ states: ['running'], limit: COUNTED_MAX }),
      cluster.leaderless(COUNTED_MAX),
      isHeard(parts, side),
    ]);
    const { version, ...clock } = await readServer(parts, side);
    const counts = { running: jobs.length, leaderless: leaderless.length };
    return { version, ...clock, listens, nodes, ...counts };
  } finally {
    await side.close();
    await cluster.close();
  }
}

async function readServer({ clock }: BenchParts, side: SideDatabase) {
  const sentMs = clock.wallMs();
  const { rows } = await side.query(
    `SELECT current_setting('server_version') AS version,
       extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
  );
  const gotMs = clock.wallMs();
  const { version, ms } = rows[0] as { readonly version: string; readonly ms: number };
  return { version, clockMs: ms - (sentMs + gotMs) / 2, clockErrorMs: (gotMs - sentMs) / 2 };
}

async function isHeard(parts: BenchParts, side: SideDatabase): Promise<boolean> {
  const { clock, random, log: logger } = parts;
  const { databaseUrl } = parts.resolved.settings;
  const listener = new PostgresListener({ databaseUrl, clock, random, logger });
  const channel = newId('doctor', clock.wallMs(), random);
  const heard = Promise.withResolvers<boolean>();
  const patience = clock.after(HEARD_MS, () => heard.resolve(false));
  try {
    await listener.listen(
      channel,
      () => heard.resolve(true),
      () => {},
    );
    await side.query('SELECT pg_notify($1, $2)', [channel, 'heard']);
    return await heard.promise;
  } finally {
    patience.cancel();
    await listener.close();
  }
}
