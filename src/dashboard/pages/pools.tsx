/** The workers of this process by kind of work, and what they do at this moment. */
import { ask } from '../api.ts';
import { useResource } from '../resource.ts';
import { note, question } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { Gauge } from '../ui/gauge.tsx';
import { Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said } from '../ui/text.tsx';
import { clockTime, count, duration, plural } from '../words.ts';

const PATH = '/v1/performance/pools';
const AGAIN_MS = 1_000;
const RUNNERS: Readonly<Record<Pool['runner'], string>> = {
  inline: 'in the process itself',
  thread: 'threads',
  process: 'processes',
};

interface Pool {
  readonly kind: string;
  readonly runner: 'inline' | 'thread' | 'process';
  readonly size: number;
  readonly min: number;
  readonly max: number;
  readonly active: number;
  readonly waiting: number;
  readonly completed: number;
  readonly failed: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly successRate: number | null;
}

interface LiveTask {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly state: 'waiting' | 'running';
  readonly startedMs: number;
  readonly elapsedMs: number;
}

interface PoolsNow {
  readonly pools: readonly Pool[];
  readonly tasks: readonly LiveTask[];
  readonly clearedMs: number;
}

export function Pools() {
  const pools = useResource<PoolsNow>(PATH, AGAIN_MS);
  const clear = () => {
    const { pools: known = [], clearedMs = 0 } = pools.data ?? {};
    const counted = known.reduce((sum, { completed, failed }) => sum + completed + failed, 0);
    question.value = {
      title: 'Count the pools anew?',
      text:
        `${plural(counted, 'piece')} of work counted since ${clockTime(clearedMs, nowMs.value)} ` +
        'are forgotten here, with their times. What runs goes on, and the metrics for Prometheus ' +
        'stay as they are.',
      act: 'Clear metrics',
      async run() {
        pools.set(await ask<PoolsNow>('/v1/performance/metrics/clear', { method: 'POST' }));
        note('The pools are counted anew.');
      },
    };
  };
  return (
    <section>
      <h2>Pools of workers</h2>
      <Loaded of={pools} lines={4}>
        {(shown) => (
          <>
            {shown.pools.length === 0 ? (
              <p class="empty">No work has needed a worker so far.</p>
            ) : (
              <PoolTable pools={shown.pools} />
            )}
            <p class="buttons">
              <button type="button" onClick={clear}>
                Clear metrics…
              </button>
              <span class="quiet">Counted since {clockTime(shown.clearedMs, nowMs.value)}.</span>
            </p>
            <h3>At work now</h3>
            <Tasks tasks={shown.tasks} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function PoolTable({ pools }: { readonly pools: readonly Pool[] }) {
  return (
    <Scroll label="Pools of workers">
      <table>
        <thead>
          <tr>
            <th scope="col">Work</th>
            <th scope="col" class="wide-cell">
              Workers in use
            </th>
            {['Waiting', 'Done', 'Failed', 'Got through', 'Mean', 'Half within', '95 % within'].map(
              (title) => (
                <th key={title} scope="col" class="number">
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {pools.map((pool) => (
            <Row key={`${pool.kind} ${pool.runner}`} pool={pool} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ pool }: { readonly pool: Pool }) {
  const { kind, runner, size, min, max, active, waiting, completed, failed, successRate } = pool;
  const time = (ms: number) => (successRate === null ? <Dash /> : duration(ms));
  return (
    <tr>
      <td>
        <Said text={kind} max={60} />{' '}
        <span class="quiet small">
          {RUNNERS[runner]}, {min === max ? count(max) : `${count(min)} to ${count(max)}`}
        </span>
      </td>
      <td class="wide-cell">
        <Gauge inUse={active} slots={Math.max(size, active)} />
      </td>
      <td class="number">{count(waiting)}</td>
      <td class="number">{count(completed)}</td>
      <td class="number">{count(failed)}</td>
      <td class="number">{successRate === null ? <Dash /> : percentOf(successRate)}</td>
      <td class="number">{time(pool.meanMs)}</td>
      <td class="number">{time(pool.p50Ms)}</td>
      <td class="number">{time(pool.p95Ms)}</td>
    </tr>
  );
}

/** Never 100 % where something failed. */
function percentOf(share: number): string {
  const percent = Math.floor(share * 1_000) / 10;
  return `${percent} %`;
}

function Tasks({ tasks }: { readonly tasks: readonly LiveTask[] }) {
  if (tasks.length === 0) return <p class="quiet">Nothing is at work at this moment.</p>;
  return (
    <Scroll label="At work now">
      <table>
        <thead>
          <tr>
            <th scope="col">Work</th>
            <th scope="col">State</th>
            <th scope="col">What</th>
            <th scope="col" class="number">
              For
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map(({ id, kind, label, state, elapsedMs }) => (
            <tr key={id}>
              <td>
                <Said text={kind} max={60} />
              </td>
              <td>
                <State state={state} />
              </td>
              <td>
                <Said text={label} max={160} />
              </td>
              <td class="number">{duration(elapsedMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
