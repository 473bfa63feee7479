import { constants, cp, mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { formatBytes } from '../../base/duration.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { count, counted } from '../../engine/job-words.ts';
import { RECORD_FILES } from '../../store/record-files/record-file-folder.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';

/** Between two lines about how far a copy has come. */
const TELL_MS = 2_000;

/**
 * A copy of the data directory that can be worked on as it is: the database first, by itself in one
 * consistent piece, then the inputs and the files of records that its jobs need. Whatever process
 * works there notices nothing. The key for secrets is left out: it belongs somewhere else.
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
  await copyRecordFiles(join(bench.dataDir, RECORD_FILES), join(target, RECORD_FILES));
  const { size } = await stat(database);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ directory: target, databaseBytes: size, inputs })}\n`);
  } else if (!flags.quiet) {
    io.stderr.write(`${given}: database ${formatBytes(size)}, ${counted(inputs, 'input')}.\n`);
  }
  return EXIT.ok;
}

/**
 * Moves what the data directory holds into an empty Postgres. The directory stays as it is; nobody
 * may work on it meanwhile.
 */
export async function copyDatabase(
  invocation: Invocation,
  _args: readonly (string | undefined)[],
  flags: { readonly to?: string },
): Promise<number> {
  const { io } = invocation;
  const bench = await invocation.workbench();
  const { clock, resolved } = bench;
  const url = flags.to ?? resolved.settings.databaseUrl;
  if (url === '') throw new SluiceError('usage.invalid', { detail: 'Copy to where? --to <url>' });
  const { quiet, json } = invocation.flags;
  let nextMs = clock.monoMs() + TELL_MS;
  const moved = await bench.moveStore(url, (rows, of) => {
    if (quiet || clock.monoMs() < nextMs) return;
    nextMs = clock.monoMs() + TELL_MS;
    io.stderr.write(`${count(rows)} of ${count(of)} rows\n`);
  });
  if (json) io.stdout.write(`${JSON.stringify(moved)}\n`);
  else if (!quiet) {
    const { jobs, rows, entries, documents, inputs } = moved;
    io.stderr.write(
      `Copied: ${counted(jobs, 'job')} with ${counted(rows, 'row')}, ${counted(inputs, 'input')}, ` +
        `${counted(documents, 'setting')}, ` +
        `${counted(entries, 'kept entry', 'kept entries')}.\n` +
        'Secrets are still sealed: give every node the same SLUICE_SECRET_KEY, or the file ' +
        `secret.key of ${bench.dataDir}.\n`,
    );
  }
  return EXIT.ok;
}

/** How many there are. Files that still arrive are of jobs that would have to be sent again. */
async function copyInputs(from: string, to: string): Promise<number> {
  const names = await wholeIn(from);
  await copyFiles(names, from, to);
  return names.length;
}

/** Those that were finished before the copy of the database was; a file never changes. */
async function copyRecordFiles(from: string, to: string): Promise<void> {
  for (const job of await wholeIn(from)) {
    await copyFiles(await wholeIn(join(from, job)), join(from, job), join(to, job));
  }
}

/** Of a folder that may be gone. */
async function wholeIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(orGone(folder));
  return (names ?? []).filter((name) => !name.endsWith('.part'));
}

async function copyFiles(names: readonly string[], from: string, to: string): Promise<void> {
  if (names.length === 0) return;
  try {
    await mkdir(to, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(to, error);
  }
  for (const name of names) {
    const mode = constants.COPYFILE_FICLONE;
    await cp(join(from, name), join(to, name), { mode }).catch(orGone(to));
  }
}

/** What is gone belonged to a job that was deleted meanwhile. */
function orGone(path: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as { code?: string }).code !== 'ENOENT') throw unwritable(path, error);
    return undefined;
  };
}

function unwritable(path: string, error: unknown): SluiceError {
  return new SluiceError('store.backup_failed', { path, detail: messageOf(error) });
}
