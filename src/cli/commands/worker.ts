/**
 * `sluice worker`: one more node that works on the jobs of a cluster. It serves nothing
 * but its health and metrics, where a port is given; signals, draining and interrupts are as with
 * `sluice serve`.
 */
import { messageOf } from '../../base/errors.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { ShutDown, watchSignals } from '../shut-down.ts';
import type { WorkerHealth } from '../workbench.ts';

export async function runWorker(
  invocation: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const port = wholeNumber('--port', own.port) ?? 0;
  const { io, flags, resolved } = invocation;
  const bench = await invocation.open(resolved, 'service');
  const session = await bench.openEngine('worker');
  const shutDown = new ShutDown(session, bench);
  let health: WorkerHealth | undefined;
  const onRejection = (reason: unknown) => {
    bench.log.warn(`A promise that nobody waits for was rejected: ${messageOf(reason)}`);
  };
  process.on('unhandledRejection', onRejection);
  try {
    const signals = watchSignals();
    if (port > 0) health = await bench.openHealth(session);
    const url = await health?.listen(resolved.settings.serverHost, port);
    const { cluster } = session;
    const node = cluster?.intro.id ?? '';
    const name = cluster?.intro.name ?? '';
    if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'working', node, name, url })}\n`);
    else
      io.stderr.write(`Node ${node} (${name}) works for the cluster. Ctrl-C drains and stops.\n`);
    bench.log.info('working', { node, name });
    const asked = cluster?.drainAsked.then(() => 'asked' as const) ?? signals.first;
    const why = await Promise.race([signals.first, asked]);
    health?.drain();
    bench.log.info('draining', { why });
    if (!flags.quiet && !flags.json) {
      io.stderr.write('Draining: nothing new is taken. Once more to stop at once.\n');
    }
    await shutDown.drain(resolved.settings.drainGraceMs, signals.second);
    return why === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
  } finally {
    await shutDown.close([
      ['health and metrics', () => health?.close()],
      ['the engine', () => session.close()],
    ]);
    process.off('unhandledRejection', onRejection);
  }
}
