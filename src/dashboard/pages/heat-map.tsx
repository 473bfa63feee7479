/** How full limits were, look by look: a map that is read by pointer or keys, or a table. */
import { useSignal } from '@preact/signals';
import { query, setQuery } from '../router.ts';
import { Empty } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { Said } from '../ui/text.tsx';
import { clockTime, count } from '../words.ts';
import { HeatGrid } from './heat-grid.tsx';
import { cellWords, type HeatRow, heatRows, type LaneHistory, unfolded } from './heat-rows.ts';

interface MapProps {
  readonly history: LaneHistory;
  readonly view: 'map' | 'table';
}

export function HeatMap({ history, view }: MapProps) {
  const { atMs } = history;
  // In the order in which each was first seen: busier ones do not push others away.
  const order = useSignal<readonly string[]>([]);
  const rows = heatRows(history, order.value);
  const unseen = rows.filter(({ key }) => !order.value.includes(key));
  if (unseen.length > 0) order.value = [...order.value, ...unseen.map(({ key }) => key)];
  if (rows.length === 0) {
    return (
      <Empty>
        <p>Nothing yet: it is looked every 10 seconds while the server runs.</p>
      </Empty>
    );
  }
  if (view === 'table') return <Table rows={rows} atMs={atMs} />;
  const folded = new Set((query.value.folded ?? '').split(',').map(decodeURIComponent));
  const fold = (key: string, is: boolean) => {
    const next = [...folded].filter((each) => each !== key && each !== '');
    const keys = is ? [...next, key] : next;
    setQuery({ folded: keys.map(encodeURIComponent).join(',') });
  };
  return <HeatGrid rows={unfolded(rows, folded)} atMs={atMs} folded={folded} fold={fold} />;
}

interface RowsProps {
  readonly rows: readonly HeatRow[];
  readonly atMs: readonly number[];
}

/** The newest look of each minute: sixty columns are no table. */
function Table({ rows, atMs }: RowsProps) {
  const columns = atMs.map((_, i) => i).filter((i) => (atMs.length - 1 - i) % 6 === 0);
  const newest = atMs.at(-1) ?? 0;
  return (
    <Scroll label="How full limits were">
      <table>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            {columns.map((i) => (
              <th key={i} scope="col" class="number">
                {clockTime(atMs[i] ?? 0, newest)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" class={`deep-${row.depth}`}>
                <Said text={row.words} max={60} />
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
