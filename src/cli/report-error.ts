/**
 * What happened, what to do, the code: on stderr, or as JSON on stdout where that was asked for.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import { hintHere } from './next-command.ts';
import type { Io } from './workbench.ts';

/** Where hints lead: to the data directory of these flags. */
type Flags = Readonly<Record<string, unknown>>;

export interface ErrorWords {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What is told of an error, also of one that does not end the command. */
export function wordsOf(error: unknown, flags: Flags): ErrorWords {
  const known = asKnown(error);
  return { code: known.code, message: known.message, hint: hintHere(known.hint, flags) };
}

/** The same on stderr. */
export function textOf({ code, message, hint }: ErrorWords): string {
  return `error: ${message}\n  ${hint}\n  [${code}]\n`;
}

function asKnown(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  return new SluiceError('internal.bug', { detail: messageOf(error) }, { cause: error });
}

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
  const known = asKnown(error);
  const { code } = known;
  const told = wordsOf(known, flags);
  if (args.includes('--json')) io.stdout.write(`${JSON.stringify({ error: told })}\n`);
  else io.stderr.write(textOf(told));
  const stack = error instanceof Error ? error.stack : undefined;
  const wanted = args.includes('-v') || args.includes('--verbose');
  // Of what was asked for in the wrong way a stack says nothing.
  if (stack && (code === 'internal.bug' || (wanted && !code.startsWith('usage.')))) {
    io.stderr.write(`${stack}\n`);
  }
  return known.exitCode;
}
