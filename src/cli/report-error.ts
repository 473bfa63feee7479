/**
 * What happened, what to do, the code: on stderr, or as JSON on stdout where that was asked for.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Io } from './workbench.ts';

/** Says the error and returns the exit code. */
export function reportError(error: unknown, io: Io, args: readonly string[]): number {
  const known =
    error instanceof SluiceError
      ? error
      : new SluiceError('internal.bug', { detail: messageOf(error) }, { cause: error });
  const { code, message, hint } = known;
  if (args.includes('--json')) {
    io.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  } else {
    io.stderr.write(`error: ${message}\n  ${hint}\n  [${code}]\n`);
  }
  const stack = error instanceof Error ? error.stack : undefined;
  if (stack && (code === 'internal.bug' || args.includes('-v') || args.includes('--verbose'))) {
    io.stderr.write(`${stack}\n`);
  }
  return known.exitCode;
}
