/** Orders that become jobs by the clock. */

import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { ask, askRaw, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { note, noteError, question } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { DeliverTo, type Destinations } from '../ui/deliver-to.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field } from '../ui/field.tsx';
import { DO, Listed, Opens } from '../ui/list.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { Job, JobState } from '../wire.ts';
import { absolute, clockTime, plural } from '../words.ts';

const AGAIN_MS = 10_000;

interface Run {
  readonly dueMs: number;
  readonly startedMs: number;
  readonly jobId?: string;
  readonly outcome: string;
  readonly manual: boolean;
  readonly late: boolean;
  readonly why?: string;
  readonly jobState?: JobState;
}

interface Schedule {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: string;
  readonly paused: boolean;
  readonly order: { readonly collector: string; readonly deliver?: readonly string[] };
  readonly nextMs?: number;
  readonly last?: Run;
}

interface Listing {
  readonly schedules: readonly Schedule[];
}

type Then = () => Promise<void>;
const nothing = () => {};

export function SchedulesPage() {
  const list = useResource<Listing>('/v1/schedules?limit=200', AGAIN_MS);
  useLive('/v1/events', nothing);
  const history = useSignal<Schedule | undefined>(undefined);
  const look = (schedule: Schedule | undefined) => {
    history.value = schedule;
  };
  return (
    <>
      <Title text={headlineOf(list.data?.schedules)} page="Schedules" />
      {may('run') ? (
        <Opens word="New schedule">{(close) => <Add then={list.reload} onClose={close} />}</Opens>
      ) : null}
      <Listed
        of={list}
        rows={(data) => data.schedules}
        none={<None />}
        label="Schedules"
        columns={['Schedule', 'State', 'When', 'Next', 'Last run', DO]}
      >
        {(schedule) => <Row key={schedule.id} schedule={schedule} then={list.reload} look={look} />}
      </Listed>
      {history.value === undefined ? null : (
        <Runs schedule={history.value} onClose={() => look(undefined)} />
      )}
    </>
  );
}

function headlineOf(all: readonly Schedule[] | undefined): string {
  if (all === undefined) return 'Looking…';
  if (all.length === 0) return 'Schedules';
  const active = all.filter(({ paused }) => !paused).length;
  return `${plural(active, 'schedule')} active, ${all.length - active} paused.`;
}

function None() {
  return (
    <Empty>
      <p>There is no schedule. One starts a job again and again, by cron.</p>
      <p>
        <code>
          sluice schedules create contacts --input-of JOB --cron '0 6 * * *' --server{' '}
          {location.origin}
        </code>
      </p>
    </Empty>
  );
}

interface RowProps {
  readonly schedule: Schedule;
  readonly then: Then;
  readonly look: (schedule: Schedule) => void;
}

function Row({ schedule, then, look }: RowProps) {
  const { id, name, cron, timeZone, order, paused, nextMs, last } = schedule;
  const act = (action: string, done: string) => () => void change(id, action, done, then);
  return (
    <tr>
      <td>
        <button type="button" class="link" data-row={id} onClick={() => look(schedule)}>
          <Said text={name} max={80} />
        </button>
        <br />
        <span class="quiet small">
          {order.collector}, {schedule.tenant}
          {order.deliver === undefined ? '' : `, to ${order.deliver.join(', ')}`}
        </span>
      </td>
      <td>
        <State state={paused ? 'paused' : 'open'} word={paused ? 'paused' : 'active'} />
      </td>
      <td>
        <code>{cron}</code> <span class="quiet">{timeZone}</span>
      </td>
      <td>{nextMs === undefined ? <Dash /> : <When ms={nextMs} />}</td>
      <td>
        <Outcome run={last} />
      </td>
      <td>
        {may('run') ? (
          <p class="buttons">
            <RowButton word="Run now" of={name} act={act('run', 'It runs.')} />
            {paused ? (
              <RowButton
                word="Resume"
                of={name}
                act={act('resume', 'It goes on with the next tick.')}
              />
            ) : (
              <RowButton word="Pause" of={name} act={act('pause', 'Paused; what runs goes on.')} />
            )}
            <RowButton word="Delete…" of={name} act={() => askToDelete(schedule, then)} />
          </p>
        ) : null}
      </td>
    </tr>
  );
}

function Outcome({ run }: { readonly run: Run | undefined }) {
  if (run === undefined) return <span class="quiet">none yet</span>;
  const { jobId, jobState, outcome, startedMs, why } = run;
  return (
    <>
      {jobState === undefined ? outcome : <State state={jobState} />}{' '}
      {jobId === undefined ? (
        <When ms={startedMs} />
      ) : (
        <a href={`/jobs/${jobId}`}>
          <When ms={startedMs} />
        </a>
      )}
      {run.manual ? ', by hand' : run.late ? ', late' : ''}
      {why === undefined ? null : (
        <p class="small">
          <Said text={why} max={160} />
        </p>
      )}
    </>
  );
}

async function change(id: string, action: string, done: string, then: Then): Promise<void> {
  try {
    const path = `/v1/schedules/${id}/${action}`;
    const answer = await ask<{ outcome?: string; why?: string }>(path, { method: 'POST' });
    const refused = action === 'run' && answer.outcome !== 'started' && answer.why !== undefined;
    note(refused ? `${answer.outcome}: ${answer.why}` : done, refused);
    await then();
  } catch (error) {
    noteError(error);
  }
}

function askToDelete({ id, name }: Schedule, then: Then): void {
  question.value = {
    title: `Delete ${name}?`,
    text: 'The schedule and its history go; its jobs stay.',
    act: 'Delete 1 schedule',
    bad: true,
    async run() {
      await askRaw(`/v1/schedules/${id}`, { method: 'DELETE' });
      note('Deleted.');
      await then();
    },
  };
}

function Runs({
  schedule,
  onClose,
}: {
  readonly schedule: Schedule;
  readonly onClose: () => void;
}) {
  const path = `/v1/schedules/${schedule.id}/history?limit=50`;
  const runs = useResource<{ readonly runs: readonly Run[] }>(path);
  return (
    <Dialog title={`Runs of ${schedule.name.slice(0, 80)}`} side onClose={onClose}>
      <Loaded of={runs} lines={6}>
        {(shown) =>
          shown.runs.length === 0 ? (
            <p>It has not run yet.</p>
          ) : (
            <ul class="waits">
              {shown.runs.map((run) => (
                <li key={`${run.dueMs}.${run.startedMs}`}>
                  <Outcome run={run} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}

function Add({ then, onClose }: { readonly then: Then; readonly onClose: () => void }) {
  const id = useId();
  const ticks = useSignal<readonly number[]>([]);
  const jobs = useResource<{ readonly jobs: readonly Job[] }>('/v1/jobs?limit=50');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const places = useResource<Destinations>('/v1/destinations');
  const deliver = useSignal<readonly string[]>([]);
  const looks = useRef(0);
  /** Times of what stood there before are none of what stands there now. */
  const forget = () => {
    ticks.value = [];
    looks.current += 1;
  };
  const look = async ({ cron = '', timeZone = 'UTC' }: Texts) => {
    forget();
    if (cron === '') return;
    const mine = looks.current;
    const json = { cron, timeZone, count: 3 };
    const path = '/v1/schedules/preview';
    const found = await ask<{ readonly ticks: readonly number[] }>(path, { method: 'POST', json });
    if (mine === looks.current) ticks.value = found.ticks;
  };
  const send = async ({ name, cron, timeZone, overlap, job: jobId }: Texts) => {
    const like = jobs.data?.jobs.find((each) => each.id === jobId);
    if (like === undefined) return;
    const { collector, concurrency, retries, weight } = like;
    const { options = {}, input } = await ask<Job>(`/v1/jobs/${like.id}`);
    const order = {
      ...{ collector, options, retries, weight, concurrency },
      ...(input.format === 'none' ? {} : { input: { job: like.id } }),
      ...(input.column === undefined ? {} : { column: input.column }),
      ...(deliver.value.length === 0 ? {} : { deliver: deliver.value }),
    };
    await ask('/v1/schedules', { method: 'POST', json: { name, cron, timeZone, overlap, order } });
    note(`Made: ${name}.`);
  };
  return (
    <DialogForm
      title="New schedule"
      act="Make it"
      send={send}
      then={then}
      onClose={onClose}
      look={look}
    >
      <Field id={`${id}n`} label="Name">
        <input id={`${id}n`} name="name" required maxLength={200} />
      </Field>
      <Field id={`${id}j`} label="Do again" help="A job: its collector, options and input.">
        <select id={`${id}j`} name="job" required>
          {(jobs.data?.jobs ?? []).map((job) => (
            <option key={job.id} value={job.id}>
              {job.collector}: {job.input.name.slice(0, 60) || job.id} (
              {clockTime(job.createdMs, nowMs.value)})
            </option>
          ))}
        </select>
      </Field>
      <Field id={`${id}c`} label="Cron" help="Five fields, or @hourly, @daily: 0 6 * * * is 6:00.">
        <input id={`${id}c`} name="cron" required defaultValue="0 6 * * *" onInput={forget} />
      </Field>
      <Field id={`${id}z`} label="Time zone">
        <input id={`${id}z`} name="timeZone" required defaultValue={zone} onInput={forget} />
      </Field>
      <Field id={`${id}o`} label="While the run before is not over">
        <select id={`${id}o`} name="overlap">
          <option value="skip">leave the new run out</option>
          <option value="queue">let one run wait for its end</option>
          <option value="replace">cancel it for the new run</option>
        </select>
      </Field>
      <DeliverTo names={places.data?.destinations ?? []} chosen={deliver} />
      <p class="quiet">
        {ticks.value.length === 0
          ? 'Its next times are shown here.'
          : `Next: ${ticks.value.map((ms) => absolute(ms)).join('; ')}.`}
      </p>
    </DialogForm>
  );
}
