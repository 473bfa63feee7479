/** How a process that works until it is told otherwise comes to its end. */
import type { EngineSession, Workbench } from './workbench.ts';

/** Resolves when nothing is under way any more, by itself or because the grace is over. */
export async function drainWithin(
  session: EngineSession,
  { clock, log }: Workbench,
  graceMs: number,
  impatient: Promise<unknown>,
): Promise<void> {
  const { engine } = session;
  const over = new AbortController();
  const grace = clock.sleep(graceMs, over.signal).catch(() => {});
  const drained = engine.drain().then(() => true);
  const ended = await Promise.race([drained, grace.then(() => false), impatient.then(() => false)]);
  over.abort();
  if (ended) return;
  log.info('The grace is over: what is under way is interrupted and goes back.');
  await engine.abort();
}

export function watchSignals() {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    count += 1;
    if (count === 1) first.resolve(signal);
    else second.resolve();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { first: first.promise, second: second.promise };
}
