/** Rows of a job by what has become of them, page by page in the order of the input. */

import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { RowInput } from '../ui/fields.tsx';
import { Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said } from '../ui/text.tsx';
import type { Job, Task, TaskState } from '../wire.ts';
import { count, duration } from '../words.ts';

const STATES: readonly TaskState[] = [
  'discarded',
  'waiting',
  'available',
  'completed',
  'cancelled',
];
const LIMIT = 50;

interface Page {
  readonly tasks: readonly Task[];
  readonly next?: number;
}

export function TasksTab({ job }: { readonly job: Job }) {
  const { state = '', group = '', after = '' } = query.value;
  const parameters = new URLSearchParams({ limit: String(LIMIT) });
  if (group !== '') parameters.set('fingerprint', group);
  else if (state !== '') parameters.set('state', state);
  if (after !== '') parameters.set('after', after);
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
      <Loaded of={page} lines={10}>
        {({ tasks, next }) => (
          <>
            <Rows tasks={tasks} column={job.input.column} />
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
}

function Rows({ tasks, column }: RowsProps) {
  if (tasks.length === 0) return <p class="empty">No row is like this here.</p>;
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
