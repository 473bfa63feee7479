import type { Clock } from '../../base/clock.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { Store } from '../../store/store.ts';
import type { BackgroundRecord, TaskShelf } from './background.ts';

const OPEN_KIND = 'background-task';
const ENDED_KIND = 'background-task-ended';
const PAGE = 500;
/** Ended tasks that are kept; the oldest go first. */
const ENDED_MAX = 100_000;
const TRIM_EVERY = 1_000;

type Documents = Pick<Store, 'document' | 'documents' | 'writeDocuments' | 'close'>;

/** Background tasks in a store: a task is there when its id is known, its end when it is told. */
export class DocumentShelf implements TaskShelf {
  readonly #store: Documents;
  readonly #clock: Clock;
  readonly #recent = new RecentMap<string, BackgroundRecord>(1_000);
  #ended = 0;

  constructor(store: Documents, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async put(record: BackgroundRecord): Promise<void> {
    const { id, tenant } = record;
    const over = record.endedMs !== undefined;
    const kind = over ? ENDED_KIND : OPEN_KIND;
    const put = { op: 'put', kind, id, tenant, json: JSON.stringify(record) } as const;
    const remove = over ? [{ op: 'remove', kind: OPEN_KIND, id } as const] : [];
    await this.#store.writeDocuments([put, ...remove], this.#clock.wallMs());
    this.#recent.set(id, record);
    if (over && ++this.#ended % TRIM_EVERY === 0) await this.#trim();
  }

  async get(id: string): Promise<BackgroundRecord | undefined> {
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const found =
      (await this.#store.document(OPEN_KIND, id)) ?? (await this.#store.document(ENDED_KIND, id));
    return found && (JSON.parse(found.json) as BackgroundRecord);
  }

  async open(): Promise<readonly BackgroundRecord[]> {
    const records: BackgroundRecord[] = [];
    for (let after = ''; ; ) {
      const page = await this.#store.documents({ kind: OPEN_KIND, after, limit: PAGE });
      records.push(...page.map(({ json }) => JSON.parse(json) as BackgroundRecord));
      const last = page.at(-1);
      if (last === undefined) return records;
      after = last.id;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Ids sort by time: what lies behind the newest is the oldest. */
  async #trim(): Promise<void> {
    const query = { kind: ENDED_KIND, descending: true, limit: PAGE } as const;
    let seen = 0;
    for (let after: string | undefined; ; ) {
      const page = await this.#store.documents(after === undefined ? query : { ...query, after });
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
      seen += page.length;
      if (seen <= ENDED_MAX) continue;
      const old = page.map(({ id }) => ({ op: 'remove', kind: ENDED_KIND, id }) as const);
      await this.#store.writeDocuments(old, this.#clock.wallMs());
    }
  }
}
