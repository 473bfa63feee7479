/**
 * What happened, what to do, the code: on stderr, or as JSON on stdout where that was asked for.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import { hintHere } from './next-command.ts';
import type { Io } from './workbench.ts';

/** Where hints lead: to the data directory of these flags. */
type Flags = Readonly<Record<string, unknown>>;

/** Says the error, or each of several, and returns the exit code. */
export function reportError(
  error: unknown,
  io: Io,
  args: readonly string[],
  flags: Flags = {},
): number {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const codes = errors.map((each) => reportOne(each, io, args, flags));
  return codes[0] ?? new SluiceError('internal.bug', { detail: messageOf(error) }).exitCode;
}

function reportOne(error: unknown, io: Io, args: readonly string[], flags: Flags): number {
  const known =
    error instanceof SluiceError
      ? error
      : new SluiceError('internal.bug', { detail: messageOf(error) }, { cause: error });
  const { code, message } = known;
  const hint = hintHere(known.hint, flags);
  if (args.includes('--json')) {
    io.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  } else {
    io.stderr.write(`error: ${message}\n  ${hint}\n  [${code}]\n`);
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const wanted = args.includes('-v') || args.includes('--verbose');
  // Of what was asked for in the wrong way a stack says nothing.
  if (stack && (code === 'internal.bug' || (wanted && !code.startsWith('usage.')))) {
    io.stderr.write(`${stack}\n`);
  }
  return known.exitCode;
}
