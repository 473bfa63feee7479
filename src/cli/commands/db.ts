import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatBytes } from '../../base/duration.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';

/** Looks at the database beside whatever process works on it; that one notices nothing. */
export async function backUp(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const { io, flags } = invocation;
  const file = args[0] as string;
  const path = resolve(io.cwd, file);
  const store = await (await invocation.workbench()).openReader();
  try {
    await store.backup(path);
  } finally {
    await store.close();
  }
  const { size } = await stat(path);
  if (flags.json) io.stdout.write(`${JSON.stringify({ file: path, bytes: size })}\n`);
  else if (!flags.quiet) io.stderr.write(`${formatBytes(size)}: ${file}\n`);
  return EXIT.ok;
}
