/** Some rows of a group of failures, with where they failed and as whom; asked for when opened. */
import { useSignal } from '@preact/signals';
import { useResource } from '../resource.ts';
import { RowInput } from '../ui/fields.tsx';
import { Loaded } from '../ui/notice.tsx';
import { Said } from '../ui/text.tsx';
import type { Task } from '../wire.ts';
import { count, laneWords } from '../words.ts';

const SHOWN = 3;

interface SamplesProps {
  readonly jobId: string;
  readonly fingerprint: string;
  /** Of the group, for who hears it. */
  readonly message: string;
}

export function FailureSamples({ jobId, fingerprint, message }: SamplesProps) {
  const open = useSignal(false);
  return (
    <details class="small" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary aria-label={`Samples: ${message.slice(0, 100)}`}>Samples</summary>
      {open.value ? <Samples jobId={jobId} fingerprint={fingerprint} /> : null}
    </details>
  );
}

function Samples({ jobId, fingerprint }: Omit<SamplesProps, 'message'>) {
  const asked = new URLSearchParams({ fingerprint, limit: String(SHOWN) });
  const page = useResource<{ readonly tasks: readonly Task[] }>(`/v1/jobs/${jobId}/tasks?${asked}`);
  return (
    <Loaded of={page} lines={SHOWN}>
      {({ tasks }) =>
        tasks.length === 0 ? (
          <p class="quiet">None is left.</p>
        ) : (
          <ul>
            {tasks.map((task) => (
              <Sample key={task.seq} jobId={jobId} task={task} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Sample({ jobId, task }: { readonly jobId: string; readonly task: Task }) {
  const { seq, input, failure } = task;
  const whole = useResource<Task>(`/v1/jobs/${jobId}/tasks/${seq}`);
  const last = whole.data?.history?.at(-1);
  const [kind = '', ...name] = last?.lane?.split(':') ?? [];
  return (
    <li>
      <a href={`/jobs/${jobId}?task=${seq}`}>row {count(seq)}</a>{' '}
      {input === undefined ? null : <RowInput input={input} />}
      {failure === undefined ? null : (
        <>
          : <Said text={failure.message} max={200} />
        </>
      )}
      {last?.lane === undefined ? null : (
        <span class="quiet"> at {laneWords(kind, name.join(':'))}</span>
      )}
      {last?.accounts === undefined ? null : (
        <span class="quiet">
          {' '}
          as <Said text={last.accounts.join(', ')} max={120} />
        </span>
      )}
    </li>
  );
}
