/** The entries of a collection: by the beginning of their key, by when they changed, as a file. */
import { useId } from 'preact/hooks';
import { tenant } from '../api.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { nowMs } from '../ticking.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Formats } from '../ui/formats.tsx';
import { Listed, numbers, Pager } from '../ui/list.tsx';
import { Menu } from '../ui/menu.tsx';
import { Json } from '../ui/scroll.tsx';
import { Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { absolute, count, valueText } from '../words.ts';
import { type Entries, type Entry, KeptTabs, withoutNone } from './kept-tabs.tsx';

const LIMIT = 50;
const SINCE: Readonly<Record<string, string>> = {
  '': 'at any time',
  '1h': 'in the last hour',
  '24h': 'in the last day',
  '7d': 'in the last 7 days',
  '30d': 'in the last 30 days',
};
const HOUR_MS = 3_600_000;
const SPANS_MS: Readonly<Record<string, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};

/** To the minute, so that it is the same for a while. */
function sinceMs(word: string): number | undefined {
  const spanMs = SPANS_MS[word];
  if (spanMs === undefined) return undefined;
  return Math.floor((nowMs.peek() - spanMs) / 60_000) * 60_000;
}

export function EntriesView({ name }: { readonly name: string }) {
  const { prefix = '', since = '', after = '', key: open } = query.value;
  const changedSince = sinceMs(since);
  const filters = new URLSearchParams({
    ...(prefix === '' ? {} : { prefix }),
    ...(changedSince === undefined ? {} : { changedSince: String(changedSince) }),
  });
  const page = new URLSearchParams([
    ...filters,
    ['limit', String(LIMIT)],
    ...(after === '' ? [] : [['after', after]]),
  ]);
  const of = `/v1/collections/${encodeURIComponent(name)}`;
  const found = withoutNone(useResource<Entries>(`${of}/entries?${page}`));
  const opened = found.data?.entries.find(({ key }) => key === open);
  return (
    <>
      <Title text={name} page={name} />
      <KeptTabs />
      <Filter key={`${prefix} ${since}`} prefix={prefix} since={since} />
      <div class="buttons">
        <Download name={name} of={of} filters={filters} since={since} />
        <button type="button" class="plain" onClick={() => void found.reload()}>
          Look again
        </button>
      </div>
      <Listed
        of={found}
        rows={(data) => data.entries}
        none={<p class="empty">No entry is like this.</p>}
        lines={12}
        label={`Entries of ${name}`}
        columns={['Key', 'Value', 'First', 'Changed', numbers('Revision')]}
      >
        {(entry) => <Row key={entry.key} entry={entry} />}
      </Listed>
      <Pager
        first={after === ''}
        next={found.data?.next}
        go={(next) => setQuery({ after: next, key: undefined }, true)}
      />
      {opened === undefined ? null : <Shown entry={opened} />}
    </>
  );
}

function Row({ entry }: { readonly entry: Entry }) {
  const { key, value, firstMs, changedMs, revision } = entry;
  return (
    <tr>
      <td>
        <button type="button" class="link" data-row={key} onClick={() => setQuery({ key }, true)}>
          <Said text={key} max={80} />
        </button>
      </td>
      <td class="main-cell">
        <Said text={valueText(value)} max={200} />
      </td>
      <td>
        <When ms={firstMs} />
      </td>
      <td>
        <When ms={changedMs} />
      </td>
      <td class="number">{count(revision)}</td>
    </tr>
  );
}

function Filter({ prefix, since }: { readonly prefix: string; readonly since: string }) {
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    const given = { prefix: String(form.prefix ?? ''), since: String(form.since ?? '') };
    setQuery({ ...given, after: undefined, key: undefined }, true);
  };
  return (
    <form class="filter" onSubmit={submit}>
      <label>
        <span class="unseen">Beginning of the key</span>
        <input
          name="prefix"
          data-filter=""
          maxLength={512}
          defaultValue={prefix}
          placeholder="Keys that begin with…"
          spellcheck={false}
        />
      </label>
      <span class="pair">
        <label for={id}>Changed</label>
        <select
          id={id}
          name="since"
          onChange={(event) => event.currentTarget.form?.requestSubmit()}
        >
          {Object.entries(SINCE).map(([value, word]) => (
            <option key={value} value={value} selected={value === since}>
              {word}
            </option>
          ))}
        </select>
      </span>
      <button type="submit">Filter</button>
    </form>
  );
}

interface DownloadProps {
  readonly name: string;
  /** The collection's address in the API. */
  readonly of: string;
  readonly filters: URLSearchParams;
  readonly since: string;
}

function Download({ name, of, filters, since }: DownloadProps) {
  // A link sends no header: an operator's choice of a tenant goes with the address.
  const query = new URLSearchParams([
    ...filters,
    ...(tenant.value === '' ? [] : [['tenant', tenant.value]]),
  ]);
  const prefix = filters.get('prefix');
  const words = [
    `sluice collections export ${name} -o ${name}.csv`,
    ...(prefix === null ? [] : [`--prefix '${prefix.replaceAll("'", "'\\''")}'`]),
    ...(since === '' ? [] : [`--changed-since ${since}`]),
    `--server ${location.origin}`,
  ];
  return (
    <Menu word="Download">
      {(close) => (
        <>
          <Formats
            word={query.size > 0 ? 'Entries like these' : 'All entries'}
            href={`${of}/download?${query}`}
            close={close}
          />
          <p class="buttons">
            <button type="button" onClick={() => void copy(words.join(' '))}>
              Copy sluice
            </button>
          </p>
        </>
      )}
    </Menu>
  );
}

function Shown({ entry }: { readonly entry: Entry }) {
  const { key, value, jobId, firstMs, changedMs, revision } = entry;
  return (
    <Dialog title={key.slice(0, 80)} side onClose={() => setQuery({ key: undefined })}>
      <dl class="facts-list">
        <div>
          <dt>Key</dt>
          <dd>
            <Said text={key} max={512} />
          </dd>
        </div>
        <div>
          <dt>First</dt>
          <dd>
            {absolute(firstMs)}, by <a href={`/jobs/${jobId}`}>job {jobId}</a>
          </dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>
            {absolute(changedMs)}, revision {count(revision)}
          </dd>
        </div>
      </dl>
      <h3>Value</h3>
      <Json value={value} label="Value" />
    </Dialog>
  );
}
