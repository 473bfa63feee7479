/** What this machine can do: a test of each kind of work, and what doing it at once brings. */
import { useSignal } from '@preact/signals';
import { ask } from '../api.ts';
import { useResource } from '../resource.ts';
import { Trouble } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { count, duration, rate } from '../words.ts';

const BENCHMARK = '/v1/performance/benchmark';
const AGAIN_MS = 500;
const WORKS: Readonly<Record<string, string>> = {
  compute: 'Computing, in threads',
  wait: 'Waiting 20 ms, as for a slow service',
  write: 'Durable writes of 4 KiB',
};
/** Of the drawing, in its own units. */
const WIDTH = 240;
const HEIGHT = 120;

interface Point {
  readonly work: string;
  readonly workers: number;
  readonly perSecond: number;
  readonly speedUp: number;
}

interface Benchmark {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly points: readonly Point[];
  readonly results: readonly { readonly work: string; readonly limit: string }[];
  readonly error?: string;
}

interface Tested {
  readonly works: readonly { readonly work: string; readonly tookMs: number }[];
}

export function Machine() {
  const error = useSignal<unknown>(undefined);
  const tested = useSignal<Tested | undefined>(undefined);
  const testing = useSignal(false);
  const running = useSignal(false);
  const { data, reload, set } = useResource<Benchmark>(BENCHMARK, running.value ? AGAIN_MS : 0);
  running.value = data?.state === 'running';
  const tryOut = async () => {
    testing.value = true;
    try {
      tested.value = await ask<Tested>('/v1/performance/test', { method: 'POST' });
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
    testing.value = false;
  };
  const begin = async () => {
    try {
      set(await ask<Benchmark>(BENCHMARK, { method: 'POST', json: {} }));
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
      await reload();
    }
  };
  return (
    <section class="card">
      <h2>This machine</h2>
      <p>
        <button type="button" disabled={testing.value} onClick={() => void tryOut()}>
          {testing.value ? 'Testing…' : 'Test'}
        </button>{' '}
        <button type="button" disabled={running.value} onClick={() => void begin()}>
          {running.value ? 'Measuring…' : 'Benchmark'}
        </button>
      </p>
      <Trouble error={error.value} />
      <p role="status">{tested.value === undefined ? '' : testWords(tested.value)}</p>
      {data === undefined || data.state === 'none' ? (
        <p>
          The benchmark does the same work one after another and with more and more at once, and
          says what more run into. It takes some seconds, and slows down what runs meanwhile.
        </p>
      ) : (
        <Results benchmark={data} />
      )}
    </section>
  );
}

function testWords({ works }: Tested): string {
  const words = works.map(({ work, tookMs }) => `${WORKS[work] ?? work}: ${duration(tookMs)}`);
  return `All well. ${words.join('; ')}.`;
}

function Results({ benchmark }: { readonly benchmark: Benchmark }) {
  const { points, results, error } = benchmark;
  const works = [...new Set(points.map(({ work }) => work))];
  return (
    <>
      {error === undefined ? null : <p>It broke off: {error}</p>}
      {works.map((work) => {
        const own = points.filter((point) => point.work === work);
        const limit = results.find((result) => result.work === work)?.limit;
        return (
          <figure key={work} class="chart">
            <h3>{WORKS[work] ?? work}</h3>
            <SpeedUp points={own} />
            <figcaption>
              {limit === undefined ? 'Measuring…' : `What limits it: ${limit}.`}
            </figcaption>
            <Points points={own} title={WORKS[work] ?? work} />
          </figure>
        );
      })}
    </>
  );
}

/** Both axes double from step to step; the thin line is what nothing in the way would be. */
function SpeedUp({ points }: { readonly points: readonly Point[] }) {
  const most = Math.log2(Math.max(2, ...points.map(({ workers }) => workers)));
  const place = (workers: number, speedUp: number) => {
    const x = (Math.log2(workers) / most) * WIDTH;
    const y = HEIGHT - (Math.log2(Math.max(1, speedUp)) / most) * HEIGHT;
    return `${x.toFixed(1)},${Math.max(0, y).toFixed(1)}`;
  };
  const line = points.map(({ workers, speedUp }) => place(workers, speedUp)).join(' ');
  return (
    <svg viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} class="speed-up" aria-hidden="true">
      <polyline class="ideal" points={`0,${HEIGHT} ${WIDTH},0`} />
      <polyline class="measured" points={line} />
    </svg>
  );
}

function Points({ points, title }: { readonly points: readonly Point[]; readonly title: string }) {
  return (
    <Scroll label={`${title}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              At once
            </th>
            <th scope="col" class="number">
              Speed
            </th>
            <th scope="col" class="number">
              Against one
            </th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ workers, perSecond, speedUp }) => (
            <tr key={workers}>
              <td class="number">{count(workers)}</td>
              <td class="number">{rate(perSecond)}</td>
              <td class="number">{speedUp.toFixed(speedUp < 10 ? 2 : 1)} ×</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
