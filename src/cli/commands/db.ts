import { constants, cp, mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { formatBytes } from '../../base/duration.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';

/**
 * A copy of the data directory that can be worked on as it is: the database first, by itself in one
 * consistent piece, then the inputs that its jobs need. Whatever process works there notices
 * nothing. The key for secrets is left out: it belongs somewhere else.
 */
export async function backUp(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const { io, flags } = invocation;
  const given = args[0] as string;
  const target = resolve(io.cwd, given);
  if (invocation.resolved.settings.databaseUrl !== '') {
    throw new SluiceError('store.backup_unsupported');
  }
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  const database = join(target, 'sluice.db');
  try {
    await mkdir(target, { mode: 0o700 }).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'EEXIST') throw unwritable(target, error);
    });
    await store.backup(database);
  } finally {
    await store.close();
  }
  const inputs = await copyInputs(join(bench.dataDir, 'inputs'), join(target, 'inputs'));
  const { size } = await stat(database);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ directory: target, databaseBytes: size, inputs })}\n`);
  } else if (!flags.quiet) {
    io.stderr.write(`${given}: database ${formatBytes(size)}, ${inputs} inputs.\n`);
  }
  return EXIT.ok;
}

/** How many there are. Files that still arrive are of jobs that would have to be sent again. */
async function copyInputs(from: string, to: string): Promise<number> {
  const names = await readdir(from).catch(() => []);
  const whole = names.filter((name) => !name.endsWith('.part'));
  if (whole.length === 0) return 0;
  try {
    await mkdir(to, { mode: 0o700 });
    for (const name of whole) {
      // One that is gone belonged to a job that was deleted meanwhile.
      await cp(join(from, name), join(to, name), { mode: constants.COPYFILE_FICLONE }).catch(
        (error: unknown) => {
          if ((error as { code?: string }).code !== 'ENOENT') throw error;
        },
      );
    }
  } catch (error) {
    throw unwritable(to, error);
  }
  return whole.length;
}

function unwritable(path: string, error: unknown): SluiceError {
  return new SluiceError('store.backup_failed', { path, detail: messageOf(error) });
}
