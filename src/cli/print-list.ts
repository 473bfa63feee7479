import type { Invocation } from './program.ts';
import { table } from './table.ts';
import { talk } from './talk.ts';

/** One object a line where JSON was asked for, else a table. */
export function printList<T>(
  invocation: Invocation,
  items: readonly T[],
  header: readonly string[],
  cells: (item: T) => readonly string[],
): void {
  const { io, flags } = invocation;
  if (flags.json) for (const item of items) io.stdout.write(`${JSON.stringify(item)}\n`);
  else if (items.length === 0) talk(invocation, 'There are none.');
  else io.stdout.write(table(header, items.map(cells)));
}

/** `2026-11-30 06:30` (UTC), or a dash. */
export function shortTime(ms: number | undefined): string {
  return timeText(ms, 16);
}

/** The same with seconds where there are any: schedules may tick each second. */
export function tickTime(ms: number | undefined): string {
  return timeText(ms, 19).replace(/:00$/, '');
}

function timeText(ms: number | undefined, length: number): string {
  return ms === undefined ? '—' : new Date(ms).toISOString().slice(0, length).replace('T', ' ');
}
