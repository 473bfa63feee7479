/** Results, while the job runs as well: as a file, or by a command. */
import { useRef } from 'preact/hooks';
import { copy } from '../shell.tsx';
import type { Job } from '../wire.ts';
import { count } from '../words.ts';

const FORMATS: readonly (readonly [string, string])[] = [
  ['csv', 'CSV'],
  ['tsv', 'TSV'],
  ['jsonl', 'JSON lines'],
  ['json', 'JSON'],
];

export function Download({ job }: { readonly job: Job }) {
  const element = useRef<HTMLDetailsElement>(null);
  const path = `/v1/jobs/${job.id}/download`;
  const running = job.state === 'running';
  const close = () => {
    if (element.current !== null) element.current.open = false;
  };
  const commands = [
    [
      'curl',
      `curl -H "Authorization: Bearer $SLUICE_KEY" -OJ "${location.origin}${path}?format=csv"`,
    ],
    ['sluice', `sluice jobs download ${job.id} -o results.csv --server ${location.origin}`],
  ] as const;
  return (
    <details
      ref={element}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !element.current?.open) return;
        event.stopPropagation();
        close();
        element.current.querySelector('summary')?.focus();
      }}
    >
      <summary class="button main">Download</summary>
      <div class="menu-body">
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
      </div>
    </details>
  );
}

interface FormatsProps {
  readonly word: string;
  /** With a query. */
  readonly href: string;
  readonly close: () => void;
}

function Formats({ word, href, close }: FormatsProps) {
  return (
    <>
      <p>
        <b>{word}</b>
      </p>
      <p class="buttons">
        {FORMATS.map(([format, name]) => (
          <a
            key={format}
            class="button"
            download
            href={`${href}&format=${format}&safeFormulas=results`}
            onClick={close}
          >
            {name}
          </a>
        ))}
      </p>
    </>
  );
}
