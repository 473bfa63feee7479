/** How the server itself does: what it uses, how late it is, what it writes, who has its seats. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { askRaw, me } from '../api.ts';
import { mayAsk, useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { clock, useEvery } from '../ticking.ts';
import { NotAllowed } from '../ui/field.tsx';
import { Skeleton, Trouble } from '../ui/notice.tsx';
import { Title } from '../ui/title.tsx';
import { bytes, count, duration, rate } from '../words.ts';
import { Machine } from './machine.tsx';
import { type Metrics, mean, parseMetrics, perSecond, total } from './metrics-text.ts';
import { Pools } from './pools.tsx';
import { type Seat, SeatTree } from './seat-tree.tsx';

const AGAIN_MS = 2_000;
const nothing = () => {};

interface Look {
  readonly atMs: number;
  readonly metrics: Metrics;
}

export function PerformancePage() {
  const allowed = me.value?.operator === true;
  const looks = useSignal<readonly Look[]>([]);
  const error = useSignal<unknown>(undefined);
  const asked = useRef(false);
  const look = useCallback(async () => {
    try {
      const text = await (await askRaw('/metrics')).text();
      const next = { atMs: clock.monoMs(), metrics: parseMetrics(text) };
      looks.value = [...looks.value, next].slice(-2);
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
  }, [looks, error]);
  useEffect(() => {
    // The second soon after: speeds are told between two.
    if (allowed && !asked.current) void look().then(() => clock.after(700, () => void look()));
    asked.current = true;
  }, [allowed, look]);
  useEvery(AGAIN_MS, allowed && mayAsk.value, look);
  useLive('/v1/events', nothing);
  const [before, now] = looks.value.length === 2 ? looks.value : [undefined, looks.value[0]];
  if (!allowed) {
    return (
      <>
        <Title text="Performance" page="Performance" />
        <NotAllowed needs="to be a key of the server itself" />
      </>
    );
  }
  return (
    <>
      <Title text={headlineOf(before, now)} page="Performance" />
      <Trouble error={error.value} />
      {now === undefined ? <Skeleton lines={8} /> : <Facts before={before} now={now} />}
      <Pools />
      <Seats />
      <Machine />
    </>
  );
}

function headlineOf(before: Look | undefined, now: Look | undefined): string {
  if (now === undefined) return 'Looking…';
  const lag = total(now.metrics, 'sluice_nodejs_eventloop_lag_p99_seconds');
  const depth = total(now.metrics, 'sluice_journal_depth');
  const cpu = cpuOf(before, now);
  const words = [
    lag < 0.1 ? 'The server keeps up' : `The server is late by ${duration(lag * 1_000)}`,
    ...(cpu === undefined ? [] : [`${Math.round(cpu * 100)} % of a core`]),
    `${bytes(total(now.metrics, 'sluice_process_resident_memory_bytes'))} of memory`,
    ...(depth > 1_000 ? [`${count(depth)} outcomes wait to be written`] : []),
  ];
  return `${words.join(', ')}.`;
}

function cpuOf(before: Look | undefined, now: Look): number | undefined {
  return between(before, now, 'sluice_process_cpu_seconds_total');
}

function between(before: Look | undefined, now: Look, name: string): number | undefined {
  if (before === undefined) return undefined;
  return perSecond(before.metrics, now.metrics, name, now.atMs - before.atMs);
}

interface FactsProps {
  readonly before: Look | undefined;
  readonly now: Look;
}

function Facts({ before, now }: FactsProps) {
  const { metrics } = now;
  const speed = (name: string) => {
    const value = between(before, now, name);
    return value === undefined ? '—' : rate(value);
  };
  const ms = (name: string) => {
    const seconds = mean(before?.metrics, metrics, name);
    return seconds === undefined ? '—' : duration(seconds * 1_000);
  };
  const seconds = (name: string) => duration(total(metrics, name) * 1_000);
  const cpu = cpuOf(before, now);
  const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'The process',
      [
        ['CPU', cpu === undefined ? '—' : `${Math.round(cpu * 100)} % of a core`],
        ['Memory', bytes(total(metrics, 'sluice_process_resident_memory_bytes'))],
        ['Heap in use', bytes(total(metrics, 'sluice_nodejs_heap_size_used_bytes'))],
        ['Event loop late, mean', seconds('sluice_nodejs_eventloop_lag_mean_seconds')],
        ['Event loop late, 99 of 100', seconds('sluice_nodejs_eventloop_lag_p99_seconds')],
      ],
    ],
    [
      'Work',
      [
        ['Jobs running', count(total(metrics, 'sluice_jobs_running'))],
        ['Attempts ended', speed('sluice_attempts_total')],
        ['Requests sent', speed('sluice_requests_total')],
        ['Request takes', ms('sluice_request_seconds')],
        ['Request waits for a limit', ms('sluice_request_wait_seconds')],
      ],
    ],
    [
      'Writing',
      [
        ['Outcomes written', speed('sluice_commits_total')],
        ['Waiting to be written', count(total(metrics, 'sluice_journal_depth'))],
        ['Batch waits', ms('sluice_commit_wait_seconds')],
        ['Batch is written in', ms('sluice_commit_seconds')],
      ],
    ],
  ];
  return (
    <div class="panels">
      {groups.map(([title, facts]) => (
        <section key={title} class="card">
          <h2>{title}</h2>
          <dl class="facts-list">
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** Who has the seats of this node. */
function Seats() {
  const seats = useResource<{ readonly seats: readonly Seat[] }>('/v1/seats', AGAIN_MS);
  return (
    <section>
      <h2>Seats</h2>
      <p class="quiet">How many attempts are active at once, of how many that may be.</p>
      <Trouble error={seats.error} />
      {seats.data === undefined ? <Skeleton lines={3} /> : <SeatTree seats={seats.data.seats} />}
    </section>
  );
}
