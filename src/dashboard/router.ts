/** Where the reader is: the address holds all of the state of a page, to be sent to others. */
import { computed, signal } from '@preact/signals';

export const place = signal(readPlace());
/** Counts moves to another page: focus goes to its heading. */
export const moves = signal(0);

export interface Place {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

export const path = computed(() => place.value.path);
export const query = computed(() => place.value.query);

function readPlace(): Place {
  const { pathname, search } = location;
  const trimmed = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  return { path: trimmed, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function go(href: string): void {
  const before = place.value.path;
  history.pushState(null, '', href);
  place.value = readPlace();
  if (place.value.path !== before) {
    moves.value += 1;
    scrollTo(0, 0);
  }
}

/** Sets (or with undefined takes away) a part of the query; `push`: the way back undoes it. */
export function setQuery(
  changes: Readonly<Record<string, string | undefined>>,
  push = false,
): void {
  const merged = { ...place.value.query, ...changes };
  const given = Object.entries(merged).filter((each): each is [string, string] => !!each[1]);
  const text = new URLSearchParams(given).toString();
  const href = `${place.value.path}${text === '' ? '' : `?${text}`}`;
  if (push) history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  place.value = readPlace();
}

export function listenToAddress(): void {
  addEventListener('popstate', () => {
    const before = place.value.path;
    place.value = readPlace();
    if (place.value.path !== before) moves.value += 1;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.hasAttribute('download') || link.target !== '' || link.dataset.plain === '') {
      return;
    }
    const { origin, pathname, search, hash } = new URL(link.href);
    if (origin !== location.origin || hash !== '' || !isPage(pathname)) return;
    event.preventDefault();
    go(pathname + search);
  });
}

/** Whether the dashboard has this address, or the server something else there. */
function isPage(pathname: string): boolean {
  return !/^\/(?:docs|openapi\.json|v1\/|csv|scrap|metrics|assets\/)/.test(pathname);
}
