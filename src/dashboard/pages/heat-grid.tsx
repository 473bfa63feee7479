/**
 * The heat map as a grid of cells in a tree of rows. One cell or row has focus and the arrow keys
 * move it; a cell keeps it while its time moves to the left. Enter shows the jobs that wait there.
 */
import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { go } from '../router.ts';
import { Scroll } from '../ui/scroll.tsx';
import { clockTime, shown } from '../words.ts';
import { cellClass, cellWords, type HeatRow } from './heat-rows.ts';

const NAME_CHARS = 34;
/** Columns under one time. */
const TIME_COLUMNS = 12;

interface GridProps {
  readonly rows: readonly HeatRow[];
  readonly atMs: readonly number[];
  readonly folded: ReadonlySet<string>;
  readonly fold: (key: string, is: boolean) => void;
}

/** A row's name (`timeMs` undefined) or one of its cells. */
interface At {
  readonly key: string;
  readonly timeMs: number | undefined;
}

export function HeatGrid({ rows, atMs, folded, fold }: GridProps) {
  const first = rows[0]?.key ?? '';
  const at = useSignal<At>({ key: first, timeMs: undefined });
  const read = useSignal<At | undefined>(undefined);
  const table = useRef<HTMLTableElement>(null);
  if (!rows.some(({ key }) => key === at.value.key)) at.value = { key: first, timeMs: undefined };
  if (at.value.timeMs !== undefined && !atMs.includes(at.value.timeMs)) {
    at.value = { ...at.value, timeMs: atMs[0] };
  }
  // At once: keys that follow each other quickly count from where focus is.
  const move = ({ key, timeMs }: At) => {
    const shownRows = [...(table.current?.tBodies[0]?.rows ?? [])];
    const row = shownRows.find(({ dataset }) => dataset.key === key);
    row?.cells[timeMs === undefined ? 0 : atMs.indexOf(timeMs) + 1]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = step(event.key, { rows, atMs, folded, at: at.value });
    if (next === undefined) return;
    event.preventDefault();
    if ('at' in next) move(next.at);
    else if ('fold' in next) fold(next.fold, next.is);
    else show(next.show);
  };
  const placeOf = (target: EventTarget | null): At | undefined => {
    const cell = (target as Element).closest<HTMLTableCellElement>('td, th');
    const key = cell?.closest('tr')?.dataset.key;
    if (cell === null || key === undefined) return undefined;
    return { key, timeMs: cell.cellIndex === 0 ? undefined : atMs[cell.cellIndex - 1] };
  };
  const onClick = (event: MouseEvent) => {
    const to = placeOf(event.target);
    const row = rows.find(({ key }) => key === to?.key);
    if (to === undefined || row === undefined) return;
    move(to);
    const folds = (event.target as Element).closest('[data-fold]') !== null;
    if (folds) fold(row.key, !folded.has(row.key));
    else show(row);
  };
  return (
    <>
      <Scroll label="Heat map" atEnd>
        <table
          ref={table}
          class="heat"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: what is in it is
          role="treegrid"
          aria-label="How full limits were: arrow keys read, Enter shows the jobs that wait there"
          onKeyDown={onKeyDown}
          onFocusIn={(event) => {
            at.value = placeOf(event.target) ?? at.value;
            read.value = at.value;
          }}
          onClick={onClick}
          onPointerOver={(event) => {
            read.value = placeOf(event.target) ?? read.value;
          }}
        >
          <tbody>
            {rows.map((row) => (
              <Row
                key={row.key}
                row={row}
                atMs={atMs}
                at={at}
                isFolded={row.hasRows ? folded.has(row.key) : undefined}
              />
            ))}
          </tbody>
          <Times atMs={atMs} />
        </table>
      </Scroll>
      <Words rows={rows} atMs={atMs} read={read} />
      <Legend />
    </>
  );
}

interface State {
  readonly rows: readonly HeatRow[];
  readonly atMs: readonly number[];
  readonly folded: ReadonlySet<string>;
  readonly at: At;
}

type Step =
  | { readonly at: At }
  | { readonly fold: string; readonly is: boolean }
  | { readonly show: HeatRow };

/** What a key does, as in every tree of rows. */
function step(pressed: string, { rows, atMs, folded, at }: State): Step | undefined {
  const y = rows.findIndex(({ key }) => key === at.key);
  const row = rows[y];
  if (row === undefined) return undefined;
  const x = at.timeMs === undefined ? -1 : atMs.indexOf(at.timeMs);
  const cell = (column: number): Step => ({ at: { key: row.key, timeMs: atMs[column] } });
  const below = (by: number): Step => {
    const next = rows[Math.min(Math.max(y + by, 0), rows.length - 1)] as HeatRow;
    return { at: { ...at, key: next.key } };
  };
  const isOpen = row.hasRows && !folded.has(row.key);
  switch (pressed) {
    case 'ArrowUp':
      return below(-1);
    case 'ArrowDown':
      return below(1);
    case 'ArrowRight':
      if (x < 0 && row.hasRows && !isOpen) return { fold: row.key, is: false };
      return cell(Math.min(x + 1, atMs.length - 1));
    case 'ArrowLeft':
      if (x > 0) return cell(x - 1);
      if (x === 0) return { at: { key: row.key, timeMs: undefined } };
      if (isOpen) return { fold: row.key, is: true };
      return { at: { key: row.parent ?? row.key, timeMs: undefined } };
    case 'Home':
      return { at: { key: row.key, timeMs: undefined } };
    case 'End':
      return cell(atMs.length - 1);
    case ' ':
      return row.hasRows ? { fold: row.key, is: isOpen } : cell(x);
    case 'Enter':
      return { show: row };
    default:
      return undefined;
  }
}

function show({ lane }: HeatRow): void {
  if (lane !== undefined) go(`/jobs?${new URLSearchParams({ waiting: lane })}`);
}

interface RowProps {
  readonly row: HeatRow;
  readonly atMs: readonly number[];
  readonly at: Signal<At>;
  /** undefined: there is nothing to fold. */
  readonly isFolded: boolean | undefined;
}

function Row({ row, atMs, at, isFolded }: RowProps) {
  // `name`, a time, or undefined where focus is elsewhere: other rows are not drawn again.
  const focus = useComputed(() => (at.value.key === row.key ? (at.value.timeMs ?? 'name') : 0));
  const focused = focus.value;
  return (
    <tr
      data-key={row.key}
      aria-level={row.depth}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-expanded={isFolded === undefined ? undefined : !isFolded}
    >
      <th scope="row" class={`deep-${row.depth}`} tabIndex={focused === 'name' ? 0 : -1}>
        <span class="fold" data-fold={isFolded === undefined ? undefined : ''} aria-hidden="true">
          {isFolded === undefined ? '' : isFolded ? '▸' : '▾'}
        </span>
        {shown(row.words, NAME_CHARS).replace(/… \(.*$/, '…')}
      </th>
      {atMs.map((time, column) => (
        <td
          key={time}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: in a grid it is one
          role="gridcell"
          class={cellClass(row, column)}
          tabIndex={focused === time ? 0 : -1}
          aria-label={cellWords(row, column, atMs)}
        />
      ))}
    </tr>
  );
}

/** Below the map: a time every two minutes, the newest at the end. */
function Times({ atMs }: { readonly atMs: readonly number[] }) {
  const begun = atMs.length % TIME_COLUMNS;
  const whole = Array.from(
    { length: Math.floor(atMs.length / TIME_COLUMNS) },
    (_, i) => begun + (i + 1) * TIME_COLUMNS - 1,
  );
  return (
    <tfoot aria-hidden="true">
      <tr>
        <td />
        {begun === 0 ? null : <td colSpan={begun} />}
        {whole.map((column) => (
          <td key={column} colSpan={TIME_COLUMNS}>
            {clockTime(atMs[column] ?? 0, atMs.at(-1) ?? 0)}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}

interface WordsProps {
  readonly rows: readonly HeatRow[];
  readonly atMs: readonly number[];
  readonly read: Signal<At | undefined>;
}

function Words({ rows, atMs, read }: WordsProps) {
  const row = rows.find(({ key }) => key === read.value?.key);
  const column = atMs.indexOf(read.value?.timeMs ?? -1);
  return (
    <p class="heat-words">
      {row === undefined || column < 0
        ? 'Point at a cell, or use the arrow keys, to read it; Enter or a click shows the jobs that wait there.'
        : cellWords(row, column, atMs)}
    </p>
  );
}

function Legend() {
  return (
    <ul class="legend small">
      {['idle', 'up to 40 %', 'up to 70 %', 'up to 99 %', 'full'].map((word, i) => (
        <li key={word}>
          <span class={`dot heat-${i}`} aria-hidden="true" />
          {word}
        </li>
      ))}
      {[
        ['heat-hatch', 'throttled, or at its rate'],
        ['heat-dot', 'asked to rest'],
        ['heat-notch', 'does not answer'],
      ].map(([mark, word]) => (
        <li key={word}>
          <span class={`dot heat-1 ${mark}`} aria-hidden="true" />
          {word}
        </li>
      ))}
    </ul>
  );
}
