/** What is around every page: the rail, the chip of the live state, notes, questions, help. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask, may, me, signOut, tenant } from './api.ts';
import { HELP } from './keys.ts';
import { againInMs, liveState, paused, silentMs } from './live.ts';
import { moves, path } from './router.ts';
import { dropNote, helpOpen, note, notes, question, spoken } from './talk.ts';
import { theme, turnTheme } from './theme.ts';
import { Dialog } from './ui/dialog.tsx';
import { Trouble } from './ui/notice.tsx';
import { duration } from './words.ts';

interface RailPage {
  readonly href: string;
  readonly word: string;
  readonly for?: 'operator';
  /** Pages that are parts of it. */
  readonly also?: readonly string[];
}

const PAGES: readonly RailPage[] = [
  { href: '/', word: 'Now' },
  { href: '/jobs', word: 'Jobs' },
  { href: '/failures', word: 'Failures' },
  { href: '/limits', word: 'Limits' },
  { href: '/accounts', word: 'Accounts' },
  { href: '/schedules', word: 'Schedules' },
  { href: '/collections', word: 'Collections', also: ['/leads', '/channels'] },
  { href: '/performance', word: 'Performance' },
  { href: '/bench', word: 'Benchmarks' },
  { href: '/nodes', word: 'Nodes', for: 'operator' },
  { href: '/settings', word: 'Settings' },
];

export function Shell({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#content" data-plain="">
        Skip to the content
      </a>
      <Rail />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Notes />
      <Asked />
      {helpOpen.value ? <Help /> : null}
      <div class="unseen" role="status" aria-live="polite">
        {spoken.value}
      </div>
    </div>
  );
}

function Rail() {
  const here = path.value;
  const shown = PAGES.filter((page) => page.for === undefined || may(page.for));
  // Folded where the rail is a line at the top; unfolded until another page is chosen.
  const openAt = useSignal(-1);
  const isOpen = openAt.value === moves.value;
  const isHere = ({ href, also = [] }: RailPage) =>
    href === '/' ? here === '/' : here.startsWith(href) || also.includes(here);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape from whatever in it has focus
    <header
      class={isOpen ? 'rail rail-open' : 'rail'}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        openAt.value = -1;
        document.querySelector<HTMLElement>('.rail-menu')?.focus();
      }}
    >
      <a class="brand" href="/">
        Sluice
      </a>
      <button
        type="button"
        class="rail-menu"
        aria-expanded={isOpen}
        onClick={() => {
          openAt.value = isOpen ? -1 : moves.value;
        }}
      >
        Menu
      </button>
      <Chip />
      <nav class="rail-part" aria-label="Pages">
        <ul>
          {shown.map((page) => (
            <li key={page.href}>
              <a href={page.href} aria-current={isHere(page) ? 'page' : undefined}>
                {page.word}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {may('run') ? (
        <a class="button main rail-part" href="/new">
          New job
        </a>
      ) : null}
      <div class="rail-end rail-part">
        <Who />
        <div class="rail-buttons">
          <button type="button" class="plain" onClick={turnTheme}>
            Theme: {theme.value}
          </button>
          <button type="button" class="plain" onClick={() => (helpOpen.value = true)}>
            Keys (?)
          </button>
          <button type="button" class="plain" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </div>
    </header>
  );
}

function Chip() {
  const state = liveState.value;
  const words = {
    live: 'Live',
    paused: 'Paused',
    connecting: 'Connecting',
    reconnecting: `Reconnecting, last heard ${duration(silentMs.value)} ago, ${againWords()}`,
  }[state];
  return (
    <button
      type="button"
      class={`chip chip-${state}`}
      aria-pressed={!paused.value}
      title="Live updates on or off (l)"
      onClick={() => (paused.value = !paused.value)}
    >
      <span class="chip-dot" aria-hidden="true" />
      {words}
    </button>
  );
}

function againWords(): string {
  const ms = againInMs.value;
  return ms < 500 ? 'tried now' : `tried again in ${duration(ms)}`;
}

/** Who is signed in; an operator may look through one tenant's eyes. */
function Who() {
  const who = me.value;
  const names = useSignal<readonly string[]>([]);
  const operator = may('operator');
  useEffect(() => {
    if (!operator) return;
    ask<{ readonly tenants: readonly { readonly name: string }[] }>('/v1/tenants').then(
      (answer) => {
        names.value = answer.tenants.map(({ name }) => name);
      },
      () => {},
    );
  }, [operator, names]);
  if (!who) return null;
  if (!operator) {
    return (
      <p class="who">
        {who.tenant ?? 'the server'} <span class="quiet">({who.scope})</span>
      </p>
    );
  }
  return (
    <label class="who">
      <span class="quiet">Tenant</span>
      <select value={tenant.value} onChange={(event) => (tenant.value = event.currentTarget.value)}>
        <option value="">all</option>
        {names.value.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function Notes() {
  return (
    <section class="notes" aria-label="Notes">
      {notes.value.map(({ id, text, bad, then }) => (
        <div key={id} class={bad ? 'note bad' : 'note'}>
          <span>{text}</span>
          {then === undefined ? null : (
            <button
              type="button"
              onClick={() => {
                dropNote(id);
                void then.run();
              }}
            >
              {then.act}
            </button>
          )}
          <button type="button" class="plain" aria-label="Close" onClick={() => dropNote(id)}>
            ✕
          </button>
        </div>
      ))}
    </section>
  );
}

function Asked() {
  const asked = question.value;
  const busy = useSignal(false);
  const error = useSignal<unknown>(undefined);
  if (asked === undefined) return null;
  const close = () => {
    question.value = undefined;
    error.value = undefined;
  };
  const run = async () => {
    busy.value = true;
    try {
      await asked.run();
      close();
    } catch (thrown) {
      error.value = thrown;
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={asked.title} onClose={close}>
      <p>{asked.text}</p>
      <Trouble error={error.value} />
      <div class="buttons end">
        <button type="button" onClick={close}>
          Not now
        </button>
        <button
          type="button"
          class={asked.bad ? 'danger' : 'main'}
          disabled={busy.value}
          onClick={() => void run()}
        >
          {asked.act}
        </button>
      </div>
    </Dialog>
  );
}

function Help() {
  return (
    <Dialog title="Keys" onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {HELP.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

/** Copies text and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    note(`Copied: ${text}`);
  } catch {
    note(`It cannot be copied here: ${text}`, true);
  }
}
