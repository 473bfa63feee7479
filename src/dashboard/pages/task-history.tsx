/** The attempts of a row that did not get through at once, the newest first. */
import { nowMs } from '../ticking.ts';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import type { Exchange, Task, TaskAttempt } from '../wire.ts';
import { bytes, count, duration, laneWords, plural, relative } from '../words.ts';

const ENDS: Readonly<Record<TaskAttempt['end'], readonly [state: string, word: string]>> = {
  completed: ['completed', 'got through'],
  retry: ['warning', 'failed'],
  wait: ['waiting', 'told to wait'],
  discarded: ['discarded', 'given up'],
};
/** Waits that are shorter say nothing. */
const WAITED_MS_MIN = 50;

export function TaskHistory({ task }: { readonly task: Task }) {
  const { history = [], attempts, state, failure } = task;
  if (history.length === 0) {
    if (attempts > 1) return <p class="quiet">Nothing was kept of its earlier attempts.</p>;
    if (state === 'completed') return <p class="quiet">It got through at the first attempt.</p>;
    const words = failure === undefined ? 'It has not been tried so far.' : 'It was not tried.';
    return <p class="quiet">{words}</p>;
  }
  const gone = (history[0]?.no ?? 1) - 1;
  return (
    <>
      <ol class="attempts" reversed>
        {history.toReversed().map((attempt) => (
          <Attempt key={attempt.no} attempt={attempt} known={failure?.message} />
        ))}
      </ol>
      {gone === 0 ? null : <p class="quiet">The first {count(gone)} are not kept.</p>}
    </>
  );
}

interface AttemptProps {
  readonly attempt: TaskAttempt;
  /** The sentence that stands above. */
  readonly known: string | undefined;
}

function Attempt({ attempt, known }: AttemptProps) {
  const { no, startedMs, tookMs, end, failure, againMs, node, accounts = [], queuedMs } = attempt;
  const [state, word] = ENDS[end];
  const waits = waitWords(attempt);
  return (
    <li value={no}>
      <p>
        <b>{count(no)}</b> <State state={state} word={word} />{' '}
        <span class="quiet">
          began <When ms={startedMs} />, took {duration(tookMs)}
          {queuedMs === undefined ? '' : `, had queued for ${duration(queuedMs)}`}
          {againMs !== undefined && againMs > nowMs.value ? (
            <>, again {relative(againMs, nowMs.value)}</>
          ) : null}
        </span>
      </p>
      {failure === undefined ? null : (
        <p>
          {failure.message === known ? (
            'For the reason above'
          ) : (
            <Said text={failure.message} max={600} />
          )}{' '}
          <span class="quiet">
            ({failure.class}, <code>{failure.code}</code>
            {failure.status === undefined ? '' : `, answered ${failure.status}`})
          </span>
        </p>
      )}
      {waits === '' ? null : <p class="quiet">Waited {waits}.</p>}
      <Requests attempt={attempt} />
      {node === undefined && accounts.length === 0 ? null : (
        <p class="quiet">
          {[
            ...(node === undefined ? [] : [`on node ${node}`]),
            ...(accounts.length === 0 ? [] : [`as ${accounts.join(', ')}`]),
          ].join(', ')}
        </p>
      )}
    </li>
  );
}

/** `2 s for host a.example, 1 s for account 3`, or how long without saying for what. */
function waitWords({ waits = [], waitedMs }: TaskAttempt): string {
  const told = waits.filter(({ ms }) => ms >= WAITED_MS_MIN);
  if (told.length === 0) return waitedMs < WAITED_MS_MIN ? '' : duration(waitedMs);
  return told
    .map(({ lane, ms }) => {
      const at = lane.indexOf(':');
      return `${duration(ms)} for ${laneWords(lane.slice(0, at), lane.slice(at + 1))}`;
    })
    .join(', ');
}

function Requests({ attempt }: { readonly attempt: TaskAttempt }) {
  const { requests = 0, receivedBytes = 0, exchanges = [], no } = attempt;
  if (requests === 0) return null;
  const left = requests - exchanges.length;
  return (
    <>
      <p class="quiet">
        {plural(requests, 'request')}, {bytes(receivedBytes)} received
        {left > 0 ? `; the first and the last ${count(exchanges.length - 1)} are kept` : ''}.
      </p>
      {exchanges.map((each) => (
        <Request key={each.atMs} exchange={each} label={`Request of attempt ${no}`} />
      ))}
    </>
  );
}

interface RequestProps {
  readonly exchange: Exchange;
  readonly label: string;
}

function Request({ exchange, label }: RequestProps) {
  const { method, url, status, failure, tookMs, headersMs, waitedMs, atMs } = exchange;
  const { requestHeaders, headers = {} } = exchange;
  const times = [
    `${duration(atMs)} after the start`,
    ...(waitedMs < WAITED_MS_MIN ? [] : [`waited ${duration(waitedMs)}`]),
    ...(headersMs === undefined ? [] : [`headers after ${duration(headersMs)}`]),
    `took ${duration(tookMs)}`,
    bytes(exchange.bytes),
  ];
  return (
    <details class="as-data request">
      <summary>
        {method} {status ?? failure ?? 'no answer'}: <Said text={url} max={500} />
      </summary>
      <p class="quiet">{times.join(', ')}</p>
      <Scroll label={label}>
        <Headers word="Sent" headers={requestHeaders} />
        <Headers word="Answered" headers={headers} />
      </Scroll>
      <p class="quiet small">Of the headers those that tell nothing secret.</p>
    </details>
  );
}

function Headers({ word, headers }: { word: string; headers: Exchange['requestHeaders'] }) {
  const all = Object.entries(headers);
  if (all.length === 0) return null;
  return (
    <>
      <p>
        <b>{word}</b>
      </p>
      <dl class="facts-list">
        {all.map(([name, value]) => (
          <div key={name}>
            <dt>
              <Said text={name} max={60} />
            </dt>
            <dd>
              <Said text={value} max={200} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
