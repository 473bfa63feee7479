/** A chart over time: drawn where somebody sees it, told in words and as a table for all. */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { themeTurns } from '../theme.ts';
import { nowMs } from '../ticking.ts';
import type { History } from '../wire.ts';
import { clockTime, count } from '../words.ts';
import type { Line, Plot, PlotMark } from './plot.ts';
import { Scroll } from './scroll.tsx';

/** Steps without anything before the first that has something are not shown as nothing. */
export function sinceFirst(history: History): number {
  const { completed, discarded, failedAttempts } = history;
  const first = completed.findIndex(
    (value, i) => value + (discarded[i] ?? 0) + (failedAttempts[i] ?? 0) > 0,
  );
  return first < 0 ? completed.length : Math.max(0, first - 1);
}

/** By the second. */
export function throughputLines(history: History): Line[] {
  const { stepMs, completed, discarded, failedAttempts } = history;
  const last = completed.length - 1;
  const from = sinceFirst(history);
  // The step that goes on is not over: it would always look like a fall.
  const perSecond = (values: readonly number[]) =>
    values.map((value, i) => (i < from || i === last ? null : (value * 1_000) / stepMs));
  return [
    { label: 'completed', token: '--completed', values: perSecond(completed) },
    { label: 'tried again', token: '--waiting', values: perSecond(failedAttempts), dash: [4, 3] },
    { label: 'failed', token: '--discarded', values: perSecond(discarded), dash: [2, 2] },
  ];
}

export function throughputWords(history: History): string {
  const { stepMs, completed, discarded, failedAttempts } = history;
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const minutes = ((completed.length * stepMs) / 60_000).toFixed(0);
  return `The last ${minutes} minutes: ${count(sum(completed))} completed, ${count(sum(discarded))} failed, ${count(sum(failedAttempts))} failed attempts.`;
}

export function Throughput({ history }: { readonly history: History }) {
  const asTable = useSignal(false);
  const { stepMs, lastStepMs, completed } = history;
  const last = completed.length - 1;
  const times = completed.map((_, i) => (lastStepMs - (last - i) * stepMs) / 1_000);
  return (
    <figure class="chart">
      <Drawing times={times} lines={throughputLines(history)} />
      <figcaption>{throughputWords(history)}</figcaption>
      <details
        onToggle={(event) => {
          asTable.value = event.currentTarget.open;
        }}
      >
        <summary>As a table</summary>
        {asTable.value ? <HistoryTable history={history} from={sinceFirst(history)} /> : null}
      </details>
    </figure>
  );
}

function HistoryTable({ history, from }: { readonly history: History; readonly from: number }) {
  const { stepMs, lastStepMs, completed, discarded, failedAttempts } = history;
  const last = completed.length - 1;
  const rows = completed.map((_, i) => i).filter((i) => i >= from);
  return (
    <Scroll label="Throughput as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="number">
              Completed
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col" class="number">
              Failed attempts
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map((i) => (
            <tr key={i}>
              <td>{clockTime(lastStepMs - (last - i) * stepMs, nowMs.value, true)}</td>
              <td class="number">{count(completed[i] ?? 0)}</td>
              <td class="number">{count(discarded[i] ?? 0)}</td>
              <td class="number">{count(failedAttempts[i] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface DrawingProps {
  readonly times: number[];
  readonly lines: readonly Line[];
  readonly unit?: 'rate' | 'ms';
  readonly marks?: readonly PlotMark[];
}

export function Drawing({ times, lines, unit = 'rate', marks = [] }: DrawingProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const newest = useRef({ times, lines, unit, marks });
  newest.current = { times, lines, unit, marks };
  const turns = themeTurns.value;
  useEffect(() => {
    let over = false;
    // Not needed for the first look: it comes behind it.
    void import('./plot.ts').then(({ draw }) => {
      if (over || element.current === null) return;
      plot.current = draw(element.current, newest.current);
    });
    return () => {
      over = true;
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [turns]);
  useEffect(() => plot.current?.update(newest.current));
  return <div ref={element} class="plot" aria-hidden="true" />;
}
