import { useId } from 'preact/hooks';
import { ask, askRaw, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { go, query, setQuery } from '../router.ts';
import { note, noteError, question } from '../talk.ts';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field } from '../ui/field.tsx';
import { DO, Listed, numbers, Opens, Pager } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { count, plural } from '../words.ts';
import { entriesHref, KeptTabs } from './kept-tabs.tsx';

const AGAIN_MS = 5_000;
const LIMIT = 100;
const nothing = () => {};

interface Run {
  readonly jobId: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly new: number;
  readonly known: number;
  readonly calls: number;
}

interface LeadList {
  readonly id: string;
  readonly key: string;
  readonly tenant: string;
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly maxLeads?: number;
  readonly active: boolean;
  readonly state: 'new' | 'sweeping' | 'complete' | 'full' | 'failed';
  readonly leads: number;
  readonly jobId?: string;
  readonly run?: Run;
  readonly error?: { readonly message: string };
}

interface Listing {
  readonly lists: readonly LeadList[];
  readonly next?: string;
}

type Then = () => Promise<void>;

export function LeadsPage() {
  const { after = '' } = query.value;
  const page = new URLSearchParams({ limit: String(LIMIT), ...(after === '' ? {} : { after }) });
  const lists = useResource<Listing>(`/v1/lead-lists?${page}`, AGAIN_MS);
  useLive('/v1/events', nothing);
  const { data, reload } = lists;
  return (
    <>
      <Title text={headlineOf(data)} page="Lead lists" />
      <KeptTabs />
      {may('run') ? (
        <div class="buttons">
          <Opens word="New list">{(close) => <Add then={reload} onClose={close} />}</Opens>
          {(data?.lists ?? []).length === 0 ? null : (
            <button type="button" onClick={() => void collect(undefined, 'all that are due')}>
              Collect what is due
            </button>
          )}
        </div>
      ) : null}
      <Listed
        of={lists}
        rows={(shown) => shown.lists}
        none={<None />}
        label="Lead lists"
        columns={['List', 'Of', 'State', numbers('Leads'), 'Last run', DO]}
      >
        {(list) => <Row key={list.id} list={list} then={reload} />}
      </Listed>
      <Pager
        first={after === ''}
        next={data?.next}
        go={(next) => setQuery({ after: next }, true)}
      />
    </>
  );
}

function headlineOf(data: Listing | undefined): string {
  if (data === undefined) return 'Looking…';
  const { lists, next } = data;
  if (lists.length === 0) return 'Lead lists';
  const leads = lists.reduce((sum, list) => sum + list.leads, 0);
  const failed = lists.filter(({ state }) => state === 'failed').length;
  const more = next === undefined ? '' : ' here';
  const words = [`${plural(lists.length, 'list')}${more} with ${plural(leads, 'lead')}`];
  if (failed > 0) words.push(`${failed} failed`);
  return `${words.join(', ')}.`;
}

function None() {
  return (
    <Empty>
      <p>
        There is no list. One names whose followers, whom somebody follows, a list or a search on X;
        each run brings what is new.
      </p>
      <p>
        <code>sluice leads lists add followers @somebody --server {location.origin}</code>
      </p>
    </Empty>
  );
}

/** By the icons of what is like it. */
const STATES: Readonly<Record<LeadList['state'], readonly [string, string]>> = {
  new: ['available', 'not begun'],
  sweeping: ['running', 'goes on with the next run'],
  complete: ['completed', 'complete'],
  full: ['completed', 'full'],
  failed: ['failed', 'failed'],
};

function Row({ list, then }: { readonly list: LeadList; readonly then: Then }) {
  const { id, key, name, source, target, state, leads, maxLeads, active, error } = list;
  const [icon, word] = STATES[state];
  return (
    <tr>
      <td>
        {id} <Said text={name} max={80} />
        <br />
        <span class="quiet small">{list.tenant}</span>
      </td>
      <td>
        {source} <Said text={target} max={80} />
      </td>
      <td>
        <State state={icon} word={word} />
        {active ? null : <p class="small">switched off</p>}
        {error === undefined ? null : (
          <p class="small">
            <Said text={error.message} max={160} />
          </p>
        )}
      </td>
      <td class="number">
        <a
          href={entriesHref('lead-list-members', `${key}/`)}
          data-row={id}
          aria-label={`${count(leads)} leads of ${name}`}
        >
          {count(leads)}
        </a>
        {maxLeads === undefined ? '' : ` of ${count(maxLeads)}`}
      </td>
      <td>
        <LastRun list={list} />
      </td>
      <td>
        {may('run') ? (
          <p class="buttons">
            <RowButton word="Collect now" of={name} act={() => void collect([id], name)} />
            <RowButton
              word={active ? 'Switch off' : 'Switch on'}
              of={name}
              act={() => void change(list, then)}
            />
            <RowButton word="Remove…" of={name} act={() => askToRemove(list, then)} />
          </p>
        ) : null}
      </td>
    </tr>
  );
}

function LastRun({ list: { run, jobId } }: { readonly list: LeadList }) {
  const job = run?.jobId ?? jobId;
  if (job === undefined) return <span class="quiet">none yet</span>;
  if (run === undefined) return <a href={`/jobs/${job}`}>under way</a>;
  return (
    <>
      <a href={`/jobs/${job}`}>
        <When ms={run.startedMs} />
      </a>
      <p class="small">
        {count(run.new)} new, {count(run.known)} known, {plural(run.calls, 'call')}
        {run.endedMs === undefined ? ', under way' : ''}
      </p>
    </>
  );
}

/** Takes the reader to the job that it starts. */
async function collect(ids: readonly string[] | undefined, what: string): Promise<void> {
  try {
    const json = ids === undefined ? {} : { ids };
    const answer = await ask<{
      readonly job: { readonly id: string };
      readonly lists: readonly string[];
    }>('/v1/lead-lists/collect', { method: 'POST', json });
    if (answer.lists.length === 0) note('No list is due.');
    else {
      note(`Collecting: ${what}.`);
      go(`/jobs/${answer.job.id}`);
    }
  } catch (error) {
    noteError(error);
  }
}

async function change({ id, name, active }: LeadList, then: Then): Promise<void> {
  try {
    await ask(`/v1/lead-lists/${id}`, { method: 'PATCH', json: { active: !active } });
    note(active ? `${name} is taken up only where it is named.` : `${name} is taken up again.`);
    await then();
  } catch (error) {
    noteError(error);
  }
}

function askToRemove({ id, name, leads }: LeadList, then: Then): void {
  question.value = {
    title: `Remove ${name.slice(0, 80)}?`,
    text: `It is collected no more; the ${plural(leads, 'lead')} that it brought stay.`,
    act: 'Remove 1 list',
    bad: true,
    async run() {
      await askRaw(`/v1/lead-lists/${id}`, { method: 'DELETE' });
      note('Removed.');
      await then();
    },
  };
}

const SOURCES = {
  followers: 'Followers of',
  following: 'Followed by',
  list: 'Members of the list',
  search: 'Authors of posts about',
} as const;

function Add({ then, onClose }: { readonly then: Then; readonly onClose: () => void }) {
  const id = useId();
  const send = async ({ source, target, name = '', maxLeads = '' }: Texts) => {
    const json = {
      source,
      target,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(maxLeads === '' ? {} : { maxLeads: Number(maxLeads) }),
    };
    const made = await ask<LeadList>('/v1/lead-lists', { method: 'POST', json });
    note(`Made: list ${made.id}.`);
  };
  return (
    <DialogForm title="New list" act="Make it" send={send} then={then} onClose={onClose}>
      <Field id={`${id}s`} label="Leads are">
        <select id={`${id}s`} name="source">
          {Object.entries(SOURCES).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      </Field>
      <Field id={`${id}t`} label="Of" help="A user (@name, id, address), a list's id, or a query.">
        <input id={`${id}t`} name="target" required maxLength={4_096} />
      </Field>
      <Field id={`${id}n`} label="Name" help="Left empty: as what it is of.">
        <input id={`${id}n`} name="name" maxLength={200} />
      </Field>
      <Field id={`${id}m`} label="Leads at most" help="Left empty: any number.">
        <input id={`${id}m`} name="maxLeads" type="number" min={1} />
      </Field>
    </DialogForm>
  );
}
