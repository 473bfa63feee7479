/** All jobs, newest first, page by page: as quick with a million as with ten. */

import { useSignal } from '@preact/signals';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import { may, tenant } from '../api.ts';
import { focusedRow, useKeys } from '../keys.ts';
import { type EventName, useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { Bar, percent } from '../ui/bar.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { JOB_STATES, type Job, type JobState, type Overview } from '../wire.ts';
import { count, plural } from '../words.ts';
import { askToCancel, askToRetry } from './job-actions.ts';
import { filterText, type JobFilter, parseFilter } from './job-filter.ts';

const LIMIT = 50;

interface Listed {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

export function JobsPage() {
  const { before = '', ...rest } = query.value;
  const filter = parseFilter(rest);
  const parameters = new URLSearchParams({ limit: String(LIMIT) });
  if (filter.state !== undefined) parameters.set('state', filter.state);
  if (filter.collector !== undefined) parameters.set('collector', filter.collector);
  if (before !== '') parameters.set('before', before);
  const list = useResource<Listed>(`/v1/jobs?${parameters}`);
  const overview = useResource<Overview>('/v1/overview', 10_000);
  const fresh = useSignal<readonly string[]>([]);
  const latest = useRef(list);
  latest.current = list;
  const take = useCallback(
    (name: EventName, data: unknown) => {
      const { data: shown, set, reload } = latest.current;
      if (shown === undefined) return;
      if (name === 'reset') void reload();
      if (name !== 'job.state' && name !== 'job.progress') return;
      const next = withEvent(shown, data as Told);
      if (next !== undefined) set(next);
      else if (name === 'job.state') {
        // What is new waits until it is asked for: rows do not move while they are read.
        const { id } = (data as { job: Job }).job;
        if (!fresh.value.includes(id)) fresh.value = [...fresh.value, id];
      }
    },
    [fresh],
  );
  useLive('/v1/events', take);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const chosenNow = useCallback(
    () => (latest.current.data?.jobs ?? []).filter(({ id }) => selected.value.has(id)),
    [selected],
  );
  const toggle = useCallback(
    (id: string) => {
      const next = new Set(selected.value);
      if (!next.delete(id)) next.add(id);
      selected.value = next;
    },
    [selected],
  );
  const keys = useMemo(
    () => ({
      x: () => {
        const id = focusedRow();
        if (id !== undefined) toggle(id);
      },
      r: () => askToRetry(chosenNow(), latest.current.reload),
      c: () => askToCancel(chosenNow(), latest.current.reload),
      '.': () => void copy(`sluice jobs ls --server ${location.origin}`),
    }),
    [toggle, chosenNow],
  );
  useKeys(keys);
  const chosen = selected.value.size === 0 ? [] : chosenNow();
  const showFresh = () => {
    fresh.value = [];
    setQuery({ before: undefined });
    void list.reload();
    void overview.reload();
  };
  return (
    <>
      <Title text="Jobs" page="Jobs" />
      <Tabs filter={filter} overview={overview.data} />
      <FilterBar filter={filter} />
      {fresh.value.length > 0 && before === '' ? (
        <button type="button" class="fresh" onClick={showFresh}>
          {count(fresh.value.length)} new, show
        </button>
      ) : null}
      {chosen.length > 0 && may('run') ? (
        <p class="buttons">
          {plural(chosen.length, 'job')} selected
          <button type="button" onClick={keys.r}>
            Retry failed rows (r)
          </button>
          <button type="button" onClick={keys.c}>
            Cancel (c)
          </button>
        </p>
      ) : null}
      <Loaded of={list} lines={12}>
        {(shown) => (
          <List shown={shown} filter={filter} selected={selected.value} toggle={toggle} />
        )}
      </Loaded>
      <Pager next={list.data?.next} first={before === ''} />
    </>
  );
}

interface Told {
  readonly jobId: string;
  readonly job?: Job;
  readonly counters?: Job['counters'];
  readonly running?: number;
  readonly planned?: boolean;
}

function withEvent(shown: Listed, told: Told): Listed | undefined {
  const id = told.job?.id ?? told.jobId;
  if (!shown.jobs.some((job) => job.id === id)) return undefined;
  const { counters, running, planned } = told;
  const jobs = shown.jobs.map((job) => {
    if (job.id !== id) return job;
    if (told.job !== undefined) return { ...job, ...told.job };
    return {
      ...job,
      ...(counters === undefined ? {} : { counters }),
      ...(running === undefined ? {} : { running }),
      ...(planned === undefined ? {} : { planned }),
    };
  });
  return { ...shown, jobs };
}

interface TabsProps {
  readonly filter: JobFilter;
  readonly overview: Overview | undefined;
}

function Tabs({ filter, overview }: TabsProps) {
  const number = (state: JobState) => {
    if (overview === undefined) return '';
    const value = overview.counts[state] ?? 0;
    return ` ${value >= overview.countedTo ? `${overview.countedTo}+` : value}`;
  };
  const href = (state?: JobState) => {
    const text = new URLSearchParams({
      ...(state === undefined ? {} : { state }),
      ...(filter.collector === undefined ? {} : { collector: filter.collector }),
    }).toString();
    return text === '' ? '/jobs' : `/jobs?${text}`;
  };
  return (
    <nav class="tabs" aria-label="By state">
      <a href={href()} aria-current={filter.state === undefined ? 'true' : undefined}>
        All
      </a>
      {JOB_STATES.map((state) => (
        <a
          key={state}
          href={href(state)}
          aria-current={filter.state === state ? 'true' : undefined}
        >
          <State state={state} />
          <span class="quiet">{number(state)}</span>
        </a>
      ))}
    </nav>
  );
}

function FilterBar({ filter }: { readonly filter: JobFilter }) {
  const refused = useSignal('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = parseFilter({ text: String(form.get('filter') ?? '') });
    refused.value = given.unknown.join(' ');
    if (given.tenant !== undefined && may('operator')) tenant.value = given.tenant;
    setQuery({ state: given.state, collector: given.collector, before: undefined }, true);
  };
  return (
    <form class="filter" onSubmit={submit}>
      <label>
        <span class="unseen">Filter: state:, collector:, tenant:</span>
        <input
          key={filterText(filter)}
          name="filter"
          data-filter=""
          defaultValue={filterText(filter)}
          placeholder="state:failed collector:contacts"
          spellcheck={false}
        />
      </label>
      <button type="submit">Filter</button>
      {refused.value === '' ? null : (
        <p class="bad-text" role="alert">
          Not understood: <Said text={refused.value} max={80} />. What can be said: state:,
          collector:, tenant:.
        </p>
      )}
    </form>
  );
}

interface ListProps {
  readonly shown: Listed;
  readonly filter: JobFilter;
  readonly selected: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
}

function List({ shown, filter, selected, toggle }: ListProps) {
  if (shown.jobs.length === 0) return <None filter={filter} />;
  return (
    <Scroll label="Jobs">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Selected</span>
            </th>
            <th scope="col">Job</th>
            <th scope="col">State</th>
            <th scope="col" class="wide-cell">
              Progress
            </th>
            <th scope="col" class="number">
              Rows
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col">Tenant</th>
            <th scope="col">Begun</th>
          </tr>
        </thead>
        <tbody>
          {shown.jobs.map((job) => (
            <Row key={job.id} job={job} selected={selected.has(job.id)} toggle={toggle} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface RowProps {
  readonly job: Job;
  readonly selected: boolean;
  readonly toggle: (id: string) => void;
}

function Row({ job, selected, toggle }: RowProps) {
  const { counters } = job;
  return (
    <tr class={selected ? 'selected' : undefined}>
      <td>
        <input
          type="checkbox"
          checked={selected}
          aria-label={`Select ${job.id}`}
          onChange={() => toggle(job.id)}
        />
      </td>
      <td>
        <a href={`/jobs/${job.id}`} data-row={job.id}>
          {job.collector}: <Said text={job.input.name || job.id} max={60} />
        </a>
      </td>
      <td>
        <State state={job.state} />
      </td>
      <td class="wide-cell">
        <Bar job={job} />
        <span class="quiet small">{percent(job)}</span>
      </td>
      <td class="number">
        {job.planned ? '' : '≥ '}
        {count(counters.tasks)}
      </td>
      <td class="number">{count(counters.discarded)}</td>
      <td>{job.tenant}</td>
      <td>
        <When ms={job.createdMs} />
      </td>
    </tr>
  );
}

function None({ filter }: { readonly filter: JobFilter }) {
  const text = filterText(filter);
  if (text === '') {
    return (
      <Empty>
        <p>There is no job yet.</p>
        <a class="button main" href="/new">
          New job
        </a>
        <p>
          <code>sluice submit contacts websites.csv --server {location.origin}</code>
        </p>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>No job is like this:</p>
      <p class="buttons">
        {text.split(' ').map((word) => (
          <button
            key={word}
            type="button"
            aria-label={`Without ${word}`}
            onClick={() => setQuery({ [word.split(':', 1)[0] as string]: undefined }, true)}
          >
            {word} ✕
          </button>
        ))}
      </p>
    </Empty>
  );
}

function Pager({ next, first }: { readonly next: string | undefined; readonly first: boolean }) {
  if (first && next === undefined) return null;
  return (
    <p class="buttons">
      {first ? null : (
        <button type="button" onClick={() => setQuery({ before: undefined }, true)}>
          Newest
        </button>
      )}
      {next === undefined ? null : (
        <button type="button" onClick={() => setQuery({ before: next }, true)}>
          Older
        </button>
      )}
    </p>
  );
}
