/**
 * Copies a database into one new file and ends; an error ends it too. A thread of its own, because
 * the statement runs for as long as the copy takes and commits go on beside it.
 */
import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { openResting, restsUnwritable, watchRest } from './resting-database.ts';

const { from, to } = workerData as { readonly from: string; readonly to: string };
const rests = restsUnwritable(from);
const changed = watchRest(from);
const db = rests ? openResting(from) : new Database(from, { readonly: true, fileMustExist: true });
try {
  db.prepare('VACUUM INTO ?').run(to);
  if (rests && changed()) throw new Error('somebody began to work in it meanwhile');
} finally {
  db.close();
}
