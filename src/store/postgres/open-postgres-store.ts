/** Opens a Postgres as the store that any number of processes share. */
import { type Clock, systemClock } from '../../base/clock.ts';
import { type Random, systemRandom } from '../../base/random.ts';
import type { Store } from '../store.ts';
import { Database } from './database.ts';
import { migrate } from './migrations.ts';
import { PostgresStore } from './postgres-store.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most. */
  readonly poolMax?: number;
  /** For how long work is tried again where the database is away, ms. */
  readonly patienceMs?: number;
  /** Of the node that the process is, ms. */
  readonly leaseMs?: number;
  /** Tasks, or ends, that are stored as one value, at least: fewer are rows. */
  readonly packMin?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface PostgresStores {
  readonly database: Database;
  readonly packMin: number;
  /** Without a fence: for reading, and for requests of users. Closing it closes the database. */
  readonly store: Store;
  /** Where what a node writes in its work goes through its number. Closing it closes itself. */
  storeOf(fence: number): Store;
}

const POOL_MAX = 10;
/** Fewer are cheaper as rows. */
const PACK_MIN = 8;
const PATIENCE_MS = 10_000;
const LEASE_MS = 10_000;

/**
 * Makes the tables where they are missing. Rejects with `store.unavailable`, `store.refused`,
 * `store.newer`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStores> {
  const { url, poolMax = POOL_MAX, patienceMs = PATIENCE_MS, leaseMs = LEASE_MS } = options;
  const { clock = systemClock, random = systemRandom, packMin = PACK_MIN } = options;
  const database = new Database({ url, poolMax, patienceMs, leaseMs, clock, random });
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const store = new PostgresStore({ database, packMin, onClose: () => database.close() });
  Promise.all([store.purgeLeftovers(), database.forgetWriters()]).catch(() => {
    // It goes on at the next start; whatever keeps it from writing is met by a commit as well.
  });
  const storeOf = (fence: number) =>
    new PostgresStore({ database, fence, packMin, onClose: async () => {} });
  return { database, store, packMin, storeOf };
}
