/** `sluice jobs deliver JOB [URL…]`: records to further places, or on to those that there are. */
import { SluiceError } from '../../base/errors.ts';
import { isFinalJobState } from '../../model/lifecycle.ts';
import { awaitDelivered, caughtUp, type ShownDelivery } from '../await-delivered.ts';
import { jobCommand } from '../next-command.ts';
import { openWorker } from '../open-here.ts';
import { addressesFrom, shownDeliveries } from '../outbox-here.ts';
import type { Invocation } from '../program.ts';
import { namedServer, type Remote } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';

export async function deliverJob(
  invocation: Invocation,
  [jobId = '', ...given]: readonly string[],
): Promise<number> {
  if (namedServer(invocation) === undefined) await (await invocation.workbench()).checkThere();
  const worker = await openWorker(invocation);
  if ('remote' in worker) return deliverThere(invocation, worker.remote, jobId, given);
  const { session } = worker;
  const bench = await invocation.workbench();
  const delivering = await bench.openOutbox(session);
  const { outbox } = delivering;
  try {
    const job = await session.store.job(jobId);
    if (job === undefined) throw new SluiceError('job.not_found', { id: jobId });
    const destinations = outbox.check(given, true);
    await delivering.begin(jobId);
    if (destinations.length > 0) await outbox.add(job, destinations);
    else if ((await outbox.goOn(jobId)).length === 0) throw nothing(jobId);
    const look = () => shownDeliveries(session.store, outbox, jobId);
    // What is there is noted before this process ends, or the next one would look for more.
    return await follow(invocation, jobId, isFinalJobState(job.state) ? look : soFar(look));
  } finally {
    await delivering.close();
    await session.close();
  }
}

async function deliverThere(
  invocation: Invocation,
  remote: Remote,
  jobId: string,
  given: readonly string[],
): Promise<number> {
  const jobs = new RemoteJobs(remote);
  const addresses = await addressesFrom(invocation, given);
  if ((await jobs.deliver(jobId, addresses)).length === 0) throw nothing(jobId);
  return follow(
    invocation,
    jobId,
    soFar(() => jobs.deliveries(jobId)),
  );
}

type Look = () => Promise<readonly ShownDelivery[]>;

/** A job that still runs is never over: what is there now is delivered when none is waiting. */
function soFar(look: Look): Look {
  return async () => (await look()).map(caughtUp);
}

function nothing(jobId: string): SluiceError {
  return new SluiceError('usage.invalid', {
    detail: `Job ${jobId} is delivered nowhere: say where to, such as duckdb:records.duckdb`,
  });
}

async function follow(invocation: Invocation, jobId: string, look: Look): Promise<number> {
  const { io, flags } = invocation;
  const { clock } = await invocation.workbench();
  const say = (line: string) => {
    if (!flags.quiet && !flags.json) io.stderr.write(`${line}\n`);
  };
  const goOn = jobCommand('deliver', jobId, { ...flags });
  const exit = await awaitDelivered({ clock, look, say, goOn });
  if (flags.json) {
    for (const delivery of await look()) io.stdout.write(`${JSON.stringify(delivery)}\n`);
  }
  return exit;
}
