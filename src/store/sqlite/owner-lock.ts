/**
 * One process owns a data directory. The lock is an exclusive transaction on an empty database
 * beside the real one: the operating system releases it with the process however that ends, so a
 * killed owner leaves nothing to clean up. The pid file only serves to name the owner.
 */
import { chmodSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pid } from 'node:process';
import Database from 'better-sqlite3';
import { SluiceError, systemCode } from '../../base/errors.ts';

const LOCK_FILE = 'owner.lock';
const PID_FILE = 'owner.pid';

export interface OwnerLock {
  release(): void;
}

/** Takes the lock of `directory` or throws `store.in_use` with the owner's pid. */
export function takeOwnerLock(directory: string): OwnerLock {
  const lockPath = join(directory, LOCK_FILE);
  const pidPath = join(directory, PID_FILE);
  closeSync(openSync(lockPath, 'a', 0o600));
  const db = new Database(lockPath, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidPath, `${pid}\n`, { mode: 0o600 });
    chmodSync(pidPath, 0o600);
  } catch (error) {
    db.close();
    if (!systemCode(error)?.startsWith('SQLITE_BUSY')) throw error;
    throw new SluiceError('store.in_use', { path: directory, pid: ownerPid(pidPath) });
  }
  return {
    release() {
      rmSync(pidPath, { force: true });
      db.close();
    },
  };
}

function ownerPid(pidPath: string): number | string {
  try {
    const text = readFileSync(pidPath, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : 'unknown';
  } catch {
    return 'unknown';
  }
}
