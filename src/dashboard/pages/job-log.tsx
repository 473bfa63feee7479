/** What was said of the job since the page was opened; what is new waits until it is asked for. */
import { useSignal } from '@preact/signals';
import { setQuery } from '../router.ts';
import { nowMs } from '../ticking.ts';
import { Said } from '../ui/text.tsx';
import { clockTime, count } from '../words.ts';
import type { JobView, LogLine } from './job-state.ts';

export function LogTab({ view }: { readonly view: JobView }) {
  const until = useSignal(view.log.at(-1)?.key ?? 0);
  const shown = view.log.filter(({ key }) => key <= until.value).toReversed();
  const fresh = view.log.filter(({ key }) => key > until.value).length;
  return (
    <>
      <p class="quiet">Failures and notes since this page was opened, newest first; at most 200.</p>
      {fresh > 0 ? (
        <button
          type="button"
          class="fresh"
          onClick={() => (until.value = view.log.at(-1)?.key ?? 0)}
        >
          {count(fresh)} new, show
        </button>
      ) : null}
      {shown.length === 0 ? <p class="empty">Nothing so far.</p> : null}
      <ol class="log">
        {shown.map((line) => (
          <Line key={line.key} line={line} />
        ))}
      </ol>
    </>
  );
}

function Line({ line }: { readonly line: LogLine }) {
  const { atMs, text, bad, seq } = line;
  return (
    <li class={bad ? 'bad-text' : undefined}>
      <time class="quiet">{clockTime(atMs, nowMs.value, true)}</time>{' '}
      {seq === undefined ? (
        <Said text={text} max={500} />
      ) : (
        <button type="button" class="link" onClick={() => setQuery({ task: String(seq) }, true)}>
          <Said text={text} max={500} />
        </button>
      )}
    </li>
  );
}
