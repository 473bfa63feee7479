/** What failed in all jobs of the last days, by cause; muted causes are folded, never left out. */
import { useSignal } from '@preact/signals';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Title } from '../ui/title.tsx';
import { count, plural } from '../words.ts';
import { type AllFailures, FailureLine, type Group } from './failure-line.tsx';

const AGAIN_MS = 5_000;
const SPANS = { hour: 'hour', day: 'day', week: '7 days' } as const;

const nothing = () => {};

export function FailuresPage() {
  const { span = '' } = query.value;
  // Unless one is asked for, the server chooses the shortest that shows all.
  const path = span in SPANS ? `/v1/failures?span=${span}` : '/v1/failures';
  const failures = useResource<AllFailures>(path, AGAIN_MS);
  useLive('/v1/events', nothing);
  const order = useSignal<readonly string[]>([]);
  const groups = failures.data?.groups ?? [];
  const takeOrder = () => {
    order.value = groups.map(({ fingerprint }) => fingerprint);
  };
  if (order.value.length === 0 && groups.length > 0) takeOrder();
  const known = new Map(groups.map((group) => [group.fingerprint, group]));
  const shown = order.value.flatMap((fingerprint) => known.get(fingerprint) ?? []);
  const fresh = groups.length - shown.length;
  const open = shown.filter(({ muted }) => muted === undefined);
  const muted = shown.filter((group) => group.muted !== undefined);
  const { data } = failures;
  return (
    <>
      <Title text={headlineOf(data, open, muted)} page="Failures" />
      {data === undefined || groups.length === 0 ? null : (
        <>
          <p class="quiet">
            Of {data.more ? `the newest ${count(data.jobs)} jobs` : plural(data.jobs, 'job')} with
            failures.
          </p>
          <nav class="buttons" aria-label="Time that the small charts cover">
            <span class="quiet">Charts of the last</span>
            {Object.entries(SPANS).map(([name, word]) => (
              <button
                key={name}
                type="button"
                aria-pressed={data.span === name}
                onClick={() => setQuery({ span: name })}
              >
                {word}
              </button>
            ))}
          </nav>
        </>
      )}
      {fresh > 0 ? (
        <button type="button" class="fresh" onClick={takeOrder}>
          {count(fresh)} new {fresh === 1 ? 'group' : 'groups'}, show
        </button>
      ) : null}
      <Loaded of={failures} lines={8}>
        {(answer) => (
          <>
            {shown.length === 0 ? (
              <Empty>
                <p>Nothing to do here.</p>
              </Empty>
            ) : (
              <Groups groups={open} of={answer} then={failures.reload} />
            )}
            {muted.length === 0 ? null : (
              <details class="muted">
                <summary>
                  <h2>
                    {plural(muted.length, 'muted group')} with {plural(rowsOf(muted), 'row')}
                  </h2>
                </summary>
                <Groups groups={muted} of={answer} then={failures.reload} />
              </details>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function rowsOf(groups: readonly Group[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function headlineOf(
  data: AllFailures | undefined,
  open: readonly Group[],
  muted: readonly Group[],
): string {
  if (data === undefined) return 'Looking…';
  const aside = muted.length === 0 ? '' : `, ${plural(muted.length, 'group')} muted`;
  if (open.length === 0 && muted.length === 0) return 'No row failed in the last 7 days.';
  if (open.length === 0) return `Nothing new failed in the last 7 days${aside}.`;
  const rows = plural(rowsOf(open), 'row');
  return `${rows} failed for ${plural(open.length, 'reason')} in the last 7 days${aside}.`;
}

interface GroupsProps {
  readonly groups: readonly Group[];
  readonly of: AllFailures;
  readonly then: () => Promise<void>;
}

function Groups({ groups, of, then }: GroupsProps) {
  const all = rowsOf(of.groups);
  return (
    <ul class="groups">
      {groups.map((group) => (
        <FailureLine key={group.fingerprint} group={group} of={of} all={all} then={then} />
      ))}
    </ul>
  );
}
