/** One job: whether it moves and until when, why not faster, what failed, what was found. */
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { may } from '../api.ts';
import { useKeys } from '../keys.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { speak } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { Bar, BarLegend } from '../ui/bar.tsx';
import { JobChart } from '../ui/job-chart.tsx';
import { Skeleton, Trouble } from '../ui/notice.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { Group, Job, JobHistory } from '../wire.ts';
import { duration, jobHeadline, plural, waitStateWords, waitWords } from '../words.ts';
import { askToCancel, askToDelete, askToRetry, steer } from './job-actions.ts';
import { Deliveries } from './job-deliveries.tsx';
import { Download } from './job-download.tsx';
import { Failures } from './job-failures.tsx';
import { ItemsTab } from './job-items.tsx';
import { type JobView, useJob } from './job-state.ts';
import { TasksTab } from './job-tasks.tsx';
import { TaskDrawer } from './task-drawer.tsx';

const HISTORY_MS = 10_000;

export function JobPage({ id }: { readonly id: string }) {
  const view = useJob(id);
  const { snapshot, error } = view;
  if (snapshot === undefined) {
    return (
      <>
        <Title text={error === undefined ? 'Looking…' : 'Job'} page="Job" />
        <Trouble error={error} />
      </>
    );
  }
  return <Shown view={view} job={snapshot.job} />;
}

function Shown({ view, job }: { readonly view: JobView; readonly job: Job }) {
  const { snapshot, still, reload } = view;
  const history = useResource<JobHistory>(`/v1/jobs/${job.id}/history`, HISTORY_MS);
  const now = nowMs.value;
  const progress = snapshot?.progress;
  const [wait] = snapshot?.waits ?? [];
  const standing = progress && { job, progress, still, wait };
  const headline = standing === undefined ? 'Looking…' : jobHeadline(standing, now);
  const spokenState = useRef(job.state);
  useEffect(() => {
    const urgent = spokenState.current !== job.state;
    spokenState.current = job.state;
    speak(headline, urgent);
  }, [headline, job.state]);
  const keys = useMemo(
    () => ({
      r: () => askToRetry([job], reload),
      c: () => askToCancel([job], reload),
      '.': () => void copy(`sluice jobs watch ${job.id} --server ${location.origin}`),
      Escape: () => setQuery({ task: undefined }),
    }),
    [job, reload],
  );
  useKeys(keys);
  const { task } = query.value;
  const closeTask = useCallback(() => setQuery({ task: undefined }), []);
  return (
    <>
      <Title text={headline} page={`${job.collector} ${job.shown}`} />
      <Trouble error={view.error} />
      <p class="under">
        <State state={job.shown} />
        <span>
          {job.collector}: <Said text={job.input.name || job.id} max={80} />
        </span>
        <span class="quiet">
          {job.tenant}, begun <When ms={job.createdMs} />
          {job.activeMs > 0 ? `, at work for ${duration(job.activeMs)}` : ''}
        </span>
        <code class="quiet">{job.id}</code>
      </p>
      <Actions job={job} failures={snapshot?.failures ?? []} reload={reload} />
      <section aria-label="Progress">
        <Bar job={job} />
        <BarLegend job={job} />
      </section>
      <Waits view={view} />
      <Failures job={job} />
      <Deliveries job={job} />
      <section>
        <h2>The last 15 minutes</h2>
        {history.data === undefined ? <div class="plot" /> : <JobChart history={history.data} />}
      </section>
      <Tabs job={job} view={view} others={history.data?.others ?? 0} />
      {task === undefined ? null : <TaskDrawer jobId={job.id} seq={task} onClose={closeTask} />}
    </>
  );
}

interface ActionsProps {
  readonly job: Job;
  readonly failures: readonly Group[];
  readonly reload: () => Promise<void>;
}

function Actions({ job, failures, reload }: ActionsProps) {
  const { state, counters } = job;
  const open = state === 'running' || state === 'paused';
  return (
    <div class="buttons">
      <Download job={job} />
      {may('run') ? (
        <>
          {state === 'running' ? (
            <button type="button" onClick={() => void steer(job, 'pause', reload)}>
              Pause
            </button>
          ) : null}
          {state === 'paused' || state === 'failed' ? (
            <button type="button" class="main" onClick={() => void steer(job, 'resume', reload)}>
              Resume
            </button>
          ) : null}
          {counters.discarded > 0 && !areAllRefused(job, failures) ? (
            <button type="button" onClick={() => askToRetry([job], reload)}>
              Retry all failed…
            </button>
          ) : null}
          {open ? (
            <button type="button" onClick={() => askToCancel([job], reload)}>
              Cancel…
            </button>
          ) : (
            <button type="button" onClick={() => askToDelete(job)}>
              Delete…
            </button>
          )}
        </>
      ) : null}
    </div>
  );
}

/** Whether none of its failed rows may be helped by trying again. */
function areAllRefused({ counters }: Job, failures: readonly Group[]): boolean {
  const known = failures.reduce((sum, { count: number }) => sum + number, 0);
  return known >= counters.discarded && failures.every(({ retriable }) => retriable === 0);
}

/** Why not faster: the limits, most waiting first. */
function Waits({ view }: { readonly view: JobView }) {
  const { snapshot, still } = view;
  if (snapshot === undefined || snapshot.job.state !== 'running') return null;
  const { waits, job } = snapshot;
  const shown = waits.slice(0, 5);
  const all = shown.reduce((sum, { waiting }) => sum + waiting, 0);
  const now = nowMs.value;
  return (
    <section>
      <h2>Why not faster</h2>
      {shown.length === 0 ? (
        <p class="quiet">
          {still ??
            (job.counters.waiting > 0
              ? `No limit holds it up; ${plural(job.counters.waiting, 'row waits', 'rows wait')} for a time to be tried again.`
              : 'No limit holds it up: it goes as fast as answers come.')}
        </p>
      ) : (
        <ul class="waits">
          {shown.map((wait) => (
            <li key={wait.lane}>
              <State state={wait.reason} word={waitStateWords(wait)} />
              <span>{waitWords(wait, now)}</span>
              <span class="quiet">
                {all === 0 ? '' : `${Math.round((wait.waiting / all) * 100)} % of what waits`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const TABS = {
  tasks: 'Rows',
  attempts: 'Attempts',
  items: 'Items',
  log: 'Log',
  input: 'Input',
  events: 'Events',
} as const;
type Tab = keyof typeof TABS;

interface TabProps {
  readonly job: Job;
  readonly others: number;
}

type ShownTab = ComponentType<TabProps>;

/** Those that are not there from the first. */
const LATER: Partial<Record<Tab, () => Promise<ShownTab>>> = {
  attempts: async () => (await import('./job-attempts.tsx')).AttemptsTab,
  log: async () => (await import('./job-log.tsx')).LogTab,
  input: async () => (await import('./job-input.tsx')).InputTab,
  events: async () => (await import('./job-events.tsx')).EventsTab,
};

/** What belongs to one tab alone. */
const OF_TABS = {
  ...{ state: undefined, group: undefined, failure: undefined, since: undefined, q: undefined },
  ...{ after: undefined, row: undefined, before: undefined, follow: undefined },
  ...{ which: undefined, end: undefined, level: undefined, type: undefined },
};

function Tabs({ job, view, others }: TabProps & { readonly view: JobView }) {
  const asked = query.value.tab as Tab | undefined;
  const tab: Tab = asked !== undefined && Object.hasOwn(TABS, asked) ? asked : 'tasks';
  return (
    <section>
      <nav class="tabs" aria-label="Of the job">
        {Object.entries(TABS).map(([name, word]) => (
          <button
            key={name}
            type="button"
            aria-current={tab === name ? 'true' : undefined}
            onClick={() => setQuery({ ...OF_TABS, tab: name }, true)}
          >
            {word}
          </button>
        ))}
      </nav>
      {tab === 'tasks' ? <TasksTab job={job} failures={view.snapshot?.failures ?? []} /> : null}
      {tab === 'items' ? <ItemsTab job={job} /> : null}
      {LATER[tab] === undefined ? null : <LaterTab key={tab} tab={tab} job={job} others={others} />}
    </section>
  );
}

function LaterTab({ tab, ...props }: TabProps & { readonly tab: Tab }) {
  const loaded = useSignal<{ readonly Shown: ShownTab } | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    LATER[tab]?.().then(
      (Shown) => {
        loaded.value = { Shown };
      },
      (thrown: unknown) => {
        error.value = thrown;
      },
    );
  }, [tab, loaded, error]);
  if (error.value !== undefined) return <Trouble error={error.value} />;
  const Shown = loaded.value?.Shown;
  return Shown === undefined ? <Skeleton lines={10} /> : <Shown {...props} />;
}
