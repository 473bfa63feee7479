/** Rows of a job by what has become of them, page by page in the order of the input. */

import { useMemo } from 'preact/hooks';
import { filterQuery, filterText, parseFilter, ROW_STATES, ROW_WORDS, spanMs } from '../filter.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { clock } from '../ticking.ts';
import { RowInput } from '../ui/fields.tsx';
import { FilterBar } from '../ui/filter-bar.tsx';
import { Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said } from '../ui/text.tsx';
import type { Group, Job, Task, TaskState } from '../wire.ts';
import { count, duration } from '../words.ts';

const STATES: readonly TaskState[] = ROW_STATES;
const SINCE = ['10m', '1h', '24h', '7d'];
const LIMIT = 50;

interface Page {
  readonly tasks: readonly Task[];
  readonly next?: number;
}

interface TasksTabProps {
  readonly job: Job;
  readonly failures: readonly Group[];
}

/** Rows that failed are called discarded where they are stored. */
function asStored(text: string): string {
  return text.replace(/(^|\s)state:failed(?=\s|$)/g, '$1state:discarded');
}

function codesOf(failures: readonly Group[]): readonly string[] {
  return [...new Set(failures.map(({ sample }) => sample.code))];
}

export function TasksTab({ job, failures }: TasksTabProps) {
  const { state = '', group = '', after = '', failure = '', since = '', q = '' } = query.value;
  const sinceMs = useMemo(() => {
    const span = spanMs(since);
    return span === undefined ? '' : String(clock.wallMs() - span);
  }, [since]);
  const parameters = new URLSearchParams({ limit: String(LIMIT) });
  if (group !== '') parameters.set('fingerprint', group);
  else if (state !== '') parameters.set('state', state);
  const wishes = { failure, since: sinceMs, text: q, after };
  for (const [name, value] of Object.entries(wishes)) if (value !== '') parameters.set(name, value);
  const page = useResource<Page>(`/v1/jobs/${job.id}/tasks?${parameters}`);
  const number = (each: TaskState) => {
    const { counters } = job;
    if (each === 'available') return '';
    return ` ${count(counters[each])}`;
  };
  return (
    <div id="rows">
      <nav class="buttons" aria-label="Which rows">
        <button
          type="button"
          aria-pressed={state === '' && group === ''}
          onClick={() => setQuery({ state: undefined, group: undefined, after: undefined })}
        >
          All {job.planned ? count(job.counters.tasks) : ''}
        </button>
        {STATES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={state === each && group === ''}
            onClick={() => setQuery({ state: each, group: undefined, after: undefined })}
          >
            <State state={each} />
            {number(each)}
          </button>
        ))}
        {group === '' ? null : (
          <button type="button" aria-pressed={true} onClick={() => setQuery({ group: undefined })}>
            of one group of failures ✕
          </button>
        )}
        <button type="button" class="plain" onClick={() => void page.reload()}>
          Look again
        </button>
      </nav>
      <FilterBar
        name="rows"
        text={filterText(query.value, ROW_WORDS)}
        known={{ state: ROW_STATES, failure: codesOf(failures), since: SINCE }}
        parse={(text) => parseFilter(asStored(text), ROW_WORDS, ROW_STATES)}
        onFilter={(filter) => {
          const parts = filterQuery(filter, ROW_WORDS);
          setQuery({ ...parts, group: undefined, after: undefined }, true);
        }}
      />
      <Loaded of={page} lines={10}>
        {({ tasks, next }) => (
          <>
            <Rows tasks={tasks} column={job.input.column} more={next !== undefined} />
            <p class="buttons">
              {after === '' ? null : (
                <button type="button" onClick={() => setQuery({ after: undefined }, true)}>
                  First
                </button>
              )}
              {next === undefined ? null : (
                <button type="button" onClick={() => setQuery({ after: String(next) }, true)}>
                  Next
                </button>
              )}
            </p>
          </>
        )}
      </Loaded>
    </div>
  );
}

interface RowsProps {
  readonly tasks: readonly Task[];
  readonly column: string | undefined;
  /** Whether others are still to be looked through. */
  readonly more: boolean;
}

function Rows({ tasks, column, more }: RowsProps) {
  if (tasks.length === 0) {
    const words = more
      ? 'No row is like this among those looked through so far.'
      : 'No row is like this here.';
    return <p class="empty">{words}</p>;
  }
  return (
    <Scroll label="Rows">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Row
            </th>
            <th scope="col">State</th>
            <th scope="col">Input</th>
            <th scope="col" class="number">
              Attempts
            </th>
            <th scope="col" class="number">
              Items
            </th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <Row key={task.seq} task={task} column={column} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ task, column }: { readonly task: Task; readonly column: string | undefined }) {
  const { seq, state, input, attempts, recordCount, durationMs, failure } = task;
  return (
    <tr>
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
      <td>
        <State state={state} />
      </td>
      <td class="main-cell">
        {input === undefined ? <Dash /> : <RowInput input={input} column={column} />}
      </td>
      <td class="number">{count(attempts)}</td>
      <td class="number">{count(recordCount)}</td>
      <td class="number">{durationMs === undefined ? <Dash /> : duration(durationMs)}</td>
      <td>{failure === undefined ? '' : <Said text={failure.message} max={160} />}</td>
    </tr>
  );
}
