/** How far a job is: segments whose sum is the total, with their counts beside them. */
import type { Counters, Job } from '../wire.ts';
import { count, ended, openRows, plural } from '../words.ts';

interface Segment {
  readonly name: string;
  readonly word: string;
  readonly value: number;
}

/** Rows by what has become of them; the parts are the whole. */
export function segmentsOf(counters: Counters, running: number, isOpen: boolean): Segment[] {
  const { completed, discarded, cancelled, waiting } = counters;
  const open = openRows(counters);
  const active = isOpen ? Math.min(running, Math.max(0, open - waiting)) : 0;
  return [
    { name: 'completed', word: 'completed', value: completed },
    { name: 'discarded', word: 'failed', value: discarded },
    { name: 'cancelled', word: 'cancelled', value: cancelled },
    { name: 'running', word: 'running', value: active },
    { name: 'waiting', word: 'waiting to be tried again', value: waiting },
    { name: 'available', word: 'not begun', value: Math.max(0, open - waiting - active) },
  ];
}

type Shown = Pick<Job, 'counters' | 'planned' | 'state' | 'running'>;

export function Bar({ job }: { readonly job: Shown }) {
  const { counters, planned, state, running } = job;
  const parts = segmentsOf(counters, running, state === 'running' || state === 'paused');
  const some = parts.filter(({ value }) => value > 0);
  const total = planned ? plural(counters.tasks, 'row') : `at least ${count(counters.tasks)} rows`;
  const words = some.map(({ word, value }) => `${count(value)} ${word}`).join(', ');
  return (
    <svg
      class="bar"
      viewBox="0 0 1000 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${total}: ${words || 'none yet'}`}
    >
      <rect class="bar-back" width="1000" height="10" />
      {rects(some, counters.tasks, planned)}
      {planned ? null : <rect class="bar-more" x="880" width="120" height="10" />}
    </svg>
  );
}

function rects(segments: readonly Segment[], total: number, planned: boolean) {
  const width = planned ? 1_000 : 880;
  let at = 0;
  return segments.map(({ name, value }) => {
    const wide = total === 0 ? 0 : (value / total) * width;
    const x = at;
    at += wide;
    // What there is of something is seen, however little it is.
    return <rect key={name} class={`fill-${name}`} x={x} width={Math.max(wide, 3)} height="10" />;
  });
}

/** The counts of the bar. */
export function BarLegend({ job }: { readonly job: Shown }) {
  const { counters, state, running, planned } = job;
  const isOpen = state === 'running' || state === 'paused';
  const parts = segmentsOf(counters, running, isOpen).filter(
    ({ name, value }) => value > 0 || name === 'completed' || name === 'discarded',
  );
  return (
    <ul class="legend">
      {parts.map(({ name, word, value }) => (
        <li key={name}>
          <span class={`dot fill-${name}`} aria-hidden="true" />
          <b>{count(value)}</b> {word}
        </li>
      ))}
      <li class="quiet">
        {planned
          ? `of ${plural(counters.tasks, 'row')}`
          : `at least ${count(counters.tasks)} rows so far`}
      </li>
      {counters.duplicates > 0 ? (
        <li class="quiet">{plural(counters.duplicates, 'row')} like an earlier one</li>
      ) : null}
    </ul>
  );
}

export function percent({ counters, planned }: Pick<Job, 'counters' | 'planned'>): string {
  if (!planned || counters.tasks === 0) return '—';
  return `${Math.floor((ended(counters) / counters.tasks) * 100)} %`;
}
