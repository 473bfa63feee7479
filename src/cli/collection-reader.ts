/** What is kept across jobs, whether it lies in a data directory here or with a server. */
import { resolve } from 'node:path';
import { SluiceError } from '../base/errors.ts';
import { collectionToFile, writeCollection } from '../engine/collection-export.ts';
import type { EntrySource } from '../engine/entry-records.ts';
import type { KeptEntry } from '../model/kept.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { CollectionSize, EntryQuery, Store } from '../store/store.ts';
import type { DownloadPlan } from './download-flags.ts';
import type { Remote } from './remote.ts';
import { saveFrom } from './remote-download.ts';
import type { Io } from './workbench.ts';

export interface EntryFilter {
  readonly prefix?: string;
  readonly changedSinceMs?: number;
}

export interface CollectionReader {
  collections(): Promise<readonly CollectionSize[]>;
  /** For reading the entries here; rejects with `collection.not_found`. */
  source(name: string, filter: EntryFilter): Promise<EntrySource>;
  /** Writes all entries; how many is known where they are here. */
  save(
    name: string,
    filter: EntryFilter,
    plan: DownloadPlan,
    io: Io,
  ): Promise<{ readonly records: number } | undefined>;
}

export class LocalCollections implements CollectionReader {
  readonly #store: Store;
  readonly #tenant: string;

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  collections() {
    return this.#store.collections(this.#tenant);
  }

  async source(collection: string, filter: EntryFilter): Promise<EntrySource> {
    const [store, tenant] = [this.#store, this.#tenant];
    if ((await store.entryCount(tenant, collection)) === 0) {
      throw new SluiceError('collection.not_found', { name: collection });
    }
    return { store, query: { tenant, collection, ...filter } };
  }

  async save(name: string, filter: EntryFilter, plan: DownloadPlan, io: Io) {
    const { path, format, safeFormulas } = plan;
    const request = { ...(await this.source(name, filter)), format, safeFormulas };
    if (path === undefined) return writeCollection(request, new StreamOutput(io.stdout));
    return collectionToFile(request, resolve(io.cwd, path));
  }
}

export class RemoteCollections implements CollectionReader {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  async collections() {
    const path = '/v1/collections';
    type Answer = { readonly collections: readonly CollectionSize[] };
    return (await this.#remote.ask<Answer>({ method: 'GET', path })).collections;
  }

  async source(collection: string, filter: EntryFilter): Promise<EntrySource> {
    // Whose they are is known to the server.
    const query = { tenant: '', collection, ...filter };
    return { query, store: { entries: (asked) => this.#entries(asked) } };
  }

  async save(name: string, filter: EntryFilter, plan: DownloadPlan, io: Io) {
    const { format, safeFormulas } = plan;
    const query = queryOf(filter, { format, safeFormulas });
    await saveFrom(this.#remote, `${pathOf(name)}/download?${query}`, plan.path, io);
    return undefined;
  }

  async #entries({ tenant, collection, after, limit, ...filter }: EntryQuery) {
    type Entry = Omit<KeptEntry, 'tenant' | 'collection' | 'json'> & { readonly value: unknown };
    const query = queryOf(filter, { limit: String(limit), ...(after !== undefined && { after }) });
    const path = `${pathOf(collection)}/entries?${query}`;
    const { entries } = await this.#remote.ask<{ readonly entries: readonly Entry[] }>({
      method: 'GET',
      path,
    });
    return entries.map(({ value, ...entry }) => {
      return { ...entry, tenant, collection, json: JSON.stringify(value) };
    });
  }
}

function pathOf(name: string): string {
  return `/v1/collections/${encodeURIComponent(name)}`;
}

function queryOf({ prefix, changedSinceMs }: EntryFilter, more: Readonly<Record<string, string>>) {
  return new URLSearchParams({
    ...more,
    ...(prefix === undefined ? {} : { prefix }),
    ...(changedSinceMs === undefined ? {} : { changedSince: String(changedSinceMs) }),
  });
}
