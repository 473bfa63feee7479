/** Text, numbers and times of any origin. */

import { nowMs } from '../ticking.ts';
import { absolute, relative, shown } from '../words.ts';

/** What others wrote: shown as text, bounded, and turning nothing around it. */
export function Said({ text, max = 300 }: { readonly text: string; readonly max?: number }) {
  return <bdi class="said">{shown(text, max)}</bdi>;
}

/** `12 s ago`; the absolute time by both clocks on pointing. */
export function When({ ms }: { readonly ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={absolute(ms)}>
      {relative(ms, nowMs.value)}
    </time>
  );
}

export function Dash() {
  return <span class="quiet">—</span>;
}
