/**
 * Calls that earlier cycles have stored and not delivered, because they were ended before: they are
 * delivered first. A call is brought again only when it has changed, so nobody else would bring it;
 * and behind those of a new cycle an older state of a call would take the place of the newer.
 */
import { count } from '../../engine/job-words.ts';
import { awaitDelivered, caughtUp } from '../await-delivered.ts';
import { EXIT } from '../exit.ts';
import { jobCommand } from '../next-command.ts';
import { shownDeliveries } from '../outbox-here.ts';
import type { Invocation } from '../program.ts';
import type { EngineSession } from '../workbench.ts';

/** An exit code where it was interrupted; undefined = on with the cycle. */
export async function deliverEarlier(
  invocation: Invocation,
  session: EngineSession,
  collector: string,
): Promise<number | undefined> {
  const bench = await invocation.workbench();
  for (const jobId of await undelivered(invocation, session, collector)) {
    const delivering = await bench.openOutbox(session);
    const { outbox } = delivering;
    try {
      await delivering.begin(jobId);
      // A job that was ended amid its work brings no more: what is there now is all.
      const look = async () => (await shownDeliveries(session.store, outbox, jobId)).map(caughtUp);
      const waiting = (await look()).reduce((sum, each) => sum + each.waiting, 0);
      const say = (line: string) => {
        if (!invocation.flags.quiet && !invocation.flags.json) {
          invocation.io.stderr.write(`${line}\n`);
        }
      };
      say(`Job ${jobId} has left ${count(waiting)} calls, which are delivered first.`);
      const goOn = jobCommand('deliver', jobId, { ...invocation.flags });
      const exit = await awaitDelivered({ clock: bench.clock, look, say, goOn });
      if (exit !== EXIT.ok && exit !== EXIT.away) return exit;
    } finally {
      await delivering.close();
    }
  }
  return undefined;
}

/** Ids of jobs, in the order in which they were begun. */
async function undelivered(
  invocation: Invocation,
  session: EngineSession,
  collector: string,
): Promise<readonly string[]> {
  const bench = await invocation.workbench();
  const { tenant } = invocation.resolved.settings;
  const { outbox } = await bench.openOutbox(session);
  const found = new Map<string, number>();
  for (const { jobId, delivered, state, tenant: whose } of await outbox.all()) {
    if (whose !== tenant || state === 'stopped' || found.has(jobId)) continue;
    const job = await session.store.job(jobId);
    if (job?.collector === collector && delivered < job.counters.records) {
      found.set(jobId, job.createdMs);
    }
  }
  return [...found].sort(([, a], [, b]) => a - b).map(([jobId]) => jobId);
}
