import { resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { listenError } from '../../base/listen-error.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import type { StandInKind } from '../stand-ins.ts';

/** Serves a stand-in until Ctrl-C; on stderr it says how to point Sluice at it. */
export async function runSandbox(
  { kind, start }: StandInKind,
  { io, flags }: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const port = wholeNumber('--port', own.port) ?? 0;
  const value = (name: string) => own[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
  const text = (name: string) => (value(name) === undefined ? undefined : String(value(name)));
  const begin = async () =>
    start({
      port,
      seed: wholeNumber('--seed', own.seed) ?? 1,
      directory: own.output === undefined ? '' : resolve(io.cwd, String(own.output)),
      number: (name) => wholeNumber(`--${name}`, value(name), 1),
      text,
      path(name) {
        const path = text(name);
        return path === undefined ? undefined : resolve(io.cwd, path);
      },
    });
  const started = await begin().catch((error: unknown) => refuse(error, port));
  // Before anything is said: whoever reads it may stop this at once.
  const stopped = untilStopped();
  if (flags.json) io.stdout.write(`${JSON.stringify({ type: kind, ...started.facts })}\n`);
  else io.stderr.write(`${started.text}\nCtrl-C to end.\n`);
  await stopped;
  await started.close();
  return EXIT.ok;
}

function refuse(error: unknown, port: number): never {
  if (error instanceof RangeError) {
    throw new SluiceError('usage.invalid', { detail: error.message });
  }
  throw listenError(error, '127.0.0.1', port);
}

function untilStopped(): Promise<void> {
  return new Promise((end) => {
    process.once('SIGINT', () => end());
    process.once('SIGTERM', () => end());
  });
}
