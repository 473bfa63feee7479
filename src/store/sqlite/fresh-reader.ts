/**
 * A store for reading a database that nobody worked in when it was opened. Once somebody does, it
 * is opened anew: what was read in between is read again, so nobody is told of half a change.
 */
import type { SqliteStore } from './sqlite-store.ts';

export interface OpenReader {
  readonly store: SqliteStore;
  /** Whether what the store says may be wrong from now on; absent: it never is. */
  readonly isStale?: () => boolean;
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** `open` throws as opening does; calls reject with it then. */
export function keepFresh(first: OpenReader, open: () => OpenReader): SqliteStore {
  let now = first;
  // Calls that are under way still read there.
  const opened = [first];

  const call = async (name: keyof SqliteStore, args: unknown[]): Promise<unknown> => {
    for (;;) {
      if (now.isStale?.()) {
        now = open();
        opened.push(now);
      }
      const { store, isStale } = now;
      try {
        const answer = await (store[name] as Call).apply(store, args);
        if (!isStale?.() || name === 'backup') return answer;
      } catch (error) {
        // A copy looks by itself whether it was disturbed.
        if (!isStale?.() || name === 'backup') throw error;
      }
    }
  };
  const close = async () => {
    for (const { store } of opened) await store.close();
  };
  return new Proxy(first.store, {
    get(_, name) {
      if (name === 'close') return close;
      // What `await` asks of anything.
      if (name === 'then' || typeof name === 'symbol') return undefined;
      return (...args: unknown[]) => call(name as keyof SqliteStore, args);
    },
  });
}
