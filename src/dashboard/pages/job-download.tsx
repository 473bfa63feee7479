/** Results, while the job runs as well: as a file, or by a command. */
import { copy } from '../shell.tsx';
import { Formats } from '../ui/formats.tsx';
import { Menu } from '../ui/menu.tsx';
import type { Job } from '../wire.ts';
import { count } from '../words.ts';

export function Download({ job }: { readonly job: Job }) {
  const path = `/v1/jobs/${job.id}/download`;
  const running = job.state === 'running';
  const commands = [
    [
      'curl',
      `curl -H "Authorization: Bearer $SLUICE_KEY" -OJ "${location.origin}${path}?format=csv"`,
    ],
    ['sluice', `sluice jobs download ${job.id} -o results.csv --server ${location.origin}`],
  ] as const;
  return (
    <Menu word="Download">
      {(close) => (
        <>
          <p class="quiet small">
            {count(job.counters.records)} items{running ? ' so far, job still running' : ''}
          </p>
          <Formats
            word="Rows of the input, with what was found"
            href={`${path}?shape=row`}
            close={close}
          />
          <Formats word="Items alone" href={`${path}?shape=record`} close={close} />
          {job.counters.discarded === 0 ? null : (
            <>
              <p>
                <b>The {count(job.counters.discarded)} failed rows, with code and reason</b>
              </p>
              <p class="buttons">
                <a
                  class="button"
                  download
                  href={`/v1/jobs/${job.id}/failures/download?safeFormulas=results`}
                  onClick={close}
                >
                  Failures as CSV
                </a>
              </p>
            </>
          )}
          <p>
            <b>By a command</b>
          </p>
          <p class="buttons">
            {commands.map(([name, text]) => (
              <button key={name} type="button" onClick={() => void copy(text)}>
                Copy {name}
              </button>
            ))}
          </p>
        </>
      )}
    </Menu>
  );
}
