/**
 * `sluice serve`: the engine as a service. Jobs that were running when the last process ended go on
 * by themselves.
 *
 * The first SIGTERM or Ctrl-C drains: nothing new is taken, what is under way may end within the
 * grace, then it is interrupted (which costs no attempt) and given back. The second interrupts at
 * once. Requests that only look are answered to the end.
 */
import { messageOf } from '../../base/errors.ts';
import { logJobs } from '../../engine/job-log.ts';
import { carryOut } from '../carry-out.ts';
import { ownerListens, serveControl } from '../control.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import { ShutDown, watchSignals } from '../shut-down.ts';
import type { ServerSession } from '../workbench.ts';

export async function runServe(invocation: Invocation): Promise<number> {
  const { io, flags, resolved } = invocation;
  const { serverHost, serverPort, drainGraceMs } = resolved.settings;
  const bench = await invocation.open(resolved, 'service');
  const session = await bench.openEngine('serve');
  const shutDown = new ShutDown(session, bench);
  let server: ServerSession | undefined;
  let stopControl: (() => Promise<void>) | undefined;
  const onRejection = (reason: unknown) => {
    bench.log.warn(`A promise that nobody waits for was rejected: ${messageOf(reason)}`);
  };
  process.on('unhandledRejection', onRejection);
  const endLog = logJobs(session.engine.feed, bench.log);
  try {
    server = await bench.openServer(session);
    const key = server.localKey;
    const listening = Promise.withResolvers<string>();
    listening.promise.catch(() => {});
    const whereabouts = async () => ({ url: reachable(await listening.promise), key });
    // Several servers may share the directory: the first of them answers for this machine.
    const answered = session.cluster !== undefined && (await ownerListens(bench.dataDir));
    if (!answered) {
      const opened = server;
      stopControl = await serveControl(bench.dataDir, async (request) => {
        if (request.action === 'server') return whereabouts();
        if (request.action === 'api') return opened.inject(request.request);
        return carryOut(session.engine, request);
      });
    }
    const signals = watchSignals();
    listening.resolve(server.listen(serverHost, serverPort));
    const url = await listening.promise;
    const firstKey = await server.firstKey();
    const resumed = await server.start();
    if (flags.json) {
      io.stdout.write(`${JSON.stringify({ type: 'serving', url, resumed, firstKey })}\n`);
    } else {
      io.stderr.write(greeting(url, bench.dataDir, resumed, firstKey));
    }
    bench.log.info('serving', { url, resumed });
    const asked = session.cluster?.drainAsked.then(() => 'asked' as const) ?? signals.first;
    // Who only looks on while nothing can be kept would never be started again: this ends instead.
    const broken = session.failed?.then((error) => Promise.reject(error));
    const signal = await Promise.race([signals.first, asked, ...(broken ? [broken] : [])]);
    server.drain();
    bench.log.info('draining', { signal });
    if (!flags.quiet && !flags.json) {
      io.stderr.write('Draining: nothing new is taken. Once more to stop at once.\n');
    }
    await shutDown.drain(drainGraceMs, signals.second, server.idle());
    return signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
  } finally {
    await shutDown.close([
      ['the control of this machine', () => stopControl?.()],
      ['the HTTP server', () => server?.close()],
      ['the engine', () => session.close()],
    ]);
    endLog();
    process.off('unhandledRejection', onRejection);
  }
}

/** A server that listens everywhere is spoken to here. */
function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://[::1]:');
}

function greeting(url: string, dataDir: string, resumed: number, key: string | undefined): string {
  const jobs = resumed === 0 ? '' : ` ${resumed === 1 ? 'One job goes' : `${resumed} jobs go`} on.`;
  const lines = [
    `Sluice serves ${url} from ${dataDir}.${jobs}`,
    `  Dashboard ${url}/`,
    `  API ${url}/docs`,
  ];
  if (key !== undefined) {
    lines.push(
      `  Admin key, shown this once: ${key}`,
      '  More keys: sluice keys create --scope run --for TENANT',
    );
  }
  lines.push('Ctrl-C drains and stops.');
  return `${lines.join('\n')}\n`;
}
