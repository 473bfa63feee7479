/**
 * What goes on, the last of it first: read page by page, what is new waits until it is asked for.
 * With `follow` in the address it comes by itself, but never while the focus is in the list.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { plural } from '../words.ts';
import { Loaded } from './notice.tsx';

const LIMIT = 50;
const LOOK_MS = 2_000;

/** What the server answers, beside the items. */
export interface TailPage {
  readonly next?: number | string;
  /** Number of the last of all; absent: what is new is only found by looking again. */
  readonly newest?: number;
  readonly count?: number;
}

interface TailProps<D extends TailPage> {
  readonly path: string;
  /** What is looked for. */
  readonly filter: Readonly<Record<string, string | undefined>>;
  /** What one of them is called. */
  readonly word: string;
  readonly children: (data: D) => ComponentChildren;
}

function href(path: string, parts: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parts).filter((each): each is [string, string] => !!each[1]);
  return `${path}?${new URLSearchParams(given)}`;
}

export function Tail<D extends TailPage>({ path, filter, word, children }: TailProps<D>) {
  const { before = '', follow } = query.value;
  const list = useRef<HTMLDivElement>(null);
  const page = useResource<D>(href(path, { ...filter, limit: String(LIMIT), before }));
  const newest = page.data?.newest;
  const looks = newest !== undefined && before === '';
  const after = looks ? { ...filter, limit: '1', after: String(newest) } : undefined;
  const fresh = useResource<TailPage>(after && href(path, after), LOOK_MS).data?.count ?? 0;
  const { reload, data } = page;
  useEffect(() => {
    if (!follow || fresh === 0) return;
    const isRead = () => list.current?.contains(document.activeElement) === true;
    // Also where the focus comes while the answer is on its way.
    if (!isRead()) void reload(isRead);
  }, [follow, fresh, reload]);
  const next = data?.next;
  return (
    <>
      <p class="buttons">
        {looks ? (
          <>
            <label class="check">
              <input
                type="checkbox"
                checked={follow !== undefined}
                onChange={(event) =>
                  setQuery({ follow: event.currentTarget.checked ? '1' : undefined })
                }
              />
              Follow
            </label>
            <button
              type="button"
              class={fresh > 0 ? 'fresh' : 'plain'}
              disabled={fresh === 0}
              onClick={() => void reload()}
            >
              {fresh === 0 ? 'Nothing new' : `${plural(fresh, `new ${word}`)}, show`}
            </button>
          </>
        ) : (
          <button type="button" class="plain" onClick={() => void reload()}>
            Look again
          </button>
        )}
      </p>
      <Loaded of={page} lines={10}>
        {(shown) => (
          <div ref={list}>
            {children(shown)}
            {before === '' && next === undefined ? null : (
              <p class="buttons">
                {before === '' ? null : (
                  <button type="button" onClick={() => setQuery({ before: undefined }, true)}>
                    Newest
                  </button>
                )}
                {next === undefined ? null : (
                  <button type="button" onClick={() => setQuery({ before: String(next) }, true)}>
                    Older
                  </button>
                )}
              </p>
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  /** Of the address. */
  readonly name: string;
  /** By value; '' is where nothing is said. */
  readonly of: Readonly<Record<string, string>>;
}

/** One of a few, in the address. */
export function Choice({ label, name, of }: ChoiceProps) {
  const chosen = query.value[name] ?? '';
  return (
    <nav class="buttons" aria-label={label}>
      {Object.entries(of).map(([value, word]) => (
        <button
          key={value}
          type="button"
          aria-pressed={chosen === value}
          onClick={() => setQuery({ [name]: value || undefined, before: undefined })}
        >
          {word}
        </button>
      ))}
    </nav>
  );
}
