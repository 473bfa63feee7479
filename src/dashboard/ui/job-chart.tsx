/** A job's last minutes: what ended, how long attempts took, and what changed meanwhile. */
import { useSignal } from '@preact/signals';
import { nowMs } from '../ticking.ts';
import type { JobHistory, Mark } from '../wire.ts';
import { absolute, clockTime, count, duration, plural } from '../words.ts';
import { Drawing, sinceFirst, throughputLines, throughputWords } from './chart.tsx';
import type { Line } from './plot.ts';
import { Scroll } from './scroll.tsx';
import { Said } from './text.tsx';

/** As drawn, and beside the words. */
const SIGNS: Readonly<Record<Mark['kind'], string>> = {
  start: 'S',
  rate: 'R',
  limit: 'L',
  throttled: '!',
};
const MARKS_SHOWN = 5;

export function JobChart({ history }: { readonly history: JobHistory }) {
  const asTable = useSignal(false);
  const { stepMs, lastStepMs, ended, runMs, marks, others } = history;
  const last = ended.length - 1;
  const times = ended.map((_, i) => (lastStepMs - (last - i) * stepMs) / 1_000);
  const drawn = marks.map(({ atMs, kind }) => ({ atS: atMs / 1_000, sign: SIGNS[kind] }));
  // The step that goes on has too few to say how long they take.
  const whole = (values: readonly (number | null)[]) =>
    values.map((value, i) => (i === last ? null : value));
  const lines: Line[] = [
    { label: 'half took up to', token: '--running', values: whole(runMs.p50) },
    { label: '95 of 100 up to', token: '--waiting', values: whole(runMs.p95), dash: [4, 3] },
  ];
  const any = ended.some((each) => each > 0);
  return (
    <figure class="chart">
      <Drawing times={times} lines={throughputLines(history)} marks={drawn} />
      {any ? <Drawing times={times} lines={lines} unit="ms" marks={drawn} /> : null}
      <figcaption>
        {throughputWords(history)} {latencyWords(history)}
        {others > 0 ? ` Attempts of ${plural(others, 'other node')} are not in this.` : ''}
      </figcaption>
      <Marks marks={marks} />
      <details
        onToggle={(event) => {
          asTable.value = event.currentTarget.open;
        }}
      >
        <summary>As a table</summary>
        {asTable.value ? <ChartTable history={history} /> : null}
      </details>
    </figure>
  );
}

/** Of the newest step in which any ended. */
function latencyWords({ ended, runMs, queueMs, lastStepMs, stepMs }: JobHistory): string {
  const at = runMs.p50.findLastIndex((ms) => ms !== null);
  const [p50, p95, queue] = [runMs.p50[at], runMs.p95[at], queueMs.p50[at]];
  if (at < 0 || p50 == null || p95 == null) return 'How long attempts take is not known so far.';
  const of = ended[at] ?? 0;
  const time = clockTime(lastStepMs - (ended.length - 1 - at) * stepMs, nowMs.value);
  if (of === 1) return `At ${time} one attempt ran for ${duration(p50)}.`;
  const words = `At ${time} half of ${plural(of, 'attempt')} ran for up to ${duration(p50)}, 95 of 100 up to ${duration(p95)}`;
  return queue == null ? `${words}.` : `${words}, and had queued for ${duration(queue)}.`;
}

function Marks({ marks }: { readonly marks: readonly Mark[] }) {
  if (marks.length === 0) return null;
  const shown = marks.slice(-MARKS_SHOWN).reverse();
  const left = marks.length - shown.length;
  return (
    <ul class="marks" aria-label="What changed meanwhile">
      {shown.map((mark) => (
        <li key={`${mark.atMs} ${mark.text}`}>
          <b class="mark" aria-hidden="true">
            {SIGNS[mark.kind]}
          </b>{' '}
          <time dateTime={new Date(mark.atMs).toISOString()} title={absolute(mark.atMs)}>
            {clockTime(mark.atMs, nowMs.value, true)}
          </time>{' '}
          <Said text={mark.text} max={200} />
        </li>
      ))}
      {left === 0 ? null : <li class="quiet">{plural(left, 'earlier one')} in the table.</li>}
    </ul>
  );
}

const HEADS = [
  ...['Completed', 'Failed', 'Failed attempts', 'Attempts', 'Half ran up to'],
  ...['95 of 100 ran up to', 'Half queued up to', '95 of 100 queued up to'],
];

function ChartTable({ history }: { readonly history: JobHistory }) {
  const { stepMs, lastStepMs, completed, discarded, failedAttempts, ended } = history;
  const { runMs, queueMs, marks } = history;
  const last = completed.length - 1;
  const beginsMs = (i: number) => lastStepMs - (last - i) * stepMs;
  const marksIn = (i: number) =>
    marks.filter(({ atMs }) => atMs >= beginsMs(i) && atMs < beginsMs(i) + stepMs);
  const firstMark = completed.findIndex((_, i) => marksIn(i).length > 0);
  const firstEnd = ended.findIndex((each) => each > 0);
  const firsts = [sinceFirst(history), firstMark, firstEnd].filter((i) => i >= 0);
  const from = Math.min(...firsts);
  const rows = completed.map((_, i) => i).filter((i) => i >= from);
  const ms = (value: number | null | undefined) => (value == null ? '—' : duration(value));
  return (
    <Scroll label="Throughput, times and changes as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            {HEADS.map((head) => (
              <th key={head} scope="col" class="number">
                {head}
              </th>
            ))}
            <th scope="col">What changed</th>
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map((i) => (
            <tr key={i}>
              <td>{clockTime(beginsMs(i), nowMs.value, true)}</td>
              <td class="number">{count(completed[i] ?? 0)}</td>
              <td class="number">{count(discarded[i] ?? 0)}</td>
              <td class="number">{count(failedAttempts[i] ?? 0)}</td>
              <td class="number">{count(ended[i] ?? 0)}</td>
              <td class="number">{ms(runMs.p50[i])}</td>
              <td class="number">{ms(runMs.p95[i])}</td>
              <td class="number">{ms(queueMs.p50[i])}</td>
              <td class="number">{ms(queueMs.p95[i])}</td>
              <td>
                <Said
                  text={marksIn(i)
                    .map(({ text }) => text)
                    .join('; ')}
                  max={400}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
