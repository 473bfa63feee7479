/** The number under which a node writes: what it writes after its end must never be committed. */
import { SluiceError } from '../../base/errors.ts';
import { statement, type Tx } from './transaction.ts';

// Whoever ends the number deletes its row, and waits for this lock; renewing the lease does not.
const LOCK = statement('fence.lock', 'SELECT 1 FROM nodes WHERE fence = $1 FOR KEY SHARE');

/** Keeps the number from ending until the transaction has; rejects with `cluster.fenced`. */
export async function lockFence(tx: Tx, fence: number): Promise<void> {
  if ((await tx.row(LOCK, fence)) === undefined) throw new SluiceError('cluster.fenced');
}
