/** Signals over a real Postgres: several nodes at once, restarts of the server, lost shards. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { lineLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { PgSignals } from '../../src/cluster/pg-signals.ts';
import { PostgresListener } from '../../src/store/postgres/listen.ts';
import { SideDatabase } from '../../src/store/postgres/side-database.ts';
import { eventually, exerciseSignals, type Hearer, hearer } from '../conformance/signals.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

interface Node {
  readonly signals: PgSignals;
  readonly lines: string[];
  close(): Promise<void>;
}

/** What the program puts together. */
function openNode(databaseUrl: string): Node {
  const database = new SideDatabase({ databaseUrl, poolMax: 2 });
  const lines: string[] = [];
  const logger = lineLogger('info', (level, message, fields) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  });
  const parts = { clock: systemClock, random: systemRandom, logger };
  const listener = new PostgresListener({ databaseUrl, ...parts });
  const signals = new PgSignals({
    query: (text, values) => database.query(text, values),
    listen: (...words) => listener.listen(...words),
    ...parts,
  });
  const close = signals.close.bind(signals);
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    await close();
    await listener.close();
    await database.close();
  };
  signals.close = () => (closing ??= closeAll());
  return { signals, lines, close: () => signals.close() };
}

exerciseSignals('Postgres', async () => {
  const url = await postgres.databaseUrl();
  return async () => openNode(url).signals;
});
