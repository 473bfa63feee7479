/** Lanes: every limit that work waits for. And the settings behind the limits. */
import { z } from 'zod';
import type { LaneStatus } from '../../admission/admission.ts';
import { ACCOUNT_KIND } from '../../model/account.ts';
import {
  type Blockage,
  type LaneKey,
  laneKind,
  laneName,
  ROWS_PER_DAY,
  TURN_LANE,
} from '../../model/lane.ts';
import { SETTINGS } from '../../model/settings.ts';
import { LANE_STEPS } from '../history.ts';
import { LaneHistoryWire, laneHistory } from '../lane-history.ts';
import type { ServerParts } from '../parts.ts';
import type { Principal } from '../principal.ts';
import { type Route, route } from '../route.ts';
import { AccountWaitWire, BLOCKED_BY } from '../wire.ts';

const LaneWire = z.object({
  lane: z.string(),
  kind: z.string(),
  name: z.string(),
  inUse: z.int(),
  waiting: z.int(),
  slots: z.number(),
  perSecond: z.number().optional().meta({ description: 'Starts a second; absent = no rate.' }),
  blocked: z.enum(BLOCKED_BY).optional(),
  untilMs: z.int().optional(),
  accounts: AccountWaitWire,
  set: z
    .object({
      concurrency: z.int().optional(),
      perSecond: z.number().optional(),
      setMs: z.int(),
      by: z.string(),
    })
    .optional()
    .meta({ description: 'What somebody has set it to; shown to operators.' }),
});

const SettingWire = z.object({
  name: z.string(),
  value: z.string().meta({ description: 'As it was written; a secret is shown as `(set)`.' }),
  source: z.string().meta({ description: '`default`, or the file, variable or flag.' }),
  unit: z.string(),
  meaning: z.string(),
});

/** A tenant's running jobs that are looked at. */
const JOBS_MAX = 1_000;
/** Of everybody's, the newest: an operator sees the lanes themselves. */
const JOBS_WEIGHED_MAX = 100;

export function laneRoutes(parts: ServerParts): Route[] {
  const { engine, store, clock, shownSettings, limits, history, tenants } = parts;
  const wire = ({ lane, perSecond, wakeAtMs, blocked, inUse, waiting, slots, accounts }: Busy) => ({
    lane,
    kind: laneKind(lane),
    name: laneName(lane),
    inUse,
    waiting,
    slots,
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(blocked === undefined ? {} : { blocked }),
    ...(accounts && { accounts }),
    ...(wakeAtMs === undefined
      ? {}
      : { untilMs: clock.wallMs() + Math.max(0, wakeAtMs - clock.monoMs()) }),
  });
  return [
    route({
      id: 'listLanes',
      method: 'GET',
      path: '/v1/lanes',
      access: 'read',
      tag: 'Operation',
      summary: 'List the busiest limits: hosts, accounts, endpoints',
      description:
        "An operator sees all that are in memory; a tenant those in which its own running jobs' " +
        'rows wait, with the number of its own rows. A tenant whose rows of today are used up is ' +
        'a limit of the kind `rows-per-day`; jobs in line where only so many may run at once wait ' +
        'in that of the kind `turn`.',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
      answers: { 200: z.object({ lanes: z.array(LaneWire) }) },
      async handle({ query: { limit }, principal: { tenant } }) {
        const jobs = await store.jobs({
          ...(tenant === undefined ? {} : { tenant }),
          states: ['running'],
          limit: tenant === undefined ? JOBS_WEIGHED_MAX : JOBS_MAX,
        });
        const waits = merged(jobs.flatMap((job) => engine.explain(job.id, limit)));
        if (tenant !== undefined) return { lanes: waits.slice(0, limit).map(wire) };
        // What is in memory, with the rows that wait for it in the store.
        const known = new Map(waits.map((wait) => [wait.lane, wait]));
        const lanes = engine
          .lanes(limit)
          .map((lane): Busy => {
            const { waiting = 0, accounts } = known.get(lane.lane) ?? {};
            return { ...lane, waiting: Math.max(lane.waiting, waiting), accounts };
          })
          .sort((a, b) => b.waiting - a.waiting);
        // Of plans and of jobs in line, which hold no lane.
        const shares = waits.filter(
          ({ lane }) => laneKind(lane) === ROWS_PER_DAY || lane === TURN_LANE,
        );
        return {
          lanes: [...shares, ...lanes].slice(0, limit).map((each) => {
            const set = limits.find(each.lane);
            if (set === undefined) return wire(each);
            const { lane: _, ...values } = set;
            return { ...wire(each), set: values };
          }),
        };
      },
    }),
    route({
      id: 'getLaneHistory',
      method: 'GET',
      path: '/v1/lanes/history',
      access: 'read',
      tag: 'Operation',
      summary: `Say how full the busiest limits were in the last ${LANE_STEPS} steps`,
      description:
        'With the tenants that used them. A tenant sees of each step the limits in which rows of ' +
        'its own waited, and those that are its own. Kept in memory: it begins anew with the server.',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(40) }),
      answers: { 200: LaneHistoryWire },
      async handle({ principal, query: { limit } }) {
        const looks = history.lanes();
        const slotsOf = (tenant: string) => tenants.quota(tenant).concurrency || null;
        const accountOf = await accountsIn(parts, principal);
        return laneHistory(looks, { tenant: principal.tenant, limit, slotsOf, accountOf });
      },
    }),
    route({
      id: 'listSettings',
      method: 'GET',
      path: '/v1/settings',
      access: 'operator',
      tag: 'Operation',
      summary: 'List the settings in effect, and where each comes from',
      answers: { 200: z.object({ settings: z.array(SettingWire) }) },
      handle: () => ({
        settings: shownSettings.map((shown) => {
          const { unit, sentence } = SETTINGS[shown.name];
          return { ...shown, unit, meaning: sentence };
        }),
      }),
    }),
  ];
}

interface Busy extends Omit<LaneStatus, 'memory'> {
  readonly accounts?: Blockage['accounts'];
}

/** Whose accounts the lanes are of; their names are for those who may see accounts. */
async function accountsIn(
  { accounts, history }: ServerParts,
  { scope }: Principal,
): Promise<(id: string) => { readonly tenant: string; readonly name?: string } | undefined> {
  const isOne = ({ lane }: LaneStatus) => laneKind(lane) === ACCOUNT_KIND;
  const some = history.lanes().some(({ lanes }) => lanes.some(isOne));
  const all = some ? await accounts.standing() : [];
  const told = all.map(
    ({ id, tenant, name }) => [id, { tenant, ...(scope === 'admin' && { name }) }] as const,
  );
  const known = new Map(told);
  return (id) => known.get(id);
}

/** What several jobs wait for, by lane, most waiting first. */
function merged(blockages: readonly Blockage[]): readonly Busy[] {
  const lanes = new Map<LaneKey, Busy>();
  for (const { reason, ...blocked } of blockages) {
    const waiting = blocked.waiting + (lanes.get(blocked.lane)?.waiting ?? 0);
    lanes.set(blocked.lane, { ...blocked, blocked: reason, waiting });
  }
  return [...lanes.values()].sort((a, b) => b.waiting - a.waiting);
}
