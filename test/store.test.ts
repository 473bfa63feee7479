/** The stores, each through the one suite. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withKeptJobs } from '../src/store/kept-jobs.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../src/store/store.ts';
import { openThreadStore } from '../src/store/thread/thread-store.ts';
import { exerciseStore } from './conformance/store.ts';

async function directoryHome(open: (path: string) => Promise<Store>) {
  const path = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  return {
    open: () => open(path),
    durable: true,
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

exerciseStore('memory', async () => ({
  open: async () => new MemoryStore(),
  durable: false,
  remove: async () => {},
}));
exerciseStore('sqlite', () => directoryHome((path) => openSqliteStore({ path, mode: 'owner' })));
exerciseStore('thread', () => directoryHome((path) => openThreadStore({ path, mode: 'owner' })));
exerciseStore('memory with kept jobs', async () => ({
  open: async () => withKeptJobs(new MemoryStore()),
  durable: false,
  remove: async () => {},
}));
