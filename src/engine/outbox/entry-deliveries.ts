/**
 * Collections that were asked to be brought elsewhere by the API: carried out in this process, a
 * few of each tenant at a time, and remembered while it runs. An entry takes its own place there,
 * so whoever is interrupted asks again; nothing of it is in the store.
 */
import { AbortCause } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { newId } from '../../base/ids.ts';
import type { Random } from '../../base/random.ts';
import type { DeliveryState } from '../../model/outbox.ts';
import type { SinkKind } from '../../sinks/delivery-sink.ts';
import type { EntrySource } from '../entry-records.ts';
import { deliverEntries } from './deliver-entries.ts';
import { kindOf } from './kind-of.ts';
import type { Destination } from './outbox.ts';

const AT_ONCE = 16;
/** Of a tenant: a destination that is away holds its place, and must not hold everybody's. */
const AT_ONCE_OF_ONE = 2;
const WAITING_MAX = 20;
const REMEMBERED_MAX = 200;
const DEFAULT_KEY = ['key'];

export interface EntryDeliveriesParts {
  readonly kinds: readonly SinkKind[];
  /** Addresses by the names that stand for them. */
  readonly named: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface EntryDeliveryStanding {
  readonly id: string;
  readonly tenant: string;
  readonly collection: string;
  /** For people, without secrets. */
  readonly place: string;
  readonly state: DeliveryState;
  /** Entries that are there. */
  readonly delivered: number;
  readonly createdMs: number;
  readonly endedMs?: number;
  /** Why it rests or has stopped. */
  readonly reason?: { readonly code: string; readonly message: string };
  readonly retryAtMs?: number;
}

interface Ordered {
  readonly source: EntrySource;
  readonly address: string;
  readonly place: string;
  readonly key: readonly string[];
  readonly id: string;
}

export class EntryDeliveries {
  readonly #parts: EntryDeliveriesParts;
  readonly #known = new Map<string, EntryDeliveryStanding>();
  readonly #waiting: Ordered[] = [];
  /** What is under way, and whose it is. */
  readonly #under = new Map<Promise<void>, string>();
  readonly #stop = new AbortController();

  constructor(parts: EntryDeliveriesParts) {
    this.#parts = parts;
  }

  /** Those of a collection, newest first. */
  list(tenant: string, collection: string): readonly EntryDeliveryStanding[] {
    return [...this.#known.values()]
      .filter((each) => each.tenant === tenant && each.collection === collection)
      .reverse();
  }

  /**
   * Starts them, or lets them wait for their turn; what waits already does so once. One that is
   * under way may have passed what has changed since: it is done again. Throws `sink.invalid`
   * where rows have no keys, and `server.busy`.
   */
  begin(
    source: EntrySource,
    destinations: readonly Destination[],
  ): readonly EntryDeliveryStanding[] {
    const { tenant, collection } = source.query;
    for (const { address, place } of destinations) {
      if (this.#kindOf(address).keyed) continue;
      const detail = 'its rows have no keys, so entries that change would be there several times';
      throw new SluiceError('sink.invalid', { place, detail });
    }
    const waiting = new Set(this.#waiting.map(nameOf));
    const fresh = destinations.filter((each) => !waiting.has(nameOf({ ...each, source })));
    const before = this.#waiting.filter(({ source }) => source.query.tenant === tenant);
    if (before.length + fresh.length > WAITING_MAX) {
      throw new SluiceError('server.busy', { retryAfterS: 10 });
    }
    for (const { address, place, key = DEFAULT_KEY } of fresh) {
      const { clock, random } = this.#parts;
      const createdMs = clock.wallMs();
      const id = newId('c', createdMs, random);
      this.#known.set(id, {
        ...{ id, tenant, collection, place, state: 'delivering', delivered: 0, createdMs },
      });
      this.#waiting.push({ source, address, place, key, id });
    }
    this.#forget(tenant);
    this.#next();
    return this.list(tenant, collection);
  }

  /** What is under way is broken off. */
  async close(): Promise<void> {
    this.#stop.abort(new AbortCause('abort', 'the server is shutting down'));
    this.#waiting.length = 0;
    await Promise.all(this.#under.keys());
  }

  #next(): void {
    while (this.#under.size < AT_ONCE && !this.#stop.signal.aborted) {
      const next = this.#takeNext();
      if (next === undefined) return;
      const running = this.#carryOut(next).finally(() => {
        this.#under.delete(running);
        this.#next();
      });
      this.#under.set(running, next.source.query.tenant);
    }
  }

  /** The oldest of the tenant that has the fewest under way. */
  #takeNext(): Ordered | undefined {
    const underWay = Map.groupBy(this.#under.values(), (tenant) => tenant);
    let best = -1;
    let fewest = AT_ONCE_OF_ONE;
    for (const [at, { source }] of this.#waiting.entries()) {
      const count = underWay.get(source.query.tenant)?.length ?? 0;
      if (count < fewest) [best, fewest] = [at, count];
    }
    return best < 0 ? undefined : this.#waiting.splice(best, 1)[0];
  }

  async #carryOut({ source, address, key, id }: Ordered): Promise<void> {
    const { named, clock, random } = this.#parts;
    const { signal } = this.#stop;
    try {
      const whole = named.get(address) ?? address;
      const sink = await this.#kindOf(address).open(whole);
      let delivered = 0;
      try {
        delivered = await deliverEntries({
          ...{ source, sink, key, clock, random, signal },
          onBatch: (count) => this.#now(id, { state: 'delivering', delivered: count }),
          onRest: (message, ms) => {
            const reason = { code: 'sink.unavailable', message };
            this.#now(id, { state: 'resting', reason, retryAtMs: clock.wallMs() + ms });
          },
        });
      } finally {
        await sink.close();
      }
      // A file is whole, and may be read by others, once it is closed.
      this.#now(id, { state: 'delivered', delivered, endedMs: clock.wallMs() });
    } catch (error) {
      const code = error instanceof SluiceError ? error.code : 'internal.bug';
      const reason = { code, message: messageOf(error) };
      this.#now(id, { state: 'stopped', reason, endedMs: clock.wallMs() });
    }
  }

  #now(id: string, change: Partial<EntryDeliveryStanding>): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const { reason: _, retryAtMs: __, ...before } = known;
    this.#known.set(id, { ...before, ...change });
  }

  /** The oldest of a tenant's that are over. */
  #forget(tenant: string): void {
    const known = [...this.#known.values()].filter((each) => each.tenant === tenant);
    let over = known.length - REMEMBERED_MAX;
    for (const { id, endedMs } of known) {
      if (over <= 0) return;
      if (endedMs === undefined) continue;
      this.#known.delete(id);
      over -= 1;
    }
  }

  #kindOf(address: string): SinkKind {
    return kindOf(this.#parts.named.get(address) ?? address, this.#parts.kinds);
  }
}

/** The same for the same entries and the same place. */
function nameOf({ source, place }: Pick<Ordered, 'source' | 'place'>): string {
  const { tenant, collection, prefix, changedSinceMs } = source.query;
  return JSON.stringify([tenant, collection, prefix, changedSinceMs, place]);
}
