/**
 * Limits that people have set, over what is learned or declared. Held in memory, because the engine
 * asks at every first use of a lane; written through to the store, which is the truth.
 */
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { LaneKey } from '../model/lane.ts';
import type { LimitValues, SetLimit } from '../model/set-limit.ts';
import type { Store } from '../store/store.ts';

export const LIMIT_KIND = 'limit';
const PAGE = 1_000;
const LIMITS_MAX = 10_000;

export type LimitStore = Pick<Store, 'documents' | 'writeDocuments'>;

export class SetLimits {
  readonly #store: LimitStore;
  readonly #clock: Clock;
  readonly #onChange = new Set<(lane: LaneKey) => void>();
  #known: Map<LaneKey, SetLimit>;

  private constructor(store: LimitStore, clock: Clock, known: Map<LaneKey, SetLimit>) {
    this.#store = store;
    this.#clock = clock;
    this.#known = known;
  }

  /** Reads all of them. */
  static async open(store: LimitStore, clock: Clock): Promise<SetLimits> {
    return new SetLimits(store, clock, await readAll(store));
  }

  /** Reads them again: another node has written some. */
  async reload(): Promise<void> {
    const before = this.#known;
    this.#known = await readAll(this.#store);
    for (const lane of new Set([...before.keys(), ...this.#known.keys()])) {
      if (JSON.stringify(before.get(lane)) !== JSON.stringify(this.#known.get(lane))) {
        this.#tell(lane);
      }
    }
  }

  /** Called with every lane whose limit was set, or given back to be learned. */
  onChange(listener: (lane: LaneKey) => void): void {
    this.#onChange.add(listener);
  }

  find(lane: LaneKey): SetLimit | undefined {
    return this.#known.get(lane);
  }

  /** By lane. */
  list(): readonly SetLimit[] {
    return [...this.#known.values()].sort((a, b) => (a.lane < b.lane ? -1 : 1));
  }

  /** In place of what was set before. Rejects with `limit.too_many`. */
  async set(lane: LaneKey, values: LimitValues, by: string): Promise<SetLimit> {
    if (!this.#known.has(lane) && this.#known.size >= LIMITS_MAX) {
      throw new SluiceError('limit.too_many', { most: LIMITS_MAX });
    }
    const limit: SetLimit = { lane, ...values, setMs: this.#clock.wallMs(), by };
    const document = { kind: LIMIT_KIND, id: lane, tenant: '', json: JSON.stringify(limit) };
    await this.#store.writeDocuments([{ op: 'put', ...document }], limit.setMs);
    this.#known.set(lane, limit);
    this.#tell(lane);
    return limit;
  }

  /** Back to what is learned or declared; harmless where nothing was set. */
  async remove(lane: LaneKey): Promise<void> {
    if (!this.#known.has(lane)) return;
    await this.#store.writeDocuments(
      [{ op: 'remove', kind: LIMIT_KIND, id: lane }],
      this.#clock.wallMs(),
    );
    this.#known.delete(lane);
    this.#tell(lane);
  }

  #tell(lane: LaneKey): void {
    for (const listener of this.#onChange) listener(lane);
  }
}

async function readAll(store: LimitStore): Promise<Map<LaneKey, SetLimit>> {
  const all = new Map<LaneKey, SetLimit>();
  for (let after = ''; ; ) {
    const page = await store.documents({ kind: LIMIT_KIND, after, limit: PAGE });
    for (const { json } of page) {
      const limit = JSON.parse(json) as SetLimit;
      all.set(limit.lane, limit);
    }
    if (page.length < PAGE) return all;
    after = page.at(-1)?.id ?? '';
  }
}
