/**
 * `sluice worker`: one more node that works on the jobs of a cluster. It serves nothing; signals,
 * draining and interrupts are as with `sluice serve`.
 */
import { messageOf } from '../../base/errors.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import { drainWithin, watchSignals } from '../shut-down.ts';

export async function runWorker(invocation: Invocation): Promise<number> {
  const { io, flags, resolved } = invocation;
  const bench = await invocation.open(resolved, 'service');
  const session = await bench.openEngine('worker');
  const onRejection = (reason: unknown) => {
    bench.log.warn(`A promise that nobody waits for was rejected: ${messageOf(reason)}`);
  };
  process.on('unhandledRejection', onRejection);
  try {
    const signals = watchSignals();
    const { cluster } = session;
    const node = cluster?.intro.id ?? '';
    const name = cluster?.intro.name ?? '';
    if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'working', node, name })}\n`);
    else
      io.stderr.write(`Node ${node} (${name}) works for the cluster. Ctrl-C drains and stops.\n`);
    bench.log.info('working', { node, name });
    const asked = cluster?.drainAsked.then(() => 'asked' as const) ?? signals.first;
    const why = await Promise.race([signals.first, asked]);
    bench.log.info('draining', { why });
    if (!flags.quiet && !flags.json) {
      io.stderr.write('Draining: nothing new is taken. Once more to stop at once.\n');
    }
    await drainWithin(session, bench, resolved.settings.drainGraceMs, signals.second);
    return why === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
  } finally {
    await session.close();
    process.off('unhandledRejection', onRejection);
  }
}
