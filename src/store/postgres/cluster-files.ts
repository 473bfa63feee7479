/** Files in pieces, and what is told to who looks on elsewhere. */
import { SluiceError } from '../../base/errors.ts';
import { fenced } from '../cluster-rules.ts';
import type { Fence } from '../cluster-store.ts';
import type { Database } from './database.ts';
import { statement, type Tx } from './transaction.ts';
import { toName } from './values.ts';

const WRITE = statement(
  'files.write',
  `WITH file AS (
     INSERT INTO files (path) VALUES ($1)
     ON CONFLICT (path) DO UPDATE SET written_at = clock_timestamp()
   )
   INSERT INTO file_pieces (path, no, bytes) VALUES ($1, $2, $3) ON CONFLICT (path, no) DO NOTHING`,
);
const WHOLE = statement(
  'files.whole',
  `WITH file AS (INSERT INTO files (path, pieces) VALUES ($1, 1) ON CONFLICT (path) DO NOTHING)
   INSERT INTO file_pieces (path, no, bytes) VALUES ($1, 0, $2) ON CONFLICT (path, no) DO NOTHING`,
);
const FINISH = statement(
  'files.finish',
  `INSERT INTO files (path, pieces) VALUES ($1, $2)
   ON CONFLICT (path) DO UPDATE SET pieces = excluded.pieces, written_at = clock_timestamp()`,
);
const PIECES = statement(
  'files.pieces',
  'SELECT pieces FROM files WHERE path = $1 AND pieces IS NOT NULL',
);
const READ = statement('files.read', 'SELECT bytes FROM file_pieces WHERE path = $1 AND no = $2');
const REMOVE = statement(
  'files.remove',
  `WITH file AS (DELETE FROM files WHERE path = $1)
   DELETE FROM file_pieces WHERE path = $1`,
);

/** Who tells waits for who told before: numbers are seen in their order, and none comes late. */
const LOCK = statement('told.lock', 'SELECT pg_advisory_xact_lock(531073, -1)');
const TELL = statement(
  'told.tell',
  `INSERT INTO told (teller, event)
   SELECT $1, event FROM unnest($2::text[]) WITH ORDINALITY AS told (event, place) ORDER BY place`,
);
const TOLD = statement(
  'told.read',
  `SELECT greatest($2, (SELECT max(no) FROM told), 0) AS next,
     ARRAY(SELECT event FROM told WHERE no > $2 AND $2 >= 0 AND teller <> $1 ORDER BY no) AS events
   FROM nodes WHERE fence = $1`,
);

/** Within the transaction that needs it: a file of one piece. */
export async function addFile(tx: Tx, path: string, bytes: Uint8Array): Promise<void> {
  await tx.run(WHOLE, toName(path), bytes);
}

export class ClusterFiles {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async write(path: string, no: number, bytes: Uint8Array): Promise<void> {
    await this.#database.rows(WRITE, toName(path), no, bytes);
  }

  async finish(path: string, pieces: number): Promise<void> {
    await this.#database.rows(FINISH, toName(path), pieces);
  }

  async pieces(path: string): Promise<number | undefined> {
    return (await this.#database.row<{ pieces: number }>(PIECES, toName(path)))?.pieces;
  }

  async read(path: string, no: number): Promise<Uint8Array> {
    const piece = await this.#database.row<{ bytes: Uint8Array }>(READ, toName(path), no);
    if (piece === undefined) throw new SluiceError('cluster.file_gone', { path, no });
    return piece.bytes;
  }

  async remove(path: string): Promise<void> {
    await this.#database.rows(REMOVE, toName(path));
  }
}

export class ClusterTold {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async tell(fence: Fence, events: readonly string[]): Promise<void> {
    await this.#database.write(async (tx) => {
      if (events.length === 0) return;
      await tx.rows(LOCK);
      await tx.run(TELL, fence, events);
    }, fence);
  }

  async told(fence: Fence, since: number): Promise<{ events: readonly string[]; next: number }> {
    const values = [fence, since];
    const news = await this.#database.row<{ events: string[]; next: number }>(TOLD, ...values);
    if (news === undefined) throw fenced();
    return news;
  }
}
