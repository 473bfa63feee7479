import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { checkOptions, type JobRequest, prepareJob } from '../../engine/job-request.ts';
import { isOther, otherInput } from '../../engine/other-input.ts';
import { type DownloadPlan, planDownload } from '../download-flags.ts';
import { checkFollowFlags } from '../job-end.ts';
import { openHere } from '../open-here.ts';
import { inputWishes, jobOptions, wholeNumber } from '../option-values.ts';
import { deliverFlags } from '../outbox-here.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { runToEnd } from '../run-to-end.ts';

/** `sluice run <collector> [input]`: submit, follow, write the results. */
export async function runJob(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  own: OwnFlags,
): Promise<number> {
  const { io, resolved } = invocation;
  const [collectorName, input] = args as [string, string | undefined];
  const remote = namedServer(invocation);
  const bench = await invocation.workbench();
  if (remote !== undefined) {
    const { runRemotely } = await import('./run-remote.ts');
    return runRemotely(invocation, remote, args, own, checkedDownload(invocation, own, input));
  }
  let collector = await bench.registry.get(bench.registry.canonicalName(collectorName, io.cwd));
  const download = checkedDownload(invocation, own, input);
  const request: JobRequest = {
    collector: collectorName,
    input: input === '-' ? io.stdin : input,
    ...(own.inputName === undefined ? {} : { inputName: String(own.inputName) }),
    column: own.column === undefined ? undefined : String(own.column),
    wishes: inputWishes(own),
    options: jobOptions(own.opt),
    tenant: resolved.settings.tenant,
    concurrency: wholeNumber('--concurrency', own.concurrency) ?? 0,
    retries: wholeNumber('--retries', own.retries),
    idempotencyKey: idempotencyKeyOf(own),
  };
  // What is wrong with the request is said before the data directory is touched.
  checkOptions(collector, request.options);
  const session = await openHere(bench);
  let job: Awaited<ReturnType<typeof session.store.createJob>>['job'];
  let notes: string[];
  try {
    (await bench.openOutbox(session)).outbox.check(deliverFlags(own), true);
    const prepared = await prepareJob(request, {
      registry: bench.registry,
      dataDir: bench.dataDir,
      cwd: io.cwd,
      clock: bench.clock,
      random: bench.random,
      retries: resolved.settings.retries,
    });
    await session.uploads.share(prepared.spec.input.path);
    const stored = await session.store.createJob(prepared.spec);
    ({ job } = stored);
    const warnings = prepared.warnings.map(({ message }) => message);
    if (!stored.created) {
      // The key names a job that is there already: the input was copied for nothing.
      const { path, name } = prepared.spec.input;
      const paths = [job.input.path, path].map((each) => join(bench.dataDir, each));
      if (path !== '' && (await isOther(paths[0] as string, paths[1] as string))) {
        warnings.push(otherInput(name, job.input.name).message);
      }
      if (path !== '') await session.uploads.remove(path);
      collector = await bench.registry.get(job.collector);
    }
    notes = [
      ...warnings.map((message) => `warning: ${message}`),
      `${stored.created ? 'Job' : 'The same job as before:'} ${job.id}${job.input.column === undefined ? '' : `, column ${job.input.column}`}`,
    ];
  } catch (error) {
    await session.close();
    throw error;
  }
  return runToEnd({
    invocation,
    bench,
    session,
    job,
    collector,
    download,
    own,
    notes,
    deliver: deliverFlags(own),
    start: () => session.engine.run(job.id),
  });
}

/** An unset variable of a script must not make a new job of every call. */
function idempotencyKeyOf({ idempotencyKey }: OwnFlags): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  const key = String(idempotencyKey);
  if (key !== '') return key;
  throw new SluiceError('usage.invalid', { detail: '--idempotency-key is empty' });
}

/** The results would replace the rows that they came from. Throws `usage.invalid`. */
function checkNotInput(input: string, output: string, shown: string): void {
  const [from, to] = [input, output].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (from === undefined || to === undefined || !to.isFile()) return;
  if (from.dev !== to.dev || from.ino !== to.ino) return;
  throw new SluiceError('usage.invalid', {
    detail: `${shown} is the input itself, which the results would replace`,
  });
}

/** Where the results go; rejects with what is wrong with the flags, before the work. */
function checkedDownload(
  { io, flags }: Invocation,
  own: OwnFlags,
  input: string | undefined,
): DownloadPlan | undefined {
  // Results go to stdout only where that is a file or a pipe and nothing else is written there.
  const toStdout = io.stdout.isTTY !== true && !flags.json;
  const download = planDownload(own, toStdout ? 'stdout' : 'none', io.cwd);
  if (flags.json && own.output === '-') {
    throw new SluiceError('usage.invalid', {
      detail: '--json and results on standard output exclude each other',
    });
  }
  checkFollowFlags(own);
  if (input !== undefined && download?.path !== undefined && download.table === undefined) {
    checkNotInput(resolve(io.cwd, input), resolve(io.cwd, download.path), download.path);
  }
  return download;
}
