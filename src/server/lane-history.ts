/**
 * How full limits were, look by look, as the rows of a tree: tenants, and the lanes that their rows
 * used. A lane of a host has no tenant of its own: it is told of those whose rows waited in it, or
 * of the only one that had work.
 */
import { z } from 'zod';
import { ACCOUNT_KIND, ACCOUNTS_KIND } from '../model/account.ts';
import { type LaneKey, laneKind, laneName } from '../model/lane.ts';
import { type LaneLook, STEP_MS } from './history.ts';
import { BLOCKED_BY } from './wire.ts';

const times = z.array(z.int().nullable());

export const LaneHistoryWire = z.object({
  stepMs: z.int(),
  atMs: z.array(z.int()).meta({ description: 'When it was looked; oldest first.' }),
  tenants: z.array(
    z.object({
      name: z.string(),
      inUse: times.meta({ description: 'Attempts that were active.' }),
      slots: z.int().nullable().meta({ description: 'null: no limit of its own.' }),
      waiting: times.meta({ description: 'Rows that waited, in any limit.' }),
    }),
  ),
  lanes: z.array(
    z.object({
      lane: z.string(),
      kind: z.string(),
      name: z.string(),
      account: z.string().optional().meta({ description: 'Name of an account, for its admins.' }),
      inUse: times,
      slots: z.array(z.number().nullable()).meta({ description: '-1: no limit.' }),
      waiting: times,
      blocked: z.array(z.enum(BLOCKED_BY).nullable()),
      throttled: times.meta({
        description: 'Answers since the look before that asked to go slower.',
      }),
      of: z
        .array(z.object({ tenant: z.string(), waiting: times }))
        .meta({ description: 'Tenants that used it, as far as is known, with their own rows.' }),
    }),
  ),
});
type Answer = z.infer<typeof LaneHistoryWire>;
type Row = Answer['lanes'][number];

export interface LaneHistoryQuery {
  /** undefined = all. */
  readonly tenant: string | undefined;
  readonly limit: number;
  readonly slotsOf: (tenant: string) => number | null;
  /** Of lanes of accounts. */
  readonly accountOf: (
    id: string,
  ) => { readonly tenant: string; readonly name?: string } | undefined;
}

interface Found {
  readonly row: Row;
  readonly of: Map<string, (number | null)[]>;
  busy: number;
  throttled: number | undefined;
}

export function laneHistory(looks: readonly LaneLook[], query: LaneHistoryQuery): Answer {
  const found = new Map<LaneKey, Found>();
  looks.forEach((look, i) => {
    for (const status of look.lanes) {
      const { lane, inUse, slots, waiting, blocked, throttled } = status;
      const users = usersOf(lane, look, query);
      const own = query.tenant === undefined || users.has(query.tenant);
      const known = found.get(lane) ?? (own ? emptyRow(lane, looks.length, query) : undefined);
      if (known === undefined) continue;
      const since = (throttled ?? 0) - (known.throttled ?? throttled ?? 0);
      known.throttled = throttled;
      if (!own) continue;
      found.set(lane, known);
      const { row } = known;
      row.inUse[i] = inUse;
      row.slots[i] = Number.isFinite(slots) ? slots : -1;
      row.waiting[i] = waiting;
      row.blocked[i] = blocked ?? null;
      // A lane that was forgotten and made anew counts from the beginning.
      row.throttled[i] = Math.max(0, since);
      known.busy += inUse + waiting;
      for (const [tenant, rows] of users) {
        if (query.tenant !== undefined && tenant !== query.tenant) continue;
        const series = known.of.get(tenant) ?? nothing(looks.length);
        series[i] = rows;
        known.of.set(tenant, series);
      }
    }
  });
  const busiest = [...found.values()].sort((a, b) => b.busy - a.busy).slice(0, query.limit);
  return {
    stepMs: STEP_MS,
    atMs: looks.map(({ atMs }) => atMs),
    tenants: tenantsOf(looks, query),
    lanes: busiest.map(({ row, of }) => ({
      ...row,
      of: [...of].map(([tenant, waiting]) => ({ tenant, waiting })),
    })),
  };
}

/** Whose rows were there, and how many of them waited. */
function usersOf(
  lane: LaneKey,
  { tenants }: LaneLook,
  { accountOf }: LaneHistoryQuery,
): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const [tenant, { waiting }] of tenants) {
    const rows = waiting.get(lane);
    if (rows !== undefined) users.set(tenant, rows);
  }
  const owner = ownerOf(lane, accountOf) ?? (tenants.size === 1 ? first(tenants) : undefined);
  if (owner !== undefined && !users.has(owner)) users.set(owner, 0);
  return users;
}

/** Of lanes that are one tenant's alone. */
function ownerOf(lane: LaneKey, accountOf: LaneHistoryQuery['accountOf']): string | undefined {
  const [, second] = laneName(lane).split('/');
  if (second === undefined) return undefined;
  if (laneKind(lane) === ACCOUNTS_KIND) return second;
  return laneKind(lane) === ACCOUNT_KIND ? accountOf(second)?.tenant : undefined;
}

function first(tenants: ReadonlyMap<string, unknown>): string | undefined {
  for (const name of tenants.keys()) return name;
  return undefined;
}

function emptyRow(lane: LaneKey, length: number, { accountOf }: LaneHistoryQuery): Found {
  const [, id = ''] = laneName(lane).split('/');
  const account = laneKind(lane) === ACCOUNT_KIND ? accountOf(id)?.name : undefined;
  const row = {
    lane,
    kind: laneKind(lane),
    name: laneName(lane),
    ...(account === undefined ? {} : { account }),
    inUse: nothing(length),
    slots: nothing(length),
    waiting: nothing(length),
    blocked: new Array<null>(length).fill(null),
    throttled: nothing(length),
    of: [],
  };
  return { row, of: new Map(), busy: 0, throttled: undefined };
}

function tenantsOf(looks: readonly LaneLook[], { tenant, slotsOf }: LaneHistoryQuery) {
  const rows = new Map<string, Answer['tenants'][number]>();
  looks.forEach(({ tenants }, i) => {
    for (const [name, { inUse, waiting }] of tenants) {
      if (tenant !== undefined && tenant !== name) continue;
      const empty = () => ({ inUse: nothing(looks.length), waiting: nothing(looks.length) });
      const row = rows.get(name) ?? { name, slots: slotsOf(name), ...empty() };
      rows.set(name, row);
      row.inUse[i] = inUse;
      row.waiting[i] = [...waiting.values()].reduce((sum, each) => sum + each, 0);
    }
  });
  return [...rows.values()];
}

function nothing(length: number): (number | null)[] {
  return new Array<number | null>(length).fill(null);
}
