import type { Invocation } from './program.ts';

/** A line for people, on standard error; none with `--quiet`, which leaves errors alone. */
export function talk({ io, flags }: Pick<Invocation, 'io' | 'flags'>, line: string): void {
  if (!flags.quiet) io.stderr.write(`${line}\n`);
}
