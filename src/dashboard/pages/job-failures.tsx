/** What failed, by cause. The order stays as it was first seen: counts move, rows do not. */

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useResource } from '../resource.ts';
import { setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { Trouble } from '../ui/notice.tsx';
import { RetryThese, WhyNot } from '../ui/retry-these.tsx';
import { Icon } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import type { Group, Job } from '../wire.ts';
import { count } from '../words.ts';
import { FailureSamples } from './failure-samples.tsx';
import { askToRetryGroup } from './job-actions.ts';

const AGAIN_MS = 3_000;

interface Groups {
  readonly groups: readonly Group[];
  readonly total: number;
}

export function Failures({ job }: { readonly job: Job }) {
  const running = job.state === 'running';
  // Asked again when the number of failures has moved, and when the job has ended.
  const failures = useResource<Groups>(`/v1/jobs/${job.id}/failures`, running ? AGAIN_MS : 0);
  const counted = useRef(-1);
  if (counted.current !== job.counters.discarded && !running && failures.data !== undefined) {
    counted.current = job.counters.discarded;
    void failures.reload();
  }
  const order = useSignal<readonly string[]>([]);
  const groups = failures.data?.groups ?? [];
  const known = new Map(groups.map((group) => [group.fingerprint, group]));
  if (order.value.length === 0 && groups.length > 0) {
    order.value = groups.map(({ fingerprint }) => fingerprint);
  }
  const shown = order.value.flatMap((fingerprint) => known.get(fingerprint) ?? []);
  const fresh = groups.length - shown.length;
  const total = shown.reduce((sum, group) => sum + group.count, 0);
  if (groups.length === 0 && failures.error === undefined) return null;
  return (
    <section>
      <h2>Failures</h2>
      <Trouble error={failures.error} />
      {fresh > 0 ? (
        <button
          type="button"
          class="fresh"
          onClick={() => (order.value = groups.map(({ fingerprint }) => fingerprint))}
        >
          {count(fresh)} new {fresh === 1 ? 'group' : 'groups'}, show
        </button>
      ) : null}
      <ul class="groups">
        {shown.map((group) => (
          <Line
            key={group.fingerprint}
            group={group}
            job={job}
            total={total}
            then={failures.reload}
          />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  readonly group: Group;
  readonly job: Job;
  readonly total: number;
  readonly then: () => Promise<void>;
}

function Line({ group, job, total, then }: LineProps) {
  const { sample, count: number, retriable, firstMs, lastMs, fingerprint } = group;
  return (
    <li class="group">
      <Icon name="failed" />
      <div>
        <p>
          <b>{count(number)}</b>{' '}
          <button
            type="button"
            class="link"
            data-row={fingerprint}
            onClick={() => showRows(fingerprint)}
          >
            <Said text={sample.message} max={200} />
          </button>
        </p>
        <p class="quiet small">
          {sample.class}, <code>{sample.code}</code>,{' '}
          {Math.round((number / Math.max(1, total)) * 100)} % of failures, first{' '}
          <When ms={firstMs} />, last <When ms={lastMs} />
        </p>
        {sample.hint === undefined ? null : (
          <p class="small">
            <Said text={sample.hint} max={300} />
          </p>
        )}
        <WhyNot count={number} retriable={retriable} />
        <FailureSamples jobId={job.id} fingerprint={fingerprint} message={sample.message} />
      </div>
      <div class="buttons end">
        <RetryThese
          count={number}
          retriable={retriable}
          onRetry={() => askToRetryGroup(job.id, group, then)}
        />
        <a
          class="button"
          download
          href={csvHref(job.id, fingerprint)}
          aria-label={`These ${count(number)} as CSV`}
        >
          CSV
        </a>
        <button type="button" class="plain" onClick={() => void copy(markdown(job, group))}>
          Copy
        </button>
      </div>
    </li>
  );
}

function csvHref(jobId: string, only: string): string {
  const file = new URLSearchParams({ only, safeFormulas: 'results' });
  return `/v1/jobs/${jobId}/failures/download?${file}`;
}

function showRows(fingerprint: string): void {
  setQuery({ tab: 'tasks', group: fingerprint, state: undefined, after: undefined }, true);
  document.querySelector('#rows')?.scrollIntoView({ block: 'start' });
}

function markdown(job: Job, { sample, count: number, lastMs }: Group): string {
  const last = new Date(lastMs).toISOString();
  return `- **${number}** × \`${sample.code}\` ${sample.message} (job ${job.id}, last ${last})`;
}
