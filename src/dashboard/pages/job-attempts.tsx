/** Attempts of a job, the last first: how long each waited for its turn, for limits, and ran. */
import { query, setQuery } from '../router.ts';
import { nowMs } from '../ticking.ts';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Choice, Tail, type TailPage } from '../ui/tail.tsx';
import { Said } from '../ui/text.tsx';
import type { Job, JobAttempt } from '../wire.ts';
import { absolute, bytes, clockTime, count, duration, plural } from '../words.ts';

const WHICH = { '': 'The latest', kept: 'Those kept' };
const ENDS = {
  '': 'All',
  completed: 'Got through',
  'retry,discarded': 'Failed',
  wait: 'Told to wait',
};
const INTERRUPTED = { 'interrupted,cancelled,stopped': 'Interrupted' };
const STATES: Readonly<Record<JobAttempt['end'], readonly [state: string, word: string]>> = {
  completed: ['completed', 'got through'],
  retry: ['warning', 'failed, tried again'],
  wait: ['waiting', 'told to wait'],
  discarded: ['discarded', 'given up'],
  interrupted: ['paused', 'interrupted'],
  cancelled: ['cancelled', 'cancelled'],
  stopped: ['paused', 'stopped the job'],
};

interface Page extends TailPage {
  readonly attempts: readonly JobAttempt[];
}

interface AttemptsTabProps {
  readonly job: Job;
  /** Nodes whose attempts are not among the latest. */
  readonly others: number;
}

export function AttemptsTab({ job, others }: AttemptsTabProps) {
  const { which, end } = query.value;
  const kept = which === 'kept';
  return (
    <>
      <Choice label="Which attempts" name="which" of={WHICH} />
      <p class="quiet">
        {kept
          ? 'Of rows that did not get through at once: stored with the job, the last begun first.'
          : 'Whatever became of them, the last that ended first: up to 200, in the memory of this server alone.'}{' '}
        Queued: since the row came up for its turn. Waited: for limits, without a place.
        {!kept && others > 0 ? ` Those of ${plural(others, 'other node')} are not among them.` : ''}
      </p>
      <Choice
        label="By what became of them"
        name="end"
        of={kept ? ENDS : { ...ENDS, ...INTERRUPTED }}
      />
      <Tail<Page>
        path={`/v1/jobs/${job.id}/attempts${kept ? '' : '/latest'}`}
        filter={{ end }}
        word="attempt"
      >
        {({ attempts, next }) => (
          <Attempts attempts={attempts} none={noneWords(job, kept, end, next !== undefined)} />
        )}
      </Tail>
    </>
  );
}

function noneWords(job: Job, kept: boolean, end: string | undefined, more: boolean): string {
  if (more) return 'None is like this among those looked through so far.';
  if (end !== undefined) return 'None is like this.';
  if (kept) return 'None is kept: every row that was tried got through at once.';
  return job.state === 'running'
    ? 'None has ended since this server was started.'
    : 'The server was started after the job had ended: only those that are kept can be shown.';
}

function Attempts({ attempts, none }: { attempts: readonly JobAttempt[]; none: string }) {
  if (attempts.length === 0) return <p class="empty">{none}</p>;
  const longest = Math.max(1, ...attempts.map((each) => (each.queuedMs ?? 0) + each.tookMs));
  return (
    <Scroll label="Attempts">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Row
            </th>
            <th scope="col" class="number">
              No.
            </th>
            <th scope="col">End</th>
            <th scope="col">Began</th>
            <th scope="col" class="number">
              Queued
            </th>
            <th scope="col" class="number">
              Waited
            </th>
            <th scope="col" class="number">
              Ran
            </th>
            <th scope="col">
              <span class="unseen">Drawn</span>
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((each) => (
            <Row key={each.place ?? `${each.seq}.${each.no}`} attempt={each} longest={longest} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ attempt, longest }: { attempt: JobAttempt; longest: number }) {
  const { seq, no, end, startedMs, tookMs, waitedMs, queuedMs, failure } = attempt;
  const { node, accounts = [], receivedBytes } = attempt;
  const [state, word] = STATES[end];
  const more = [
    ...(accounts.length === 0 ? [] : [`as ${accounts.join(', ')}`]),
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(receivedBytes === undefined ? [] : [`${bytes(receivedBytes)} received`]),
  ].join(', ');
  return (
    <tr>
      <td class="number">
        <button
          type="button"
          class="link"
          data-row={`${seq}.${no}`}
          onClick={() => setQuery({ task: String(seq) }, true)}
        >
          {count(seq)}
        </button>
      </td>
      <td class="number">{count(no)}</td>
      <td>
        <State state={state} word={word} />
      </td>
      <td>
        <time dateTime={new Date(startedMs).toISOString()} title={absolute(startedMs)}>
          {clockTime(startedMs, nowMs.value, true)}
        </time>
      </td>
      <td class="number">{queuedMs === undefined ? '—' : duration(queuedMs)}</td>
      <td class="number">{duration(waitedMs)}</td>
      <td class="number">{duration(tookMs - waitedMs)}</td>
      <td>
        <Split attempt={attempt} longest={longest} />
      </td>
      <td>
        {failure === undefined ? null : <Said text={failure.message} max={160} />}
        {more === '' ? null : (
          <span class="quiet">
            {failure === undefined ? '' : ' '}
            <Said text={more} max={160} />
          </span>
        )}
      </td>
    </tr>
  );
}

/** Queued, waited, ran, in the scale of the longest of the page; its numbers stand beside it. */
function Split({ attempt, longest }: { attempt: JobAttempt; longest: number }) {
  const { queuedMs = 0, waitedMs, tookMs } = attempt;
  const parts = [
    ['available', queuedMs],
    ['waiting', waitedMs],
    ['running', Math.max(0, tookMs - waitedMs)],
  ] as const;
  let x = 0;
  return (
    <svg class="split" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(([name, ms]) => {
        const from = x;
        const width = (ms / longest) * 100;
        x += width;
        return <rect key={name} class={`fill-${name}`} x={from} width={width} height="8" />;
      })}
    </svg>
  );
}
