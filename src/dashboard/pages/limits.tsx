/**
 * Every limit that work waits for: what it allows, how full it is, what waits, and until when.
 * Operators set them here, after a look at what that will do.
 */
import { useSignal } from '@preact/signals';
import { may } from '../api.ts';
import { useKeys } from '../keys.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { nowMs } from '../ticking.ts';
import { Gauge } from '../ui/gauge.tsx';
import { DO, numbers, Table } from '../ui/list.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { Lane } from '../wire.ts';
import { clockTime, count, plural, rate, relative, shutWords } from '../words.ts';
import { HeatMap } from './heat-map.tsx';
import type { LaneHistory } from './heat-rows.ts';
import { LimitDialog } from './limit-dialog.tsx';
import { ByHand, type KnownLimit } from './limits-by-hand.tsx';
import { type Seat, SeatTree } from './seat-tree.tsx';

const LANES_MS = 2_000;
const HISTORY_MS = 10_000;

/** Order and words of the kinds; others come behind them. */
const KINDS: Readonly<Record<string, string>> = {
  host: 'Hosts',
  accounts: 'Pools of accounts',
  account: 'Accounts',
  'rows-per-day': 'Rows a day of tenants',
  turn: 'Jobs in line',
};

const nothing = () => {};
const KEYS = { '.': () => void copy(`sluice limits ls --server ${location.origin}`) };

export function LimitsPage() {
  const lanes = useResource<{ readonly lanes: readonly Lane[] }>('/v1/lanes?limit=300', LANES_MS);
  const history = useResource<LaneHistory>('/v1/lanes/history', HISTORY_MS);
  useLive('/v1/events', nothing);
  useKeys(KEYS);
  const seats = useResource<{ readonly seats: readonly Seat[] }>('/v1/seats', LANES_MS);
  const operator = may('operator');
  const byHand = useResource<{ readonly limits: readonly KnownLimit[] }>(
    operator ? '/v1/lanes/limits' : undefined,
    HISTORY_MS,
  );
  const edited = useSignal<string | undefined>(undefined);
  const edit = operator
    ? (lane: string) => {
        edited.value = lane;
      }
    : undefined;
  const changed = () => Promise.all([lanes.reload(), byHand.reload(), seats.reload()]);
  const view = query.value.view === 'table' ? 'table' : 'map';
  const all = lanes.data?.lanes ?? [];
  const blocked = all.filter((lane) => lane.blocked !== undefined && lane.waiting > 0);
  const sum = all.reduce((total, lane) => total + lane.waiting, 0);
  const headline =
    lanes.data === undefined
      ? 'Looking…'
      : all.length === 0
        ? 'Nothing is limited at the moment.'
        : `${plural(blocked.length, 'limit')} ${blocked.length === 1 ? 'holds' : 'hold'} work back, ${plural(sum, 'row')} waiting.`;
  return (
    <>
      <Title text={headline} page="Limits" />
      <Loaded of={lanes} lines={10}>
        {(shown) =>
          shown.lanes.length === 0 ? <None /> : <Tree lanes={shown.lanes} edit={edit} />
        }
      </Loaded>
      <section>
        <h2>Seats of this server</h2>
        <Loaded of={seats} lines={4}>
          {(shown) => <SeatTree seats={shown.seats} edit={edit} />}
        </Loaded>
      </section>
      {operator ? (
        <section>
          <h2>Set by hand</h2>
          <Loaded of={byHand} lines={2}>
            {(shown) => <ByHand limits={shown.limits} edit={(lane) => edit?.(lane)} />}
          </Loaded>
        </section>
      ) : null}
      <section>
        <h2>The last 10 minutes</h2>
        <p class="buttons">
          <button
            type="button"
            aria-pressed={view === 'map'}
            onClick={() => setQuery({ view: undefined })}
          >
            Heat map
          </button>
          <button
            type="button"
            aria-pressed={view === 'table'}
            onClick={() => setQuery({ view: 'table' })}
          >
            Table
          </button>
        </p>
        <Loaded of={history} lines={4}>
          {(shown) => <HeatMap history={shown} view={view} />}
        </Loaded>
      </section>
      {edited.value === undefined ? null : (
        <LimitDialog
          lane={edited.value === '' ? undefined : edited.value}
          set={byHand.data?.limits.find(({ lane }) => lane === edited.value)}
          then={changed}
          onClose={() => {
            edited.value = undefined;
          }}
        />
      )}
    </>
  );
}

function None() {
  return (
    <Empty>
      <p>Limits appear here while jobs run: hosts, accounts, tenants, jobs.</p>
      <a class="button" href="/new">
        New job
      </a>
    </Empty>
  );
}

type Edit = ((lane: string) => void) | undefined;

function Tree({ lanes, edit }: { readonly lanes: readonly Lane[]; readonly edit: Edit }) {
  // In the order in which each was first seen: busier ones do not push others away.
  const order = useSignal<readonly string[]>([]);
  const known = new Map(lanes.map((lane) => [lane.lane, lane]));
  const unseen = lanes.filter(({ lane }) => !order.value.includes(lane));
  if (unseen.length > 0) order.value = [...order.value, ...unseen.map(({ lane }) => lane)];
  const shown = order.value.flatMap((lane) => known.get(lane) ?? []);
  const kinds = [...new Set([...Object.keys(KINDS), ...shown.map(({ kind }) => kind)])];
  return (
    <>
      {kinds.map((kind) => {
        const own = shown.filter((lane) => lane.kind === kind);
        return own.length === 0 ? null : <Kind key={kind} kind={kind} lanes={own} edit={edit} />;
      })}
    </>
  );
}

interface KindProps {
  readonly kind: string;
  readonly lanes: readonly Lane[];
  readonly edit: Edit;
}

function Kind({ kind, lanes, edit }: KindProps) {
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  const word = KINDS[kind] ?? kind.replaceAll('-', ' ');
  return (
    <details class="kind" open>
      <summary>
        <h2>
          {word} <span class="quiet">({count(lanes.length)})</span>
        </h2>
        {waiting > 0 ? <span class="quiet">{count(waiting)} waiting</span> : null}
      </summary>
      <Table
        label={word}
        columns={[
          ...['Limit', 'Now', { word: 'In use', class: 'wide-cell' }],
          ...[numbers('Rate'), numbers('Waiting'), 'Moves again'],
          ...(edit === undefined ? [] : [DO]),
        ]}
        rows={lanes}
      >
        {(lane) => <Row key={lane.lane} lane={lane} edit={edit} />}
      </Table>
    </details>
  );
}

function Row({ lane, edit }: { readonly lane: Lane; readonly edit: Edit }) {
  const { name, inUse, slots, perSecond, waiting, blocked, untilMs } = lane;
  const now = nowMs.value;
  // It has no seats, and is set with the tenant's other limits.
  const isShare = lane.kind === 'rows-per-day';
  return (
    <tr>
      <td>
        <Said text={name} max={80} />
        {lane.set === undefined ? null : <span class="quiet small"> set by hand</span>}
      </td>
      <td>
        <State state={blocked ?? 'open'} word={shutWords(lane)} />
      </td>
      <td class="wide-cell">{isShare ? <Dash /> : <Gauge inUse={inUse} slots={slots} />}</td>
      <td class="number">{perSecond === undefined ? <Dash /> : rate(perSecond)}</td>
      <td class="number">{count(waiting)}</td>
      <td>
        {untilMs === undefined ? (
          blocked === undefined ? (
            <Dash />
          ) : (
            'when a slot is free'
          )
        ) : (
          `${clockTime(untilMs, now, true)} (${relative(untilMs, now)})`
        )}
      </td>
      {edit === undefined ? null : (
        <td>
          {isShare ? (
            <a href="/settings">Tenants</a>
          ) : lane.kind === 'turn' ? (
            <a href="/settings">Settings</a>
          ) : (
            <button
              type="button"
              class="link"
              aria-label={`Change the limit of ${name}`}
              onClick={() => edit(lane.lane)}
            >
              Change…
            </button>
          )}
        </td>
      )}
    </tr>
  );
}
