/** How full limits were, look by look: a map that is read by pointer or keys, or a table. */
import { useSignal } from '@preact/signals';
import { nowMs } from '../ticking.ts';
import { Empty } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { Said } from '../ui/text.tsx';
import type { Reason } from '../wire.ts';
import { clockTime, count, laneWords, shown } from '../words.ts';

const COLUMNS = 60;
const WIDE = 12;
const HIGH = 20;
const NAME_CHARS = 30;
const LEFT = 210;

interface LaneRow {
  readonly lane: string;
  readonly kind: string;
  readonly name: string;
  readonly inUse: readonly (number | null)[];
  readonly slots: readonly (number | null)[];
  readonly waiting: readonly (number | null)[];
  readonly blocked: readonly (Reason | null)[];
}

export interface LaneHistory {
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly lanes: readonly LaneRow[];
}

interface MapProps {
  readonly history: LaneHistory;
  readonly view: 'map' | 'table';
}

export function HeatMap({ history, view }: MapProps) {
  const { lanes, atMs } = history;
  const order = useSignal<readonly string[]>([]);
  const unseen = lanes.filter(({ lane }) => !order.value.includes(lane));
  if (unseen.length > 0) order.value = [...order.value, ...unseen.map(({ lane }) => lane)];
  const known = new Map(lanes.map((row) => [row.lane, row]));
  const rows = order.value.flatMap((lane) => known.get(lane) ?? []);
  if (rows.length === 0) {
    return (
      <Empty>
        <p>Nothing yet: it is looked every 10 seconds while the server runs.</p>
      </Empty>
    );
  }
  return view === 'table' ? <Table rows={rows} atMs={atMs} /> : <Cells rows={rows} atMs={atMs} />;
}

interface RowsProps {
  readonly rows: readonly LaneRow[];
  readonly atMs: readonly number[];
}

function Cells({ rows, atMs }: RowsProps) {
  const at = useSignal<readonly [number, number] | undefined>(undefined);
  const move = (row: number, column: number) => {
    const y = Math.min(Math.max(row, 0), rows.length - 1);
    at.value = [y, Math.min(Math.max(column, 0), atMs.length - 1)];
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [row, column] = at.value ?? [0, atMs.length - 1];
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (by === undefined) return;
    event.preventDefault();
    move(row + (by[0] as number), column + (by[1] as number));
  };
  const onPointerMove = (event: PointerEvent) => {
    const cell = (event.target as Element).closest<SVGElement>('[data-cell]')?.dataset.cell;
    const [row, column] = cell?.split('.').map(Number) ?? [];
    if (row !== undefined && column !== undefined) move(row, column);
  };
  const [y, x] = at.value ?? [];
  const width = LEFT + COLUMNS * WIDE + 2;
  const height = rows.length * HIGH + 18;
  return (
    <>
      <Scroll label="Heat map" atEnd>
        {/* biome-ignore lint/a11y/useSemanticElements: a set of fields it is not */}
        <div
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: cells are read by the arrow keys
          tabIndex={0}
          aria-label="Heat map: arrow keys read its cells, the table has them all"
          onKeyDown={onKeyDown}
          onPointerMove={onPointerMove}
        >
          <svg class="heat" width={width} height={height} aria-hidden="true">
            {rows.map((row, r) => (
              <g key={row.lane}>
                <text x={LEFT - 8} y={r * HIGH + 14} text-anchor="end">
                  {shown(laneWords(row.kind, row.name), NAME_CHARS).replace(/… \(.*$/, '…')}
                </text>
                {atMs.map((time, c) => (
                  <Cell key={time} row={row} r={r} c={c} x={LEFT + c * WIDE} />
                ))}
              </g>
            ))}
            {atMs.map((time, c) =>
              (atMs.length - 1 - c) % 12 === 0 ? (
                <text
                  key={time}
                  class="heat-time"
                  x={LEFT + (c + 1) * WIDE}
                  y={rows.length * HIGH + 14}
                  text-anchor="end"
                >
                  {clockTime(time, nowMs.value)}
                </text>
              ) : null,
            )}
            {x === undefined || y === undefined ? null : (
              <rect class="heat-at" x={LEFT + x * WIDE} y={y * HIGH} width={WIDE} height={HIGH} />
            )}
          </svg>
        </div>
      </Scroll>
      <p class="heat-words" aria-live="polite">
        {x === undefined || y === undefined
          ? 'Point at a cell, or use the arrow keys, to read it.'
          : cellWords(rows[y] as LaneRow, x, atMs)}
      </p>
      <ul class="legend small">
        {[0, 1, 2, 3, 4].map((step) => (
          <li key={step}>
            <span class={`dot heat-${step}`} aria-hidden="true" />
            {['idle', 'up to 40 %', 'up to 70 %', 'up to 99 %', 'full'][step]}
          </li>
        ))}
        <li>/ at its rate</li>
        <li>● asked to rest</li>
        <li>▲ does not answer</li>
      </ul>
    </>
  );
}

interface CellProps {
  readonly row: LaneRow;
  readonly r: number;
  readonly c: number;
  readonly x: number;
}

function Cell({ row, r, c, x }: CellProps) {
  const inUse = row.inUse[c];
  if (inUse === null || inUse === undefined) return null;
  const y = r * HIGH;
  const mark = { rate: '/', rest: '●', breaker: '▲', concurrency: '' }[
    row.blocked[c] ?? 'concurrency'
  ];
  const step = stepOf(inUse, row.slots[c] ?? -1);
  return (
    <g data-cell={`${r}.${c}`}>
      <rect class={`heat-${step}`} x={x} y={y} width={WIDE - 1} height={HIGH - 1} />
      {mark === '' ? null : (
        <text
          class={`heat-mark heat-mark-${step}`}
          x={x + WIDE / 2 - 0.5}
          y={y + 14}
          text-anchor="middle"
        >
          {mark}
        </text>
      )}
    </g>
  );
}

function stepOf(inUse: number, slots: number): number {
  if (inUse === 0) return 0;
  const share = slots <= 0 ? 0.1 : inUse / slots;
  return share >= 1 ? 4 : share >= 0.7 ? 3 : share >= 0.4 ? 2 : 1;
}

const REASONS: Readonly<Record<Reason, string>> = {
  concurrency: 'all slots in use',
  rate: 'at its rate',
  rest: 'asked to rest',
  breaker: 'does not answer',
};

/** `14:02:10, host a.example: 96 % of 10 slots, 31 waiting, at its rate`. */
function cellWords(row: LaneRow, column: number, atMs: readonly number[]): string {
  const time = clockTime(atMs[column] ?? 0, nowMs.value, true);
  const where = shown(laneWords(row.kind, row.name), 80);
  const inUse = row.inUse[column];
  if (inUse === null || inUse === undefined) return `${time}, ${where}: nothing was there.`;
  const slots = row.slots[column] ?? -1;
  const use =
    slots > 0
      ? `${Math.round((inUse / slots) * 100)} % of ${count(slots)} slots`
      : `${count(inUse)} in use`;
  const blocked = row.blocked[column];
  const why = blocked === null || blocked === undefined ? '' : `, ${REASONS[blocked]}`;
  return `${time}, ${where}: ${use}, ${count(row.waiting[column] ?? 0)} waiting${why}.`;
}

/** The newest look of each minute: sixty columns are no table. */
function Table({ rows, atMs }: RowsProps) {
  const columns = atMs.map((_, i) => i).filter((i) => (atMs.length - 1 - i) % 6 === 0);
  return (
    <Scroll label="How full limits were">
      <table>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            {columns.map((i) => (
              <th key={i} scope="col" class="number">
                {clockTime(atMs[i] ?? 0, nowMs.value)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.lane}>
              <th scope="row">
                <Said text={laneWords(row.kind, row.name)} max={60} />
              </th>
              {columns.map((i) => (
                <td key={i} class="number" title={cellWords(row, i, atMs)}>
                  {row.inUse[i] ?? '—'}
                  {(row.slots[i] ?? -1) > 0 ? `/${row.slots[i]}` : ''}
                  {(row.waiting[i] ?? 0) > 0 ? ` +${count(row.waiting[i] ?? 0)}` : ''}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
