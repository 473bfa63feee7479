/** What was said of the job: its states, failures, notes and what its collector logs. */
import { query, setQuery } from '../router.ts';
import { nowMs } from '../ticking.ts';
import { Choice, Tail, type TailPage } from '../ui/tail.tsx';
import { Said } from '../ui/text.tsx';
import type { Job, LogLine } from '../wire.ts';
import { absolute, clockTime } from '../words.ts';

const LEVELS = { '': 'All', info: 'From info on', warn: 'From warnings on', error: 'Errors' };

interface Page extends TailPage {
  readonly lines: readonly LogLine[];
}

export function LogTab({ job }: { readonly job: Job }) {
  const { level } = query.value;
  return (
    <>
      <Choice label="Which lines" name="level" of={LEVELS} />
      <p class="quiet">
        The last 1,000 lines, newest first, in the memory of this server since it was started.
      </p>
      <Tail<Page> path={`/v1/jobs/${job.id}/log`} filter={{ level }} word="line">
        {({ lines }) =>
          lines.length === 0 ? (
            <p class="empty">Nothing so far.</p>
          ) : (
            <ol class="log">
              {lines.map((line) => (
                <Line key={line.no} line={line} />
              ))}
            </ol>
          )
        }
      </Tail>
    </>
  );
}

function Line({ line }: { readonly line: LogLine }) {
  const { atMs, level, of, seq, text } = line;
  return (
    <li>
      <time class="quiet" dateTime={new Date(atMs).toISOString()} title={absolute(atMs)}>
        {clockTime(atMs, nowMs.value, true)}
      </time>{' '}
      <span class={`level level-${level}`}>{level}</span>{' '}
      {seq === undefined ? (
        <Said text={text} max={300} />
      ) : (
        <button
          type="button"
          class="link"
          data-row={String(line.no)}
          onClick={() => setQuery({ task: String(seq) }, true)}
        >
          <Said text={of === 'failure' ? text : `Row ${seq}: ${text}`} max={300} />
        </button>
      )}
    </li>
  );
}
