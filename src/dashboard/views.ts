/** Views of lists that a reader keeps by name, in this browser. */

export interface View {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
}

const VIEWS_MAX = 20;
/** Where one is in a list, and what is open over it, is no part of a view. */
const NOT_KEPT = new Set(['before', 'after', 'task', 'row']);

export function readViews(list: string): readonly View[] {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(list)) ?? '[]') as readonly View[];
    return kept.filter(({ name, query }) => typeof name === 'string' && typeof query === 'object');
  } catch {
    return [];
  }
}

/** False where the browser keeps nothing. */
export function keepViews(list: string, views: readonly View[]): boolean {
  const kept = views.slice(-VIEWS_MAX).map(({ name, query }) => ({
    name,
    query: Object.fromEntries(Object.entries(query).filter(([part]) => !NOT_KEPT.has(part))),
  }));
  try {
    localStorage.setItem(keyOf(list), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

function keyOf(list: string): string {
  return `sluice.views.${list}`;
}
