/**
 * The lead lists of tenants as documents. A tenant's lists share one counter, which is written with
 * every list that is made: two servers that make one at the same time never give a number twice,
 * nor make two lists of one target.
 */
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { LEAD_SOURCES, type LeadSource } from '../collectors/leads/lead-source.ts';
import { type ListCells, readList } from '../collectors/leads/list-input.ts';
import type { DocumentChange } from '../model/document.ts';
import type { LeadList, LeadListDraft, LeadListImport, LeadListPatch } from '../model/lead-list.ts';
import type { Store } from '../store/store.ts';
import { againOnConflict } from './again-on-conflict.ts';

const KIND = 'lead-list';
const COUNT_KIND = 'lead-list-count';
const PAGE = 1_000;
const LISTS_MAX = 10_000;
/** Lists written at once. */
const WRITES = 200;
const ID_DIGITS = 8;

export type LeadListStore = Pick<Store, 'document' | 'documents' | 'writeDocuments'>;

interface Held {
  readonly list: LeadList;
  /** Of its document; 0 = it is not there yet. */
  readonly version: number;
}

/** A row of an import, by column. */
export interface ImportRow {
  readonly line: number;
  readonly cells: ListCells;
}

export class LeadListBook {
  readonly #store: LeadListStore;
  readonly #clock: Clock;

  constructor(store: LeadListStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** By number; those behind `after`. */
  async list(tenant: string, after = '', limit = LISTS_MAX): Promise<readonly LeadList[]> {
    const found: LeadList[] = [];
    for (let from = after === '' ? '' : idOf(tenant, after); found.length < limit; ) {
      const most = Math.min(PAGE, limit - found.length);
      const page = await this.#store.documents({ kind: KIND, tenant, after: from, limit: most });
      found.push(...page.map(({ json }) => JSON.parse(json) as LeadList));
      if (page.length < most) break;
      from = page.at(-1)?.id ?? '';
    }
    return found;
  }

  /** Rejects with `lead_list.not_found`. */
  async get(tenant: string, id: string): Promise<LeadList> {
    return (await this.#held(tenant, id)).list;
  }

  /** Rejects with `lead_list.invalid`, `lead_list.exists` or `lead_list.too_many`. */
  create(tenant: string, draft: LeadListDraft): Promise<LeadList> {
    const { name = '', source, target, maxLeads, active = true } = draft;
    const cells = {
      name,
      source,
      target,
      max_leads: String(maxLeads ?? ''),
      active: String(active),
    };
    return againOnConflict(async () => {
      const desk = await this.#desk(tenant);
      const made = desk.take(cells);
      if (typeof made === 'string') throw new SluiceError('lead_list.invalid', { detail: made });
      if (made.known) throw new SluiceError('lead_list.exists', { id: made.held.list.id });
      await this.#write([...desk.counter(), put(made.held)]);
      return made.held.list;
    });
  }

  /** Makes or changes a list for each row; a row that is no list is refused alone. */
  async import(tenant: string, rows: readonly ImportRow[]): Promise<LeadListImport> {
    const sum = { created: 0, changed: 0, same: 0 };
    const refused: { line: number; message: string }[] = [];
    for (let at = 0; at < rows.length; at += WRITES) {
      const chunk = rows.slice(at, at + WRITES);
      const part = await againOnConflict(() => this.#importChunk(tenant, chunk));
      sum.created += part.created;
      sum.changed += part.changed;
      sum.same += part.same;
      refused.push(...part.refused);
    }
    return { ...sum, refused };
  }

  async #importChunk(tenant: string, rows: readonly ImportRow[]): Promise<LeadListImport> {
    const desk = await this.#desk(tenant);
    const refused: { line: number; message: string }[] = [];
    const made = new Map<string, Held>();
    const changed = new Map<string, Held>();
    let same = 0;
    for (const { line, cells } of rows) {
      const taken = desk.take(cells);
      if (typeof taken === 'string') refused.push({ line, message: `Line ${line}: ${taken}.` });
      else if (!taken.known) made.set(taken.held.list.id, taken.held);
      else if (taken.same) same += 1;
      else (made.has(taken.held.list.id) ? made : changed).set(taken.held.list.id, taken.held);
    }
    const puts = [...made.values(), ...changed.values()].map(put);
    if (puts.length > 0) await this.#write([...(made.size > 0 ? desk.counter() : []), ...puts]);
    return { created: made.size, changed: changed.size, same, refused };
  }

  /** Rejects with `lead_list.not_found`. */
  change(tenant: string, id: string, patch: LeadListPatch): Promise<LeadList> {
    return againOnConflict(async () => {
      const { list, version } = await this.#held(tenant, id);
      const { maxLeads: before, ...rest } = list;
      const maxLeads = patch.maxLeads === undefined ? before : (patch.maxLeads ?? undefined);
      const changed: LeadList = {
        ...rest,
        name: patch.name ?? list.name,
        active: patch.active ?? list.active,
        ...(maxLeads === undefined ? {} : { maxLeads }),
        updatedMs: this.#clock.wallMs(),
      };
      await this.#write([put({ list: changed, version })]);
      return changed;
    });
  }

  /** What it brought stays. Rejects with `lead_list.not_found`. */
  async remove(tenant: string, id: string): Promise<void> {
    await this.#held(tenant, id);
    await this.#write([{ op: 'remove', kind: KIND, id: idOf(tenant, id) }]);
  }

  /** Notes which job has taken lists up. */
  async taken(tenant: string, ids: readonly string[], jobId: string): Promise<void> {
    for (const id of ids) {
      await againOnConflict(async () => {
        const document = await this.#store.document(KIND, idOf(tenant, id));
        if (document === undefined) return;
        const list = JSON.parse(document.json) as LeadList;
        const taken = { ...list, takenMs: this.#clock.wallMs(), jobId };
        await this.#write([put({ list: taken, version: document.version })]);
      });
    }
  }

  async #held(tenant: string, id: string): Promise<Held> {
    const known = /^[1-9]\d{0,7}$/.test(id);
    const document = known ? await this.#store.document(KIND, idOf(tenant, id)) : undefined;
    if (document === undefined) throw new SluiceError('lead_list.not_found', { id });
    return { list: JSON.parse(document.json) as LeadList, version: document.version };
  }

  async #desk(tenant: string): Promise<MakingDesk> {
    // The counter first: whoever makes a list in between makes the write below fail.
    const counter = await this.#store.document(COUNT_KIND, tenant);
    const held: Held[] = [];
    for (let after = ''; ; ) {
      const page = await this.#store.documents({ kind: KIND, tenant, after, limit: PAGE });
      for (const { json, version } of page) {
        held.push({ list: JSON.parse(json) as LeadList, version });
      }
      if (page.length < PAGE) break;
      after = page.at(-1)?.id ?? '';
    }
    return new MakingDesk(tenant, held, counter, this.#clock.wallMs());
  }

  #write(changes: readonly DocumentChange[]): Promise<void> {
    return this.#store.writeDocuments(changes, this.#clock.wallMs());
  }
}

interface Taken {
  readonly held: Held;
  /** It was there before. */
  readonly known: boolean;
  readonly same: boolean;
}

/** All lists of a tenant, while some are made or changed. */
class MakingDesk {
  readonly #tenant: string;
  readonly #byId = new Map<string, Held>();
  readonly #byKey = new Map<string, Held>();
  readonly #version: number;
  readonly #nowMs: number;
  #last: number;

  constructor(
    tenant: string,
    held: readonly Held[],
    counter: { readonly json: string; readonly version: number } | undefined,
    nowMs: number,
  ) {
    this.#tenant = tenant;
    this.#nowMs = nowMs;
    this.#version = counter?.version ?? 0;
    this.#last = counter === undefined ? 0 : (JSON.parse(counter.json) as { last: number }).last;
    for (const one of held) this.#hold(keyOf(one.list, tenant), one);
  }

  /** A list that was made of a row, or was known; the end of a sentence where it is none. */
  take(cells: ListCells): Taken | string {
    const read = readList(cells, LEAD_SOURCES[0] as LeadSource, this.#tenant);
    if ('problem' in read) return read.problem;
    const wanted = read.id === '' ? undefined : String(Number(read.id));
    if (wanted !== undefined && !/^[1-9]\d{0,7}$/.test(wanted)) {
      return `the id is a number of up to ${ID_DIGITS} digits, not ${read.id}`;
    }
    const known = this.#byKey.get(read.key);
    const { name, source, leadsMax, active } = read;
    if (known) {
      const { maxLeads: before, ...rest } = known.list;
      const said = (cells.name ?? '').trim() === '' ? rest.name : name;
      const max = cells.max_leads === undefined ? before : leadsMax;
      const list: LeadList = {
        ...rest,
        name: said,
        active: cells.active === undefined ? rest.active : active,
        ...(max === undefined ? {} : { maxLeads: max }),
      };
      const same =
        list.name === rest.name && list.active === rest.active && list.maxLeads === before;
      const held = { ...known, list: same ? known.list : { ...list, updatedMs: this.#nowMs } };
      this.#hold(read.key, held);
      return { held, known: true, same };
    }
    if (wanted !== undefined && this.#byId.has(wanted)) {
      return `list ${wanted} is there with another target`;
    }
    if (this.#byId.size >= LISTS_MAX) {
      throw new SluiceError('lead_list.too_many', { max: LISTS_MAX });
    }
    const number = wanted === undefined ? this.#last + 1 : Number(wanted);
    this.#last = Math.max(this.#last, number);
    const list: LeadList = {
      id: String(number),
      tenant: this.#tenant,
      name,
      source,
      target: (cells.target ?? '').trim(),
      ...(leadsMax === undefined ? {} : { maxLeads: leadsMax }),
      active,
      createdMs: this.#nowMs,
      updatedMs: this.#nowMs,
    };
    const held = { list, version: 0 };
    this.#hold(read.key, held);
    return { held, known: false, same: false };
  }

  #hold(key: string, held: Held): void {
    this.#byId.set(held.list.id, held);
    this.#byKey.set(key, held);
  }

  counter(): readonly DocumentChange[] {
    const tenant = this.#tenant;
    const json = JSON.stringify({ last: this.#last });
    return [{ op: 'put', kind: COUNT_KIND, id: tenant, tenant, json, version: this.#version }];
  }
}

/** The name under which the leads of a list are kept. */
export function keyOf({ source, target }: LeadList, tenant: string): string {
  const read = readList({ source, target }, LEAD_SOURCES[0] as LeadSource, tenant);
  return 'problem' in read ? '' : read.key;
}

function put({ list, version }: Held): DocumentChange {
  const { tenant, id } = list;
  const json = JSON.stringify(list);
  return { op: 'put', kind: KIND, id: idOf(tenant, id), tenant, json, version };
}

/** Padded, so that documents are in the order of the numbers. */
function idOf(tenant: string, id: string): string {
  return `${tenant}/${id.padStart(ID_DIGITS, '0')}`;
}
