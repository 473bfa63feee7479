/**
 * The rows of the heat map as a tree, tenant, limit, account, and what a cell says in words. Pure,
 * so that it is tested without a browser.
 */
import type { Reason } from '../wire.ts';
import { clockTime, count, laneWords, shown } from '../words.ts';

type Series<T = number> = readonly (T | null)[];

export interface LaneRow {
  readonly lane: string;
  readonly kind: string;
  readonly name: string;
  /** Name of an account. */
  readonly account?: string;
  readonly inUse: Series;
  readonly slots: Series;
  readonly waiting: Series;
  readonly blocked: Series<Reason>;
  readonly throttled: Series;
  readonly of: readonly { readonly tenant: string; readonly waiting: Series }[];
}

export interface LaneHistory {
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly tenants: readonly {
    readonly name: string;
    readonly inUse: Series;
    readonly slots: number | null;
    readonly waiting: Series;
  }[];
  readonly lanes: readonly LaneRow[];
}

export interface HeatRow {
  readonly key: string;
  readonly depth: 1 | 2 | 3;
  readonly words: string;
  /** What jobs can wait for; undefined: a heading. */
  readonly lane: string | undefined;
  readonly parent: string | undefined;
  readonly hasRows: boolean;
  /** Among its siblings, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
  readonly inUse: Series;
  readonly slots: Series;
  readonly waiting: Series;
  readonly blocked: Series<Reason>;
  readonly throttled: Series;
}

type Node = Omit<HeatRow, 'depth' | 'parent' | 'hasRows' | 'place' | 'siblings'> & {
  readonly rows: readonly Node[];
};

/** In the order of `known`, keys that were seen before; others behind them. */
export function heatRows(history: LaneHistory, known: readonly string[] = []): readonly HeatRow[] {
  const nothing = history.atMs.map(() => null);
  const tenants = history.tenants.map(({ name, inUse, slots, waiting }): Node => {
    const lanes = history.lanes.flatMap((row) => {
      const own = row.of.find(({ tenant }) => tenant === name);
      return own === undefined ? [] : [nodeOf(row, `${name}/`, own.waiting)];
    });
    return {
      key: `tenant:${name}`,
      words: `tenant ${name}`,
      lane: `tenant:${name}`,
      inUse,
      slots: inUse.map((each) => (each === null ? null : (slots ?? -1))),
      waiting,
      blocked: nothing,
      throttled: nothing,
      rows: inPools(lanes),
    };
  });
  const others = history.lanes.filter(({ of }) => of.length === 0);
  if (others.length > 0) {
    const rows = inPools(others.map((row) => nodeOf(row, '/', row.waiting)));
    const [key, words] = ['others', 'where no row waits'];
    const empty = { inUse: nothing, slots: nothing, waiting: nothing, blocked: nothing };
    tenants.push({ key, words, lane: undefined, ...empty, throttled: nothing, rows });
  }
  return flat(tenants, known);
}

function nodeOf(row: LaneRow, prefix: string, waiting: Series): Node {
  const { lane, kind, name, account, of: _, ...series } = row;
  const words = account === undefined ? laneWords(kind, name) : `account ${account}`;
  return { key: prefix + lane, words, lane, ...series, waiting, rows: [] };
}

/** Accounts, and what is limited by endpoint, below the pool of their service. */
function inPools(nodes: readonly Node[]): readonly Node[] {
  const [pools, others] = parted(nodes, ({ lane }) => /^accounts:[^/]+\/[^/]+$/.test(lane ?? ''));
  const poolOf = ({ lane = '' }: Node) => {
    const service = /^accounts?:([^/]+)\//.exec(lane)?.[1];
    return pools.find(
      (pool) => service !== undefined && pool.lane?.startsWith(`accounts:${service}/`),
    );
  };
  const alone = others.filter((node) => poolOf(node) === undefined);
  const filled = pools.map((pool) => ({
    ...pool,
    rows: others.filter((node) => poolOf(node) === pool),
  }));
  return [...filled, ...alone];
}

function parted<T>(all: readonly T[], is: (each: T) => boolean): readonly [T[], T[]] {
  return [all.filter(is), all.filter((each) => !is(each))];
}

function flat(
  nodes: readonly Node[],
  known: readonly string[],
  depth: 1 | 2 | 3 = 1,
  parent?: string,
): HeatRow[] {
  const placeOf = ({ key }: Node) => {
    const place = known.indexOf(key);
    return place < 0 ? known.length : place;
  };
  return nodes
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .flatMap(({ rows, ...node }, i) => [
      {
        ...node,
        depth,
        parent,
        hasRows: rows.length > 0,
        place: i + 1,
        siblings: nodes.length,
      },
      ...flat(rows, known, depth === 1 ? 2 : 3, node.key),
    ]);
}

/** Without what is below rows that are folded. */
export function unfolded(rows: readonly HeatRow[], folded: ReadonlySet<string>): HeatRow[] {
  const hidden = new Set<string>();
  return rows.filter(({ key, parent }) => {
    const isHidden = parent !== undefined && (folded.has(parent) || hidden.has(parent));
    if (isHidden) hidden.add(key);
    return !isHidden;
  });
}

const REASONS: Readonly<Record<Reason, string>> = {
  concurrency: 'all slots in use',
  rate: 'at its rate',
  rest: 'asked to rest',
  breaker: 'does not answer',
};

/** A pool is shut by its own accounts: nobody asked it to rest. */
function reasonWords({ lane }: HeatRow, blocked: Reason): string {
  const isPool = blocked === 'rest' && lane?.startsWith('accounts:');
  return isPool ? 'no account was ready' : REASONS[blocked];
}

/** `14:02:10, account B: 96 % of 10 slots, 31 waiting, 4 throttled`. */
export function cellWords(row: HeatRow, column: number, atMs: readonly number[]): string {
  // By the newest look: a day that has begun since is named.
  const time = clockTime(atMs[column] ?? 0, atMs.at(-1) ?? 0, true);
  const where = shown(row.words, 80);
  const inUse = row.inUse[column];
  if (inUse === null || inUse === undefined) return `${time}, ${where}: nothing was there.`;
  const slots = row.slots[column] ?? -1;
  const throttled = row.throttled[column] ?? 0;
  const blocked = row.blocked[column];
  const parts = [
    slots > 0
      ? `${Math.round((inUse / slots) * 100)} % of ${count(slots)} slots`
      : `${count(inUse)} in use`,
    `${count(row.waiting[column] ?? 0)} waiting`,
    ...(throttled > 0 ? [`${count(throttled)} throttled`] : []),
    ...(blocked === null || blocked === undefined ? [] : [reasonWords(row, blocked)]),
  ];
  return `${time}, ${where}: ${parts.join(', ')}.`;
}

/** Class names of a cell: how full, and what else was the matter. */
export function cellClass(row: HeatRow, column: number): string {
  const inUse = row.inUse[column];
  if (inUse === null || inUse === undefined) return 'heat-none';
  const blocked = row.blocked[column];
  const hatched = blocked === 'rate' || (row.throttled[column] ?? 0) > 0;
  return [
    `heat-${stepOf(inUse, row.slots[column] ?? -1)}`,
    ...(blocked === 'rest' ? ['heat-dot'] : blocked === 'breaker' ? ['heat-notch'] : []),
    ...(hatched && blocked !== 'rest' && blocked !== 'breaker' ? ['heat-hatch'] : []),
  ].join(' ');
}

function stepOf(inUse: number, slots: number): number {
  if (inUse === 0) return 0;
  const share = slots <= 0 ? 0.1 : inUse / slots;
  return share >= 1 ? 4 : share >= 0.7 ? 3 : share >= 0.4 ? 2 : 1;
}
