/** What was found, twenty at a time, with the columns that the collector declares. */

import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { Said } from '../ui/text.tsx';
import type { Collector, Job } from '../wire.ts';
import { count, ended, valueText } from '../words.ts';

const LIMIT = 20;
const COLUMNS_MAX = 12;

interface Item {
  readonly seq: number;
  readonly index: number;
  readonly record: unknown;
}

interface Part {
  readonly records: readonly Item[];
  readonly next?: string;
}

export function ItemsTab({ job }: { readonly job: Job }) {
  const { row } = query.value;
  // Rows end about in the order of the input: near the last that ended are the newest.
  const newest = Math.max(0, ended(job.counters) + job.counters.duplicates - LIMIT);
  const from = row === undefined ? 0 : Number(row) || 0;
  const parameters = new URLSearchParams({ format: 'json', limit: String(LIMIT) });
  // Behind the last of the row before.
  if (from > 0) parameters.set('after', `${from - 1}.999999999`);
  const part = useResource<Part>(`/v1/jobs/${job.id}/records?${parameters}`);
  const collector = useResource<Collector>(`/v1/collectors/${encodeURIComponent(job.collector)}`);
  const last = part.data?.records.at(-1);
  return (
    <>
      <p class="buttons">
        <button type="button" onClick={() => setQuery({ row: undefined })}>
          First
        </button>
        <button
          type="button"
          disabled={part.data === undefined || part.data.records.length < LIMIT}
          onClick={() => setQuery({ row: String((last?.seq ?? 0) + 1) })}
        >
          Next
        </button>
        <button type="button" onClick={() => setQuery({ row: String(newest) })}>
          Newest
        </button>
        <button type="button" class="plain" onClick={() => void part.reload()}>
          Look again
        </button>
        <span class="quiet">{count(job.counters.records)} in all</span>
      </p>
      <Loaded of={part} lines={10}>
        {({ records }) => <Items records={records} declared={columnsOf(collector.data)} />}
      </Loaded>
    </>
  );
}

function columnsOf(collector: Collector | undefined): readonly string[] {
  const { properties } = (collector?.record ?? {}) as { readonly properties?: object };
  return Object.keys(properties ?? {});
}

interface ItemsProps {
  readonly records: readonly Item[];
  readonly declared: readonly string[];
}

function Items({ records, declared }: ItemsProps) {
  if (records.length === 0) return <p class="empty">Nothing has been found from here on so far.</p>;
  const found = new Set(records.flatMap(({ record }) => Object.keys(plain(record))));
  const columns = [
    ...declared.filter((name) => found.has(name)),
    ...[...found].filter((name) => !declared.includes(name)),
  ].slice(0, COLUMNS_MAX);
  return (
    <Scroll label="Items">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Row
            </th>
            {columns.map((name) => (
              <th key={name} scope="col">
                <Said text={name} max={40} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map(({ seq, index, record }) => (
            <tr key={`${seq}.${index}`}>
              <td class="number">
                <button
                  type="button"
                  class="link"
                  data-row={String(seq)}
                  onClick={() => setQuery({ task: String(seq) }, true)}
                >
                  {count(seq)}
                </button>
              </td>
              {columns.map((name) => (
                <td key={name}>
                  <Said text={valueText(plain(record)[name])} max={120} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function plain(record: unknown): Readonly<Record<string, unknown>> {
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) {
    return record as Record<string, unknown>;
  }
  return { value: record };
}
