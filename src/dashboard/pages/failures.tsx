/** What failed in all jobs of the last days, by cause. */
import { useSignal } from '@preact/signals';
import { ask, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { note, question } from '../talk.ts';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Icon } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { Failure } from '../wire.ts';
import { count, plural } from '../words.ts';

const AGAIN_MS = 5_000;

interface Of {
  readonly id: string;
  readonly collector: string;
  readonly input: string;
  readonly count: number;
}

interface Group {
  readonly fingerprint: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly sample: Failure;
  readonly jobs: readonly Of[];
}

interface AllFailures {
  readonly sinceMs: number;
  readonly jobs: number;
  readonly more: boolean;
  readonly groups: readonly Group[];
}

const nothing = () => {};

export function FailuresPage() {
  const failures = useResource<AllFailures>('/v1/failures', AGAIN_MS);
  useLive('/v1/events', nothing);
  const order = useSignal<readonly string[]>([]);
  const groups = failures.data?.groups ?? [];
  if (order.value.length === 0 && groups.length > 0) {
    order.value = groups.map(({ fingerprint }) => fingerprint);
  }
  const known = new Map(groups.map((group) => [group.fingerprint, group]));
  const shown = order.value.flatMap((fingerprint) => known.get(fingerprint) ?? []);
  const fresh = groups.length - shown.length;
  const rows = shown.reduce((sum, group) => sum + group.count, 0);
  const { data } = failures;
  const headline =
    data === undefined
      ? 'Looking…'
      : rows === 0
        ? 'No row failed in the last 7 days.'
        : `${plural(rows, 'row')} failed for ${plural(shown.length, 'reason')} in the last 7 days.`;
  return (
    <>
      <Title text={headline} page="Failures" />
      {data === undefined || rows === 0 ? null : (
        <p class="quiet">
          Of {data.more ? `the newest ${count(data.jobs)} jobs` : plural(data.jobs, 'job')} with
          failures.
        </p>
      )}
      {fresh > 0 ? (
        <button
          type="button"
          class="fresh"
          onClick={() => {
            order.value = groups.map(({ fingerprint }) => fingerprint);
          }}
        >
          {count(fresh)} new {fresh === 1 ? 'group' : 'groups'}, show
        </button>
      ) : null}
      <Loaded of={failures} lines={8}>
        {() =>
          shown.length === 0 ? (
            <Empty>
              <p>Nothing to do here.</p>
            </Empty>
          ) : (
            <ul class="groups">
              {shown.map((group) => (
                <Line key={group.fingerprint} group={group} all={rows} then={failures.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

interface LineProps {
  readonly group: Group;
  readonly all: number;
  readonly then: () => Promise<void>;
}

function Line({ group, all, then }: LineProps) {
  const { sample, jobs, firstMs, lastMs, fingerprint } = group;
  const [first] = jobs;
  const hrefOf = (id: string) =>
    `/jobs/${id}?${new URLSearchParams({ tab: 'tasks', group: fingerprint })}`;
  return (
    <li class="group">
      <Icon name="failed" />
      <div>
        <p>
          <b>{count(group.count)}</b>{' '}
          <a href={hrefOf(first?.id ?? '')} data-row={fingerprint}>
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
        <p class="small">
          {jobs.slice(0, 5).map((job, i) => (
            <span key={job.id}>
              {i === 0 ? 'In ' : ', '}
              <a href={hrefOf(job.id)}>
                <Said text={job.input || job.id} max={50} />
              </a>{' '}
              ({count(job.count)})
            </span>
          ))}
          {jobs.length > 5 ? ` and ${plural(jobs.length - 5, 'job')} more` : ''}
        </p>
      </div>
      <div class="buttons end">
        {may('run') ? (
          <button type="button" onClick={() => askToRetry(group, then)}>
            Retry these {count(group.count)}
          </button>
        ) : null}
      </div>
    </li>
  );
}

function askToRetry({ fingerprint, jobs, count: number, sample }: Group, then: LineProps['then']) {
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
