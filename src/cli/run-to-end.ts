/** What `run`, `jobs resume` and `jobs retry` share: own the data directory, follow, download. */
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { Collector } from '../collectors/collector.ts';
import { stackOf } from '../engine/let-go.ts';
import type { Job } from '../model/job.ts';
import { awaitDelivered } from './await-delivered.ts';
import { carryOut } from './carry-out.ts';
import { type ControlRequest, serveControl } from './control.ts';
import { chooseDisplay } from './display/choose-display.ts';
import { TtyDisplay } from './display/tty-display.ts';
import { type DownloadPlan, runDownload } from './download-flags.ts';
import { EXIT } from './exit.ts';
import { Follower } from './follow.ts';
import { followTimeoutMs } from './job-end.ts';
import { jobCommand } from './next-command.ts';
import { nextStep, resumeStep, watchStep } from './next-step.ts';
import { shownDeliveries } from './outbox-here.ts';
import type { Invocation, OwnFlags } from './program.ts';
import { reportError } from './report-error.ts';
import { RunApi } from './run-api.ts';
import type { EngineSession, Workbench } from './workbench.ts';

const STRAYS_TOLD_MAX = 3;

export interface RunToEnd {
  readonly invocation: Invocation;
  readonly bench: Workbench;
  readonly session: EngineSession;
  readonly job: Job;
  readonly collector: Collector;
  readonly download: DownloadPlan | undefined;
  readonly own: OwnFlags;
  /** Starts the work; called once everything is watched. `say` adds a line above the display. */
  readonly start: (say: (line: string) => void) => Promise<unknown>;
  /** Lines said before the work starts. */
  readonly notes: readonly string[];
  /** Further places that the records are delivered to. */
  readonly deliver?: readonly string[];
  /** Neither failures nor the next step are told: the caller sums up. */
  readonly brief?: boolean;
  /** Told when the job no longer runs, before results are written. */
  readonly onSettled?: () => void;
}

/** Resolves with the exit code, the session closed. */
export async function runToEnd(run: RunToEnd): Promise<number> {
  const { invocation, bench, session, job } = run;
  const { io, flags } = invocation;
  const { engine, store } = session;
  const wishes = new Set<Promise<unknown>>();
  const startedMs = bench.clock.monoMs();
  const timeoutMs = followTimeoutMs(run.own.timeout);
  const delivering = await bench.openOutbox(session);
  const api = new RunApi(bench, session);
  const obey = async (request: ControlRequest): Promise<unknown> => {
    if (request.action === 'server') throw new SluiceError('server.none', { path: bench.dataDir });
    return request.action === 'api' ? api.ask(request.request) : carryOut(engine, request);
  };
  const answer = (request: ControlRequest) => {
    const wish = obey(request);
    wishes.add(wish);
    return wish.finally(() => wishes.delete(wish));
  };
  // Among several nodes others are reached through the database they share.
  const stopControl = session.cluster ? async () => {} : await serveControl(bench.dataDir, answer);
  const display = chooseDisplay(io, flags);
  const restore = () => {
    if (display instanceof TtyDisplay) display.restore();
  };
  const leave = (error: SluiceError) => {
    restore();
    reportError(error, io, flags.json ? ['--json'] : [], { ...flags });
    const resume = resumeStep({ ...job, failure: undefined }, { ...flags, ...run.own });
    io.stderr.write(`Everything that was collected is kept.\n${resume}\n`);
  };
  // The process ends once nobody reads its output: with this, as long as the job goes on.
  let exitCode: number = EXIT.readerGone;
  let readerGone = false;
  const onOutputError = (error: Error) => {
    readerGone = systemCode(error) === 'EPIPE';
  };
  const onExit = (code: number) => {
    restore();
    if (code !== 0) return;
    if (readerGone) {
      process.exitCode = exitCode;
      return;
    }
    // Not from here: scripts must not take it for the end of the job.
    process.exitCode = EXIT.internal;
    leave(new SluiceError('collector.exited'));
  };
  process.once('exit', onExit);
  // Before the listener that ends the process.
  io.stdout.prependListener('error', onOutputError);
  const forgive = strayErrors((line) => display.say(line), leave);
  if (display instanceof TtyDisplay) bench.talk.say = (line) => display.say(line);
  try {
    for (const note of run.notes) display.say(note);
    const follower = new Follower(invocation, bench, session, display);
    // What another process asked for is carried out to its end before ours is told.
    const carriedOut = () => Promise.allSettled(wishes);
    const { outbox } = delivering;
    await outbox.add(job, outbox.check(run.deliver ?? [], true));
    const delivers = (await outbox.list(job.id)).length > 0;
    if (delivers) await delivering.begin(job.id);
    const start = () => run.start((line) => display.say(line));
    const followed = await follower.follow(job, start, carriedOut, run.own);
    exitCode = followed.exitCode;
    run.onSettled?.();
    const written = run.download && !followed.interrupted;
    if (run.download && written) {
      await runDownload(run.download, followed.job, run.collector, store, bench, io);
    }
    await follower.end(followed, written ? run.download?.path : undefined, run.brief);
    if (!flags.json && !flags.quiet && !run.brief) {
      const given = { ...flags, ...run.own };
      const { job: ended, interrupted } = followed;
      const stopped = ended.state === 'paused' || (interrupted && ended.state === 'running');
      const goesOn = stopped && ended.state === 'running' && (await isServed(session));
      const next = goesOn
        ? watchStep(job.id, given)
        : stopped
          ? resumeStep(ended, given)
          : nextStep(ended, written ? run.download : undefined, given);
      if (next !== '') io.stderr.write(`${next}\n`);
    }
    const isPaused = followed.job.state === 'paused';
    if (isPaused && run.brief && !flags.quiet && !flags.json) {
      const { message = 'The job is paused.' } = followed.job.failure ?? {};
      io.stderr.write(`${message}\n${resumeStep(followed.job, { ...flags, ...run.own })}\n`);
    }
    if (!delivers || followed.interrupted) return followed.exitCode;
    const notDelivered = await awaitDelivered({
      clock: bench.clock,
      look: () => shownDeliveries(store, outbox, job.id),
      say: (line) => {
        if (!flags.quiet && !flags.json) io.stderr.write(`${line}\n`);
      },
      goOn: jobCommand('deliver', job.id, { ...flags, ...run.own }),
      isPaused,
      untilMs: timeoutMs === undefined ? undefined : startedMs + timeoutMs,
      asked: followed.asked,
    });
    return notDelivered || followed.exitCode;
  } finally {
    process.off('exit', onExit);
    io.stdout.off('error', onOutputError);
    forgive();
    restore();
    bench.talk.say = undefined;
    await stopControl();
    await api.close();
    await delivering.close();
    await session.close();
  }
}

/** Whether a server of the cluster goes on with what this process leaves. */
async function isServed({ cluster }: EngineSession): Promise<boolean> {
  const nodes = (await cluster?.store.nodes().catch(() => [])) ?? [];
  return nodes.some(({ kind, draining }) => kind === 'serve' && !draining);
}

/**
 * A collector that waits for nobody's promise may leave one that is rejected. That concerns no row
 * and must not end a job of days: it is told, a few times, and the job goes on. What is thrown
 * where nobody can catch it (in a timer, say) may have broken anything: the process ends, with what
 * `leave` says. Returns the end of it.
 */
function strayErrors(say: (line: string) => void, leave: (error: SluiceError) => void): () => void {
  let told = 0;
  const onRejection = (reason: unknown) => {
    told += 1;
    if (told > STRAYS_TOLD_MAX) return;
    say(`warning: The collector left a promise that nobody waits for: ${messageOf(reason)}`);
  };
  const onException = (error: unknown) => {
    const [, place = ''] = /\n(\s+at .*)/.exec(stackOf(error) ?? '') ?? [];
    const where = place === '' ? '' : ` (${place.trim()})`;
    leave(new SluiceError('collector.stray', { detail: `${messageOf(error)}${where}` }));
    process.exit(EXIT.internal);
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}
