/** One row, over the list: what was asked, what became of it and how, what was found. */
import { useMemo } from 'preact/hooks';
import { useKeys } from '../keys.ts';
import { useResource } from '../resource.ts';
import { copy } from '../shell.tsx';
import { nowMs } from '../ticking.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Fields } from '../ui/fields.tsx';
import { Loaded } from '../ui/notice.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said, When } from '../ui/text.tsx';
import type { Failure, Task } from '../wire.ts';
import { clockTime, count, duration, plural } from '../words.ts';
import { TaskHistory } from './task-history.tsx';

interface DrawerProps {
  readonly jobId: string;
  readonly seq: string;
  readonly onClose: () => void;
}

export function TaskDrawer({ jobId, seq, onClose }: DrawerProps) {
  const keys = useMemo(() => {
    const command = `sluice jobs show ${jobId} --task ${seq} --server ${location.origin}`;
    return { '.': () => void copy(command) };
  }, [jobId, seq]);
  useKeys(keys);
  const task = useResource<Task>(`/v1/jobs/${jobId}/tasks/${encodeURIComponent(seq)}`);
  return (
    <Dialog title={`Row ${seq}`} side onClose={onClose}>
      <Loaded of={task} lines={8}>
        {(shown) => <Facts task={shown} />}
      </Loaded>
    </Dialog>
  );
}

function Facts({ task }: { readonly task: Task }) {
  const { state, attempts, failure, records = [], recordCount, durationMs, finishedMs } = task;
  return (
    <>
      <dl class="facts-list">
        <dt>State</dt>
        <dd>
          <State state={state} />
        </dd>
        <dt>Attempts</dt>
        <dd>{count(attempts)}</dd>
        <dt>Took</dt>
        <dd>{durationMs === undefined ? <Dash /> : duration(durationMs)}</dd>
        <dt>Ended</dt>
        <dd>{finishedMs === undefined ? <Dash /> : <When ms={finishedMs} />}</dd>
        {task.duplicateOf === undefined ? null : (
          <>
            <dt>Like</dt>
            <dd>row {count(task.duplicateOf)}, which answers for it</dd>
          </>
        )}
      </dl>
      {failure === undefined ? null : <Why failure={failure} />}
      <h3>Input</h3>
      <Fields value={task.input} label="Input" />
      <h3>Attempts</h3>
      <TaskHistory task={task} />
      <h3>{plural(recordCount, 'item')}</h3>
      {records.map((record, i) => (
        <Fields key={i} value={record} label={`Item ${i + 1}`} />
      ))}
    </>
  );
}

function Why({ failure }: { readonly failure: Failure }) {
  const { class: kind, code, message, hint, status, untilMs } = failure;
  return (
    <>
      <h3>Why</h3>
      <p>
        <Said text={message} max={2_000} />
      </p>
      {hint === undefined ? null : (
        <p>
          <Said text={hint} max={1_000} />
        </p>
      )}
      <p class="quiet">
        {kind}, <code>{code}</code>
        {status === undefined ? '' : `, answered ${status}`}
        {untilMs === undefined ? null : (
          <>
            , until {clockTime(untilMs, nowMs.value, true)} (<When ms={untilMs} />)
          </>
        )}
      </p>
    </>
  );
}
