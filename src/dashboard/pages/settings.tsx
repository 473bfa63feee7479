/** Keys, tenants, and the settings in effect with where each comes from. */
import { may, me } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { NotAllowed } from '../ui/field.tsx';
import { Listed } from '../ui/list.tsx';
import { Said } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { KeysTab } from './settings-keys.tsx';
import { TenantsTab } from './settings-tenants.tsx';

const TABS = { keys: 'Keys', tenants: 'Tenants', configuration: 'Configuration' } as const;
type Tab = keyof typeof TABS;
const nothing = () => {};

export function SettingsPage() {
  const asked = query.value.tab as Tab | undefined;
  const tab: Tab = asked !== undefined && asked in TABS ? asked : 'keys';
  useLive('/v1/events', nothing);
  const who = me.value;
  const scope = `Signed in with a key of ${who?.tenant ?? 'the server'}, scope ${who?.scope}.`;
  return (
    <>
      <Title text="Settings" page="Settings" />
      <p class="quiet">
        {scope} What a program can do is at <a href="/docs">/docs</a>.
      </p>
      <nav class="tabs" aria-label="Settings">
        {Object.entries(TABS).map(([name, word]) => (
          <button
            key={name}
            type="button"
            aria-current={tab === name ? 'true' : undefined}
            onClick={() => setQuery({ tab: name, q: undefined }, true)}
          >
            {word}
          </button>
        ))}
      </nav>
      {tab === 'keys' ? may('admin') ? <KeysTab /> : <NotAllowed needs="scope admin" /> : null}
      {tab === 'tenants' ? (
        may('operator') ? (
          <TenantsTab />
        ) : (
          <NotAllowed needs="an admin key of the server itself" />
        )
      ) : null}
      {tab === 'configuration' ? (
        may('operator') ? (
          <Configuration />
        ) : (
          <NotAllowed needs="an admin key of the server itself" />
        )
      ) : null}
    </>
  );
}

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: string;
  readonly unit: string;
  readonly meaning: string;
}

function Configuration() {
  const settings = useResource<{ readonly settings: readonly Setting[] }>('/v1/settings');
  const wanted = (query.value.q ?? '').toLowerCase();
  const isWanted = ({ name, meaning, source }: Setting) =>
    `${name} ${meaning} ${source}`.toLowerCase().includes(wanted);
  return (
    <>
      <p class="filter">
        <label>
          <span class="unseen">Look for a setting</span>
          <input
            data-filter=""
            type="search"
            placeholder="Name, meaning or source"
            value={query.value.q ?? ''}
            onInput={(event) => setQuery({ q: event.currentTarget.value })}
          />
        </label>
      </p>
      <Listed
        of={settings}
        rows={(data) => data.settings.filter(isWanted)}
        none={<p class="empty">No setting is like this.</p>}
        lines={12}
        label="Settings"
        columns={['Setting', 'Value', 'From']}
      >
        {(setting) => (
          <tr key={setting.name} class={setting.source === 'default' ? '' : 'given'}>
            <td>
              <b>{setting.name}</b>
              <br />
              <span class="quiet small">
                {setting.meaning} ({setting.unit})
              </span>
            </td>
            <td>
              {setting.value === '' ? (
                <span class="quiet">empty</span>
              ) : (
                <code>
                  <Said text={setting.value} max={200} />
                </code>
              )}
            </td>
            <td>
              <Said text={setting.source} max={120} />
            </td>
          </tr>
        )}
      </Listed>
    </>
  );
}
