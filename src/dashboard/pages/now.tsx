/** The first page: what runs, whether it moves, what it waits for, what needs somebody. */
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { may } from '../api.ts';
import { type EventName, useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { speak } from '../talk.ts';
import { clock } from '../ticking.ts';
import { Throughput } from '../ui/chart.tsx';
import { Empty, Loaded, Trouble } from '../ui/notice.tsx';
import { RunningTable } from '../ui/running-table.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { History, Job, Overview, Progress } from '../wire.ts';
import { count, duration, nowHeadline } from '../words.ts';

const OVERVIEW_MS = 2_000;
const HISTORY_MS = 10_000;
const ACCOUNTS_MS = 15_000;
const NODES_MS = 15_000;

interface Account {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
}

export function NowPage() {
  const overview = useResource<Overview>('/v1/overview', OVERVIEW_MS);
  const history = useResource<History>('/v1/history', HISTORY_MS);
  const accounts = useResource<{ readonly accounts: readonly Account[] }>(
    may('admin') ? '/v1/accounts' : undefined,
    ACCOUNTS_MS,
  );
  const aside = (accounts.data?.accounts ?? []).filter(({ state }) => state === 'quarantined');
  const latest = useRef(overview);
  latest.current = overview;
  const take = useCallback((name: EventName, data: unknown) => {
    const { data: shown, set, reload } = latest.current;
    if (shown === undefined) return;
    if (name === 'job.progress') set(withProgress(shown, data as Progress));
    // The server gives all who ask within a second the same answer.
    else if (name === 'job.state' || name === 'reset') clock.after(1_100, () => void reload());
  }, []);
  useLive('/v1/events', take);
  const { data } = overview;
  const headline =
    data === undefined
      ? 'Looking…'
      : nowHeadline(data, data.counts.paused, data.atMs, aside.length);
  useEffect(() => {
    if (data !== undefined) speak(headline);
  }, [headline, data]);
  return (
    <>
      <Title text={headline} page="Now" />
      <Loaded of={overview} lines={8}>
        {(shown) => <Sections overview={shown} accounts={aside} />}
      </Loaded>
      <Nodes />
      <section>
        <h2>The last 15 minutes</h2>
        <Trouble error={history.error} />
        {history.data === undefined ? <div class="plot" /> : <Throughput history={history.data} />}
      </section>
    </>
  );
}

/** The newest progress in its place; nothing else moves. */
function withProgress(overview: Overview, progress: Progress): Overview {
  const running = overview.running.map((each) => {
    if (each.job.id !== progress.jobId) return each;
    const { counters, planned, running: active, shown } = progress;
    const job = { ...each.job, counters, planned, running: active, shown };
    // An event without a rate does not say that there is none.
    const perSecond = progress.perSecond ?? each.progress.perSecond;
    const etaMs = progress.etaMs ?? each.progress.etaMs;
    return {
      ...each,
      job,
      progress: {
        ...progress,
        ...(perSecond === undefined ? {} : { perSecond }),
        ...(etaMs === undefined ? {} : { etaMs }),
      },
    };
  });
  return { ...overview, running };
}

interface SectionsProps {
  readonly overview: Overview;
  /** Set aside: somebody must look at them. */
  readonly accounts: readonly Account[];
}

function Sections({ overview, accounts }: SectionsProps) {
  const { running, needs, counts, countedTo } = overview;
  return (
    <>
      <section>
        <h2>Running</h2>
        {running.length === 0 ? (
          <NothingRuns any={Object.values(counts).some((each) => each > 0)} />
        ) : (
          <RunningTable running={running} />
        )}
        {counts.running >= countedTo ? (
          <p class="quiet">
            The newest {count(countedTo)} are shown. <a href="/jobs?state=running">All that run</a>
          </p>
        ) : null}
      </section>
      {needs.length + accounts.length === 0 ? null : (
        <section>
          <h2>Needs you</h2>
          <ul class="needs">
            {accounts.map(({ id, service, name, reason }) => (
              <li key={id}>
                <State state="quarantined" word="set aside" />
                <a href="/accounts" data-row={id}>
                  Account {service} <Said text={name} max={80} />
                </a>
                <span class="quiet">
                  <Said text={reason ?? ''} max={160} />
                </span>
              </li>
            ))}
            {needs.map((job) => (
              <Need key={job.id} job={job} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface Node {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly state: string;
  readonly leaseMs: number;
}

/** Only where several share the work. */
function Nodes() {
  const path = may('operator') ? '/v1/nodes' : undefined;
  const { data } = useResource<{ readonly nodes: readonly Node[] }>(path, NODES_MS);
  if (data === undefined || data.nodes.length < 2) return null;
  return (
    <section>
      <h2>
        <a href="/nodes">Nodes</a>
      </h2>
      <ul class="needs">
        {data.nodes.map(({ id, name, kind, version, state, leaseMs }) => (
          <li key={id}>
            <State state={state} />
            <Said text={name} max={60} />
            <span class="quiet">
              {kind}, {version},{' '}
              {leaseMs < 0 ? `silent for ${duration(-leaseMs)}` : 'heard in time'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NothingRuns({ any }: { readonly any: boolean }) {
  return (
    <Empty>
      <p>{any ? 'No job runs at the moment.' : 'There is no job yet.'}</p>
      {may('run') ? (
        <a class="button main" href="/new">
          New job
        </a>
      ) : (
        <p class="quiet">Your key may look only; one with scope run starts jobs.</p>
      )}
      <p>
        <code>sluice submit contacts websites.csv --server {location.origin}</code>
      </p>
    </Empty>
  );
}

function Need({ job }: { readonly job: Job }) {
  const { counters, failure, state } = job;
  const href = `/jobs/${job.id}`;
  return (
    <li>
      <State
        state={state === 'failed' ? 'failed' : 'warning'}
        word={state === 'failed' ? 'failed' : 'has failures'}
      />
      <a href={href} data-row={job.id}>
        {state === 'failed' ? (
          <Said text={failure?.message ?? 'The job failed.'} max={160} />
        ) : (
          `${count(counters.discarded)} of ${count(counters.tasks)} rows failed`
        )}
      </a>
      <span class="quiet">
        {job.collector}, <Said text={job.input.name} max={60} />, <When ms={job.updatedMs} />
      </span>
    </li>
  );
}
