/** One group of failures over all jobs: what, how often, when, where, and what can be done. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ask, askRaw, may } from '../api.ts';
import { copy } from '../shell.tsx';
import { note, noteError, question } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field } from '../ui/field.tsx';
import { RetryThese, WhyNot } from '../ui/retry-these.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { Icon } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import type { Failure } from '../wire.ts';
import { clockTime, count, duration, plural } from '../words.ts';
import { FailureSamples } from './failure-samples.tsx';

interface Of {
  readonly id: string;
  readonly collector: string;
  readonly input: string;
  readonly count: number;
}

interface Mute {
  readonly by: string;
  readonly sinceMs: number;
  readonly untilMs?: number;
  readonly why?: string;
}

export interface Group {
  readonly fingerprint: string;
  readonly count: number;
  readonly retriable: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sample: Failure;
  readonly over: readonly number[];
  readonly muted?: Mute;
  readonly jobs: readonly Of[];
}

export interface AllFailures {
  readonly sinceMs: number;
  readonly span: string;
  readonly overFromMs: number;
  readonly overStepMs: number;
  readonly jobs: number;
  readonly more: boolean;
  readonly groups: readonly Group[];
}

type Then = () => Promise<void>;
const JOBS_SHOWN = 5;

interface LineProps {
  readonly group: Group;
  readonly of: AllFailures;
  /** Failures of all groups. */
  readonly all: number;
  readonly then: Then;
}

export function FailureLine({ group, of, all, then }: LineProps) {
  const { sample, jobs, firstMs, lastMs, fingerprint, muted } = group;
  const [first] = jobs;
  return (
    <li class="group">
      <Icon name="failed" />
      <div>
        <p>
          <b>{count(group.count)}</b>{' '}
          <a href={rowsHref(first?.id ?? '', fingerprint)} data-row={fingerprint}>
            <Said text={sample.message} max={200} />
          </a>
        </p>
        <p class="quiet small">
          {sample.class}, <code>{sample.code}</code>, {Math.round((group.count / all) * 100)} % of
          failures, first <When ms={firstMs} />, last <When ms={lastMs} />
        </p>
        {sample.hint === undefined ? null : (
          <p class="small">
            <Said text={sample.hint} max={300} />
          </p>
        )}
        <WhyNot count={group.count} retriable={group.retriable} />
        {muted === undefined ? null : <MutedWords muted={muted} />}
        <Jobs jobs={jobs} fingerprint={fingerprint} />
        {first === undefined ? null : (
          <FailureSamples jobId={first.id} fingerprint={fingerprint} message={sample.message} />
        )}
      </div>
      <Sparkline values={group.over} label={overWords(group, of)} />
      <div class="buttons end">
        <RetryThese
          count={group.count}
          retriable={group.retriable}
          onRetry={() => askToRetry(group, then)}
        />
        {may('run') ? (
          muted === undefined ? (
            <MuteButton group={group} then={then} />
          ) : (
            <button
              type="button"
              aria-label={`Unmute: ${sample.message.slice(0, 100)}`}
              onClick={() => void unmute(group, then)}
            >
              Unmute
            </button>
          )
        ) : null}
        <button
          type="button"
          class="plain"
          aria-label={`Copy as Markdown: ${sample.message.slice(0, 100)}`}
          onClick={() => void copy(markdown(group))}
        >
          Copy
        </button>
      </div>
    </li>
  );
}

function markdown({ sample, count: number, jobs, lastMs }: Group): string {
  const where = `in ${plural(jobs.length, 'job')}, last ${new Date(lastMs).toISOString()}`;
  return `- **${number}** × \`${sample.code}\` ${sample.message} (${where})`;
}

function rowsHref(id: string, fingerprint: string): string {
  return `/jobs/${id}?${new URLSearchParams({ tab: 'tasks', group: fingerprint })}`;
}

function MutedWords({ muted }: { readonly muted: Mute }) {
  const { by, sinceMs, untilMs, why } = muted;
  const until = untilMs === undefined ? 'until it is undone' : clockTime(untilMs, nowMs.value);
  return (
    <p class="small">
      Muted by <Said text={by} max={80} />, <When ms={sinceMs} />,{' '}
      {untilMs === undefined ? until : `until ${until}`}
      {why === undefined ? null : (
        <>
          : <Said text={why} max={200} />
        </>
      )}
    </p>
  );
}

interface JobsProps {
  readonly jobs: readonly Of[];
  readonly fingerprint: string;
}

/** Where: each with its rows, and with them as a file. */
function Jobs({ jobs, fingerprint }: JobsProps) {
  const file = new URLSearchParams({ only: fingerprint, safeFormulas: 'results' });
  return (
    <p class="small">
      {jobs.slice(0, JOBS_SHOWN).map((job, i) => (
        <span key={job.id}>
          {i === 0 ? 'In ' : ', '}
          <a href={rowsHref(job.id, fingerprint)}>
            <Said text={job.input || job.id} max={50} />
          </a>{' '}
          ({count(job.count)}{' '}
          <a
            href={`/v1/jobs/${job.id}/failures/download?${file}`}
            download
            aria-label={`These rows of ${job.input.slice(0, 50) || job.id} as CSV`}
          >
            CSV
          </a>
          )
        </span>
      ))}
      {jobs.length > JOBS_SHOWN ? ` and ${plural(jobs.length - JOBS_SHOWN, 'job')} more` : ''}
    </p>
  );
}

/** `3 in the last 24 h, most of them (2) between 14:00 and 14:30` */
function overWords({ over }: Group, { overFromMs, overStepMs }: AllFailures): string {
  const span = duration(over.length * overStepMs);
  const sum = over.reduce((all, each) => all + each, 0);
  if (sum === 0) return `None in the last ${span}`;
  const most = over.reduce((best, each, i) => (each > (over[best] as number) ? i : best), 0);
  const from = overFromMs + most * overStepMs;
  const [begin, end] = [from, from + overStepMs].map((ms) => clockTime(ms, nowMs.peek()));
  const number = over[most] as number;
  return `${count(sum)} in the last ${span}, most (${count(number)}) between ${begin} and ${end}`;
}

function askToRetry({ fingerprint, jobs, retriable: number, sample }: Group, then: Then): void {
  question.value = {
    title: `Try these ${count(number)} again?`,
    text: `In ${plural(jobs.length, 'job')}, only rows of this group: ${sample.message.slice(0, 200)}`,
    act: `Retry these ${count(number)}`,
    async run() {
      let retried = 0;
      for (const { id } of jobs) {
        const json = { only: fingerprint };
        const path = `/v1/jobs/${id}/retry`;
        const answer = await ask<{ readonly retried: number }>(path, { method: 'POST', json });
        retried += answer.retried;
      }
      note(
        retried === 0
          ? 'There is nothing to try: these rows were refused as they are.'
          : `Tried again: ${plural(retried, 'row')}.`,
      );
      await then();
    },
  };
}

const HOUR_MS = 3_600_000;
const TIMES: readonly (readonly [string, string])[] = [
  [String(HOUR_MS), 'an hour'],
  [String(24 * HOUR_MS), 'a day'],
  [String(7 * 24 * HOUR_MS), 'a week'],
  [String(30 * 24 * HOUR_MS), '30 days'],
  ['', 'until it is undone'],
];

function MuteButton({ group, then }: { readonly group: Group; readonly then: Then }) {
  const open = useSignal(false);
  const turn = (to: boolean) => () => {
    open.value = to;
  };
  return (
    <>
      <button
        type="button"
        aria-label={`Mute… ${group.sample.message.slice(0, 100)}`}
        onClick={turn(true)}
      >
        Mute…
      </button>
      {open.value ? <MuteDialog group={group} then={then} onClose={turn(false)} /> : null}
    </>
  );
}

interface MuteDialogProps {
  readonly group: Group;
  readonly then: Then;
  readonly onClose: () => void;
}

function MuteDialog({ group, then, onClose }: MuteDialogProps) {
  const id = useId();
  const send = async ({ time = '', why = '' }: Texts) => {
    const json = {
      fingerprint: group.fingerprint,
      ...(time === '' ? {} : { forMs: Number(time) }),
      ...(why.trim() === '' ? {} : { why: why.trim() }),
    };
    await ask('/v1/failures/mute', { method: 'POST', json });
    note('Muted: it is folded at the end of the page.', {
      act: 'Undo',
      run: () => unmute(group, then),
    });
  };
  return (
    <DialogForm
      title="Mute this group?"
      act="Mute 1 group"
      send={send}
      then={then}
      onClose={onClose}
    >
      <p>
        <Said text={group.sample.message} max={200} />
      </p>
      <p class="quiet">Its rows still count as failed, and can be tried again at any time.</p>
      <Field id={`${id}t`} label="For">
        <select id={`${id}t`} name="time" defaultValue={String(24 * HOUR_MS)}>
          {TIMES.map(([value, word]) => (
            <option key={value} value={value} selected={value === String(24 * HOUR_MS)}>
              {word}
            </option>
          ))}
        </select>
      </Field>
      <Field id={`${id}w`} label="Why" help="For others; may be left empty.">
        <input id={`${id}w`} name="why" maxLength={500} />
      </Field>
    </DialogForm>
  );
}

async function unmute({ fingerprint }: Group, then: Then): Promise<void> {
  try {
    await askRaw('/v1/failures/unmute', { method: 'POST', json: { fingerprint } });
    note('It is told of again.');
    await then();
  } catch (error) {
    noteError(error);
  }
}
