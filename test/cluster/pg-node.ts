/** Signals of a node as the program puts them together, with the log lines it writes. */
import { type Clock, sleepOn, systemClock } from '../../src/base/clock.ts';
import { lineLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { PgSignals } from '../../src/cluster/pg-signals.ts';
import { PostgresListener } from '../../src/store/postgres/listen.ts';
import { SideDatabase } from '../../src/store/postgres/side-database.ts';

export interface PgNode {
  readonly signals: PgSignals;
  /** Of level info and above. */
  readonly lines: string[];
}

/** All waits are shorter by this factor, as nobody wants to sit through a back-off. */
export function hurried(factor: number): Clock {
  const after: Clock['after'] = (ms, callback) => systemClock.after(ms / factor, callback);
  return {
    wallMs: () => systemClock.wallMs(),
    monoMs: () => systemClock.monoMs(),
    after,
    sleep: (ms, signal) => sleepOn({ after }, ms, signal),
  };
}

/** Closing the signals closes their connections, too. */
export function openPgNode(databaseUrl: string, clock: Clock = systemClock): PgNode {
  const database = new SideDatabase({ databaseUrl, poolMax: 2 });
  const lines: string[] = [];
  const logger = lineLogger('info', (level, message, fields) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  });
  const parts = { clock, random: systemRandom, logger };
  const listener = new PostgresListener({ databaseUrl, ...parts });
  const signals = new PgSignals({
    query: (text, values) => database.query(text, values),
    listen: (...words) => listener.listen(...words),
    ...parts,
  });
  const closeSignals = signals.close.bind(signals);
  let closing: Promise<void> | undefined;
  const close = async () => {
    await closeSignals();
    await listener.close();
    await database.close();
  };
  signals.close = () => {
    closing ??= close();
    return closing;
  };
  return { signals, lines };
}
