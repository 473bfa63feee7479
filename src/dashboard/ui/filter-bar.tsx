/**
 * A filter that is typed, `state:failed since:2h`, with what may come next below it (arrow keys,
 * Enter or Tab), and views of it that are kept by name in this browser. A view is an address.
 */
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { completions, type Filter } from '../filter.ts';
import { path, place } from '../router.ts';
import { note } from '../talk.ts';
import { keepViews, readViews, type View } from '../views.ts';
import { Said } from './text.tsx';

const SHOWN_MAX = 8;

interface FilterBarProps {
  /** As it is now. */
  readonly text: string;
  /** Words before a colon, with what may follow. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** Of the views: one a list. */
  readonly name: string;
  readonly parse: (text: string) => Filter;
  readonly onFilter: (filter: Filter) => void;
}

export function FilterBar({ text, known, name, parse, onFilter }: FilterBarProps) {
  const typed = useSignal(text);
  const seen = useRef(text);
  if (seen.current !== text) {
    seen.current = text;
    typed.value = text;
  }
  const open = useSignal(false);
  const at = useSignal(-1);
  const unknown = useSignal<readonly string[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const begun = /\S*$/.exec(typed.value)?.[0] ?? '';
  const found = open.value ? completions(begun, known).slice(0, SHOWN_MAX) : [];
  const take = (word: string) => {
    const before = typed.value.slice(0, typed.value.length - begun.length);
    typed.value = `${before}${word}${word.endsWith(':') ? '' : ' '}`;
    at.value = -1;
    input.current?.focus();
  };
  const filter = () => {
    const given = parse(typed.value);
    unknown.value = given.unknown;
    open.value = false;
    onFilter(given);
  };
  const onKey = (event: KeyboardEvent) => {
    const { key } = event;
    const step = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
    const chosen = found[at.value];
    if (step !== 0 && !open.value) open.value = true;
    else if (step !== 0 && found.length > 0) {
      at.value = (at.value + step + found.length) % found.length;
    } else if (chosen !== undefined && (key === 'Enter' || key === 'Tab')) take(chosen);
    else if (key === 'Escape' && found.length > 0) {
      open.value = false;
      at.value = -1;
    } else return;
    event.preventDefault();
  };
  return (
    <form
      class="filter"
      onSubmit={(event) => {
        event.preventDefault();
        filter();
      }}
    >
      <div class="filter-field">
        <label class="unseen" for={`${id}-input`}>
          Filter: {Object.keys(known).map((word) => `${word}: `)} or words
        </label>
        <input
          id={`${id}-input`}
          ref={input}
          data-filter=""
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at.value < 0 ? undefined : `${id}-${at.value}`}
          autocomplete="off"
          spellcheck={false}
          placeholder={placeholderOf(known)}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            open.value = true;
            at.value = -1;
          }}
          onKeyDown={onKey}
          onBlur={() => {
            open.value = false;
          }}
        />
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label="What may come next"
          hidden={found.length === 0}
        >
          {found.map((word, i) => (
            <div
              key={word}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at.value}
              onMouseDown={(event) => {
                event.preventDefault();
                take(word);
              }}
            >
              {word}
            </div>
          ))}
        </div>
      </div>
      <button type="submit">Filter</button>
      {unknown.value.length === 0 ? null : (
        <p class="bad-text" role="alert">
          Not understood: <Said text={unknown.value.join(' ')} max={80} />. What can be said:{' '}
          {Object.keys(known)
            .map((word) => `${word}:`)
            .join(', ')}
          , or words to look for.
        </p>
      )}
      <Views name={name} />
    </form>
  );
}

function placeholderOf(known: Readonly<Record<string, readonly string[]>>): string {
  const examples = Object.entries(known).flatMap(([word, [value]]) =>
    value === undefined ? [] : [`${word}:${value}`],
  );
  return [...examples.slice(0, 2), 'words'].join(' ');
}

function Views({ name }: { readonly name: string }) {
  const views = useSignal(readViews(name));
  const naming = useSignal(false);
  const id = useId();
  const { query } = place.value;
  const change = (next: readonly View[]) => {
    views.value = next;
    if (!keepViews(name, next))
      note('This browser keeps nothing: the view is gone with the page.', true);
  };
  const save = (view: string) => {
    if (view === '') return;
    const others = views.value.filter((each) => each.name !== view);
    change([...others, { name: view, query }]);
    naming.value = false;
    note(`Kept in this browser: ${view}. Its address can be sent to others.`);
  };
  return (
    <div class="views">
      {views.value.length === 0 ? null : <span class="quiet">Views:</span>}
      {views.value.map((view) => (
        <span key={view.name} class="view">
          <a href={hrefOf(view)}>
            <Said text={view.name} max={40} />
          </a>
          <button
            type="button"
            class="link"
            aria-label={`Forget the view ${view.name}`}
            onClick={() => change(views.value.filter((each) => each !== view))}
          >
            ✕
          </button>
        </span>
      ))}
      {naming.value ? (
        <>
          <label class="unseen" for={id}>
            Name of the view
          </label>
          <input
            id={id}
            maxLength={40}
            placeholder="Name of the view"
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              save(event.currentTarget.value.trim());
            }}
          />
          <button
            type="button"
            onClick={() =>
              save(
                document.querySelector<HTMLInputElement>(`#${CSS.escape(id)}`)?.value.trim() ?? '',
              )
            }
          >
            Keep
          </button>
        </>
      ) : (
        <button
          type="button"
          class="link"
          onClick={() => {
            naming.value = true;
          }}
        >
          Keep this view…
        </button>
      )}
    </div>
  );
}

/** On the page that is shown: a view of rows holds for each job. */
function hrefOf({ query }: View): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path.value : `${path.value}?${text}`;
}
