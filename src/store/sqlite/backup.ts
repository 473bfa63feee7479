/**
 * A copy of the database as of one moment, while work goes on. It grows beside its final name and
 * takes that when it is whole and on disk, so a file of that name is never half a backup.
 */
import { once } from 'node:events';
import { access, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import { moduleUrl } from '../../base/module-url.ts';
import { syncFile } from '../../base/sync-file.ts';

/**
 * Rejects with `store.backup_exists` where there is a file at `path` (or a copy under way to it),
 * `store.backup_failed` where it cannot be written.
 */
export async function backUp(database: string, path: string): Promise<void> {
  const target = resolve(path);
  const part = `${target}.part`;
  await refuseExisting(target);
  try {
    await (await open(part, 'wx', 0o600)).close();
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw exists(part, error);
    throw failed(target, error);
  }
  try {
    await copy(database, part);
    await syncFile(part);
    await refuseExisting(target);
    await rename(part, target);
    await syncFile(dirname(target));
  } catch (error) {
    await rm(part, { force: true });
    throw error instanceof SluiceError ? error : failed(target, error);
  }
}

async function copy(from: string, to: string): Promise<void> {
  const worker = new Worker(moduleUrl(import.meta.url, './backup-thread.ts'), {
    name: 'backup',
    workerData: { from, to },
  });
  await once(worker, 'exit');
}

async function refuseExisting(path: string): Promise<void> {
  const found = await access(path).then(
    () => true,
    () => false,
  );
  if (found) throw exists(path);
}

function exists(path: string, cause?: unknown): SluiceError {
  return new SluiceError('store.backup_exists', { path }, { cause });
}

function failed(path: string, cause: unknown): SluiceError {
  return new SluiceError('store.backup_failed', { path, detail: messageOf(cause) }, { cause });
}
