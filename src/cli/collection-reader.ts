/** What is kept across jobs, whether it lies in a data directory here or with a server. */
import { resolve } from 'node:path';
import { SluiceError } from '../base/errors.ts';
import {
  type CollectionCounts,
  collectionToFile,
  writeCollection,
} from '../engine/collection-export.ts';
import type { KeptEntry } from '../model/kept.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { CollectionSize, Store } from '../store/store.ts';
import type { DownloadPlan } from './download-flags.ts';
import type { Remote } from './remote.ts';
import { saveFrom } from './remote-download.ts';
import type { Io } from './workbench.ts';

export interface EntryFilter {
  readonly prefix?: string;
  readonly changedSinceMs?: number;
}

export interface ShownEntry extends Omit<KeptEntry, 'tenant' | 'collection' | 'json'> {
  readonly value: unknown;
}

export interface CollectionReader {
  collections(): Promise<readonly CollectionSize[]>;
  /** The first of them; rejects with `collection.not_found`. */
  entries(name: string, filter: EntryFilter, limit: number): Promise<readonly ShownEntry[]>;
  /** Writes all of them; how many is known where they are here. */
  save(
    name: string,
    filter: EntryFilter,
    plan: DownloadPlan,
    io: Io,
  ): Promise<CollectionCounts | undefined>;
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

  async entries(name: string, filter: EntryFilter, limit: number) {
    const query = await this.#query(name, filter);
    const found: ShownEntry[] = [];
    for (let after = {}; found.length < limit; ) {
      const page = await this.#store.entries({ ...query, ...after, limit: limit - found.length });
      for (const { tenant: _, collection: __, json, ...entry } of page) {
        found.push({ ...entry, value: JSON.parse(json) });
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = { after: last.key };
    }
    return found;
  }

  async save(name: string, filter: EntryFilter, plan: DownloadPlan, io: Io) {
    const { path, format, safeFormulas } = plan;
    const query = await this.#query(name, filter);
    const request = { store: this.#store, query, format, safeFormulas };
    if (path !== undefined) return collectionToFile(request, resolve(io.cwd, path));
    return writeCollection(request, new StreamOutput(io.stdout));
  }

  async #query(collection: string, filter: EntryFilter) {
    const tenant = this.#tenant;
    if ((await this.#store.entryCount(tenant, collection)) > 0) {
      return { tenant, collection, ...filter };
    }
    throw new SluiceError('collection.not_found', { name: collection });
  }
}

const PAGE = 1_000;

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

  async entries(name: string, filter: EntryFilter, limit: number) {
    const found: ShownEntry[] = [];
    for (let after: string | undefined; found.length < limit; ) {
      const query = queryOf(filter, { limit: String(Math.min(PAGE, limit - found.length)) });
      if (after !== undefined) query.set('after', after);
      type Answer = { readonly entries: readonly ShownEntry[]; readonly next?: string };
      const path = `${pathOf(name)}/entries?${query}`;
      const page = await this.#remote.ask<Answer>({ method: 'GET', path });
      found.push(...page.entries);
      after = page.next;
      if (after === undefined) break;
    }
    return found;
  }

  async save(name: string, filter: EntryFilter, plan: DownloadPlan, io: Io) {
    const { format, safeFormulas } = plan;
    const query = queryOf(filter, { format, safeFormulas });
    await saveFrom(this.#remote, `${pathOf(name)}/download?${query}`, plan.path, io);
    return undefined;
  }
}

function pathOf(name: string): string {
  return `/v1/collections/${encodeURIComponent(name)}`;
}

function queryOf({ prefix, changedSinceMs }: EntryFilter, more: Record<string, string>) {
  return new URLSearchParams({
    ...more,
    ...(prefix === undefined ? {} : { prefix }),
    ...(changedSinceMs === undefined ? {} : { changedSince: String(changedSinceMs) }),
  });
}
