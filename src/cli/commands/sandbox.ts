import { resolve } from 'node:path';
import { SluiceError, systemCode } from '../../base/errors.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';

/** Serves the sandbox's sites until Ctrl-C. */
export async function runSandboxSites(
  invocation: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const { describeSites, startSites } = await import('../../../sandbox/sites/start-sites.ts');
  const port = wholeNumber('--port', own.port) ?? 0;
  const sites = await startSites({
    port,
    count: wholeNumber('--count', own.count) ?? 300,
    seed: wholeNumber('--seed', own.seed) ?? 1,
    directory: resolve(io.cwd, String(own.out)),
  }).catch((error: unknown) => {
    if (systemCode(error) === 'EADDRINUSE') throw new SluiceError('net.port_in_use', { port });
    if (error instanceof RangeError) {
      throw new SluiceError('usage.invalid', { detail: error.message });
    }
    throw error;
  });
  if (flags.json) {
    const { count, seed, csvFile, truthFile, resolveRules } = sites;
    io.stdout.write(
      `${JSON.stringify({ type: 'sites', port: sites.port, count, seed, csvFile, truthFile, resolveRules })}\n`,
    );
  } else {
    io.stderr.write(`${describeSites(sites)}\nCtrl-C to end.\n`);
  }
  await new Promise<void>((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  await sites.close();
  return EXIT.ok;
}
