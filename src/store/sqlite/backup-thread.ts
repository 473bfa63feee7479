/**
 * Copies a database into one new file and ends; an error ends it too. A thread of its own, because
 * the statement runs for as long as the copy takes and commits go on beside it.
 */
import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const { from, to } = workerData as { readonly from: string; readonly to: string };
const db = new Database(from, { readonly: true, fileMustExist: true });
try {
  db.prepare('VACUUM INTO ?').run(to);
} finally {
  db.close();
}
