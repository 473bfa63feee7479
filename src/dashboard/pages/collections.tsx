/** What a tenant keeps across jobs: its collections, and the entries of one. */
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query } from '../router.ts';
import { Listed, numbers } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
import { Title } from '../ui/title.tsx';
import { count, plural } from '../words.ts';
import { EntriesView } from './entries.tsx';
import { entriesHref, KeptTabs } from './kept-tabs.tsx';

const AGAIN_MS = 15_000;
const nothing = () => {};

interface Listing {
  readonly collections: readonly { readonly name: string; readonly entries: number }[];
}

export function CollectionsPage() {
  useLive('/v1/events', nothing);
  const { name } = query.value;
  return name === undefined ? <All /> : <EntriesView key={name} name={name} />;
}

function All() {
  const list = useResource<Listing>('/v1/collections', AGAIN_MS);
  const all = list.data?.collections;
  const entries = all?.reduce((sum, each) => sum + each.entries, 0) ?? 0;
  const headline =
    all === undefined
      ? 'Looking…'
      : all.length === 0
        ? 'Nothing is kept across jobs yet.'
        : `${plural(entries, 'entry', 'entries')} in ${plural(all.length, 'collection')}.`;
  return (
    <>
      <Title text={headline} page="Collections" />
      <KeptTabs />
      <Listed
        of={list}
        rows={(data) => data.collections}
        none={<None />}
        label="Collections"
        columns={['Collection', numbers('Entries')]}
      >
        {(each) => (
          <tr key={each.name}>
            <td>
              <a href={entriesHref(each.name)} data-row={each.name}>
                {each.name}
              </a>
            </td>
            <td class="number">{count(each.entries)}</td>
          </tr>
        )}
      </Listed>
    </>
  );
}

function None() {
  return (
    <Empty>
      <p>
        Collectors keep here what the next job should know as well: the people that lists have
        brought so far, the messages of a channel.
      </p>
      <p>
        <code>sluice collections ls --server {location.origin}</code>
      </p>
    </Empty>
  );
}
