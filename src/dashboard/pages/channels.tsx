/** Channels that were collected: how far each is, its messages, and collecting what is new. */
import { ask, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { go, query, setQuery } from '../router.ts';
import { note, noteError } from '../talk.ts';
import { DO, Listed, numbers, Pager } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { State } from '../ui/state.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { count, plural } from '../words.ts';
import { type Entries, type Entry, entriesHref, KeptTabs, withoutNone } from './kept-tabs.tsx';

const AGAIN_MS = 10_000;
const LIMIT = 100;
const nothing = () => {};

/** Of `channel-state`, as far as it is shown. */
interface Channel {
  readonly name: string;
  readonly title: string;
  readonly newest: number;
  readonly oldest: number;
  readonly unfinished: boolean;
  readonly ranges?: readonly { readonly count: number }[];
}

export function ChannelsPage() {
  const { after = '' } = query.value;
  const page = new URLSearchParams({ limit: String(LIMIT), ...(after === '' ? {} : { after }) });
  const path = `/v1/collections/channel-state/entries?${page}`;
  const channels = withoutNone(useResource<Entries>(path, AGAIN_MS));
  useLive('/v1/events', nothing);
  return (
    <>
      <Title text={headlineOf(channels.data)} page="Channels" />
      <KeptTabs />
      {may('run') ? (
        <p class="buttons">
          <a class="button main" href="/new?collector=channels">
            Collect channels
          </a>
        </p>
      ) : null}
      <Listed
        of={channels}
        rows={(data) => data.entries}
        none={<None />}
        label="Channels"
        columns={[
          ...['Channel', numbers('Messages'), numbers('Newest'), numbers('Down to')],
          ...['Sweep', 'Changed', DO],
        ]}
      >
        {(entry) => <Row key={entry.key} entry={entry} />}
      </Listed>
      <Pager
        first={after === ''}
        next={channels.data?.next}
        go={(next) => setQuery({ after: next }, true)}
      />
    </>
  );
}

function messagesOf({ ranges = [] }: Channel): number {
  return ranges.reduce((sum, range) => sum + range.count, 0);
}

function headlineOf(data: Entries | undefined): string {
  if (data === undefined) return 'Looking…';
  const { entries, next } = data;
  if (entries.length === 0) return 'Channels';
  const messages = entries.reduce((sum, { value }) => sum + messagesOf(value as Channel), 0);
  const more = next === undefined ? '' : ' here';
  return `${plural(entries.length, 'channel')}${more} with ${plural(messages, 'message')}.`;
}

function None() {
  return (
    <Empty>
      <p>No channel was collected so far.</p>
      <p>
        <code>sluice channels collect durov --server {location.origin}</code>
      </p>
    </Empty>
  );
}

function Row({ entry: { key, value, changedMs } }: { readonly entry: Entry }) {
  const channel = value as Channel;
  const { name, title, newest, oldest, unfinished } = channel;
  return (
    <tr>
      <td>
        <Said text={title} max={80} />
        <br />
        <span class="quiet small">
          <Said text={name} max={80} />
        </span>
      </td>
      <td class="number">
        <a
          href={entriesHref('channel-messages', `${key}/`)}
          data-row={key}
          aria-label={`${count(messagesOf(channel))} messages of ${name}`}
        >
          {count(messagesOf(channel))}
        </a>
      </td>
      <td class="number">{newest}</td>
      <td class="number">{oldest}</td>
      <td>
        <State
          state={unfinished ? 'waiting' : 'completed'}
          word={unfinished ? 'unfinished' : 'done'}
        />
      </td>
      <td>
        <When ms={changedMs} />
      </td>
      <td>
        {may('run') ? (
          <RowButton word="Collect now" of={name} act={() => void collect(name)} />
        ) : null}
      </td>
    </tr>
  );
}

/** Takes the reader to the job that it starts. */
async function collect(name: string): Promise<void> {
  try {
    const json = { collector: 'channels', input: { rows: [name] } };
    const answer = await ask<{ readonly job: { readonly id: string } }>('/v1/jobs', {
      method: 'POST',
      json,
    });
    note(`Collecting what is new in ${name}.`);
    go(`/jobs/${answer.job.id}`);
  } catch (error) {
    noteError(error);
  }
}
