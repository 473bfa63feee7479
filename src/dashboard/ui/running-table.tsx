/** Jobs that run: how far, how fast, until when, and what each waits for. */
import { nowMs } from '../ticking.ts';
import type { Overview } from '../wire.ts';
import { doneWords, etaWords, rate, waitWords } from '../words.ts';
import { Bar } from './bar.tsx';
import { State } from './state.tsx';
import { Dash, Said } from './text.tsx';

type Running = Overview['running'][number];

export function RunningTable({ running }: { readonly running: readonly Running[] }) {
  return (
    <div class="cards">
      {running.map((each) => (
        <Card key={each.job.id} each={each} />
      ))}
    </div>
  );
}

function Card({ each }: { readonly each: Running }) {
  const { job, progress, still, wait } = each;
  const stuck = job.shown === 'waiting';
  const now = nowMs.value;
  return (
    <article class={stuck ? 'card card-stuck' : 'card'}>
      <header>
        <State state={job.shown} />
        <h3>
          <a href={`/jobs/${job.id}`} data-row={job.id}>
            {job.collector}: <Said text={job.input.name || job.id} max={80} />
          </a>
        </h3>
        <span class="quiet">{job.tenant}</span>
      </header>
      <Bar job={job} />
      <p class="facts">
        <span>{doneWords(job)}</span>
        <span>{progress.perSecond === undefined ? <Dash /> : rate(progress.perSecond)}</span>
        <span>{etaWords(progress, now) ?? (stuck ? 'waiting' : 'estimating the end')}</span>
        {job.counters.discarded > 0 ? (
          <span class="bad-text">{job.counters.discarded.toLocaleString('en-US')} failed</span>
        ) : null}
      </p>
      <p class="blocked">{blockedWords({ still, wait, now, stuck })}</p>
    </article>
  );
}

interface Blocked {
  readonly still: string | undefined;
  readonly wait: Running['wait'];
  readonly now: number;
  readonly stuck: boolean;
}

function blockedWords({ still, wait, now, stuck }: Blocked): string {
  if (wait === undefined) return still === undefined ? 'Nothing holds it up.' : `${still}.`;
  return `${stuck ? 'Waiting for' : 'Held back by'} ${waitWords(wait, now)}.`;
}
