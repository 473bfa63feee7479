/** All jobs, newest first, page by page: as quick with a million as with ten. */

import { useSignal } from '@preact/signals';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import { may, tenant } from '../api.ts';
import { filterQuery, filterText, JOB_WORDS, parseFilter, spanMs } from '../filter.ts';
import { focusedRow, useKeys } from '../keys.ts';
import { type EventName, useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { clock } from '../ticking.ts';
import { Bar, percent } from '../ui/bar.tsx';
import { FilterBar } from '../ui/filter-bar.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { type Job, type Overview, SHOWN_STATES, type ShownState } from '../wire.ts';
import { count, plural } from '../words.ts';
import { askToCancel, askToRetry } from './job-actions.ts';

const LIMIT = 50;
const SINCE = ['1h', '24h', '7d', '30d'];
/** Often met; any other can be typed. */
const FAILURES = ['http.404', 'http.403', 'http.503', 'fetch.dns_not_found', 'fetch.timeout'];
const JOB_FILTERS = [...JOB_WORDS, 'q'];

interface Listed {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

export function JobsPage() {
  const { before = '', state = '', collector = '', failure = '' } = query.value;
  const { since = '', waiting = '', q = '' } = query.value;
  const sinceMs = useMemo(() => {
    const span = spanMs(since);
    return span === undefined ? '' : String(clock.wallMs() - span);
  }, [since]);
  const asked = { state, waiting, collector, failure, since: sinceMs, text: q, before };
  const parameters = new URLSearchParams({ limit: String(LIMIT), ...given(asked) });
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
      '.': () => void copy(command(query.peek().state)),
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
      <Tabs overview={overview.data} />
      <Filters jobs={list.data?.jobs ?? []} running={overview.data?.running ?? []} />
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
        {(shown) => <List shown={shown} selected={selected.value} toggle={toggle} />}
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
  readonly shown?: Job['shown'];
  readonly still?: string;
}

function withEvent(shown: Listed, told: Told): Listed | undefined {
  const id = told.job?.id ?? told.jobId;
  if (!shown.jobs.some((job) => job.id === id)) return undefined;
  const { counters, running, planned, shown: word, still } = told;
  const jobs = shown.jobs.map((job) => {
    if (job.id !== id) return job;
    const { still: _, ...known } = job;
    if (told.job !== undefined) return { ...known, ...told.job };
    return {
      ...(word === undefined ? job : { ...known, shown: word, ...(still && { still }) }),
      ...(counters === undefined ? {} : { counters }),
      ...(running === undefined ? {} : { running }),
      ...(planned === undefined ? {} : { planned }),
    };
  });
  return { ...shown, jobs };
}

/** The command that lists the same; it knows states. */
function command(state: string | undefined): string {
  const given = state === undefined ? '' : ` --state ${state}`;
  return `sluice jobs ls${given} --server ${location.origin}`;
}

/** Those that say something. */
function given(parts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
}

/** What may follow a word: what is shown here, and what is usual. */
interface FiltersProps {
  readonly jobs: readonly Job[];
  readonly running: Overview['running'];
}

function Filters({ jobs, running }: FiltersProps) {
  const of = (what: (job: Job) => string) => [...new Set(jobs.map(what))].sort();
  const known = {
    state: SHOWN_STATES,
    waiting: [...new Set(running.flatMap(({ wait }) => wait?.lane.replaceAll(' ', '%20') ?? []))],
    collector: of(({ collector }) => collector),
    since: SINCE,
    failure: FAILURES,
    ...(may('operator') ? { tenant: of((job) => job.tenant) } : {}),
  };
  return (
    <FilterBar
      name="jobs"
      text={filterText(query.value, JOB_WORDS)}
      known={known}
      parse={(text) => parseFilter(text, JOB_WORDS)}
      onFilter={(filter) => {
        const { tenant: named, ...parts } = filterQuery(filter, JOB_WORDS);
        if (named !== undefined && may('operator')) tenant.value = named;
        setQuery({ ...parts, before: undefined }, true);
      }}
    />
  );
}

function Tabs({ overview }: { readonly overview: Overview | undefined }) {
  const { before: _, state: shown, ...rest } = query.value;
  const number = (state: ShownState) => {
    if (overview === undefined) return '';
    const value =
      state === 'waiting'
        ? overview.running.filter(({ job }) => job.shown === state).length
        : overview.counts[state];
    return ` ${value >= overview.countedTo ? `${overview.countedTo}+` : value}`;
  };
  const href = (state?: ShownState) => {
    const parts = { ...rest, ...(state === undefined ? {} : { state }) };
    const text = new URLSearchParams(parts).toString();
    return text === '' ? '/jobs' : `/jobs?${text}`;
  };
  return (
    <nav class="tabs" aria-label="By state">
      <a href={href()} aria-current={shown === undefined ? 'true' : undefined}>
        All
      </a>
      {SHOWN_STATES.map((state) => (
        <a key={state} href={href(state)} aria-current={shown === state ? 'true' : undefined}>
          <State state={state} />
          <span class="quiet">{number(state)}</span>
        </a>
      ))}
    </nav>
  );
}

interface ListProps {
  readonly shown: Listed;
  readonly selected: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
}

function List({ shown, selected, toggle }: ListProps) {
  if (shown.jobs.length === 0) return <None more={shown.next !== undefined} />;
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
        <State state={job.shown} />
        {job.still === undefined ? null : (
          <p class="quiet small">
            <Said text={job.still.replace(/^Waiting(?: for|:) /, '')} max={120} />
          </p>
        )}
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

function None({ more }: { readonly more: boolean }) {
  const parts = JOB_FILTERS.flatMap((part) => {
    const value = query.value[part];
    return value === undefined ? [] : [[part, part === 'q' ? value : `${part}:${value}`] as const];
  });
  if (parts.length === 0) {
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
      <p>{more ? 'No job among those looked through is like this:' : 'No job is like this:'}</p>
      <p class="buttons">
        {parts.map(([part, words]) => (
          <button
            key={part}
            type="button"
            aria-label={`Without ${words}`}
            onClick={() => setQuery({ [part]: undefined, before: undefined }, true)}
          >
            {words} ✕
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
