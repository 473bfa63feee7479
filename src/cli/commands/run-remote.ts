/** `run` and `submit` where a server does the work. */
import { SluiceError } from '../../base/errors.ts';
import type { DownloadPlan } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { followRemote } from '../follow-remote.ts';
import { onInterrupts } from '../interrupts.ts';
import { exitCodeOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { jobCommand } from '../next-command.ts';
import { addressesFrom, deliverFlags } from '../outbox-here.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { anyServer, type Remote } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';
import { type Submitted, submitTo } from '../remote-submit.ts';

type Args = readonly (string | undefined)[];

/** Sends, follows, writes the results. */
export async function runRemotely(
  invocation: Invocation,
  remote: Remote,
  args: Args,
  own: OwnFlags,
  download: DownloadPlan | undefined,
): Promise<number> {
  const submitted = await send(invocation, remote, args, own);
  if (typeof submitted === 'number') return submitted;
  const { created, warnings } = submitted;
  const job = await goOn(remote, submitted);
  const { column } = job.input;
  const notes = [
    ...warnings.map(({ message }) => `warning: ${message}`),
    `${created ? 'Job' : 'The same job as before:'} ${job.id}${column === undefined ? '' : `, column ${column}`}`,
  ];
  const exitOf = (ended: ShownJob) => exitCodeOf(ended, own);
  return followRemote({ invocation, remote, job, own, download, notes, exitOf });
}

/** `sluice submit <collector> [input]`: the job's id is all there is to wait for. */
export async function submitJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const remote = await anyServer(invocation);
  const submitted = await send(invocation, remote, args, own);
  if (typeof submitted === 'number') return submitted;
  const { job, created, warnings } = submitted;
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ ...job, created, warnings })}\n`);
    return EXIT.ok;
  }
  io.stdout.write(`${job.id}\n`);
  if (flags.quiet) return EXIT.ok;
  for (const { message } of warnings) io.stderr.write(`warning: ${message}\n`);
  if (!created) io.stderr.write('The same job as before.\n');
  io.stderr.write(`Watch it: ${jobCommand('watch', job.id, { ...flags })}\n`);
  return EXIT.ok;
}

/** The exit code where the user stopped it. */
async function send(
  invocation: Invocation,
  remote: Remote,
  args: Args,
  own: OwnFlags,
): Promise<Submitted | number> {
  if (/[\\/]/.test(args[0] ?? '')) {
    throw new SluiceError('usage.invalid', {
      detail: `A server takes collectors by name, not by path: \`sluice serve --collector ${args[0]}\` offers it`,
    });
  }
  const leave = new AbortController();
  let exit: number = EXIT.interrupted;
  const stop = onInterrupts((code) => {
    exit = code;
    leave.abort();
  });
  try {
    const submitted = await submitTo(remote, invocation, args, own, leave.signal);
    const addresses = await addressesFrom(invocation, deliverFlags(own));
    if (addresses.length > 0) await new RemoteJobs(remote).deliver(submitted.job.id, addresses);
    return submitted;
  } catch (error) {
    if (!leave.signal.aborted) throw error;
    const line = 'Stopped before the input was whole: a job that had begun fails.\n';
    if (!invocation.flags.quiet) invocation.io.stderr.write(line);
    return exit;
  } finally {
    stop();
  }
}

/** The job of an idempotency key goes on where it was stopped. */
async function goOn(remote: Remote, { job, created }: Submitted): Promise<ShownJob> {
  const stopped = !created && (job.state === 'paused' || job.state === 'failed');
  return stopped ? new RemoteJobs(remote).steer(job.id, 'resume') : job;
}
