/** What pages of kept things share: the way between them, and what an entry is. */
import { may, Problem, tenant } from '../api.ts';
import type { Resource } from '../resource.ts';
import { path } from '../router.ts';

export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly jobId: string;
  readonly firstMs: number;
  readonly changedMs: number;
  readonly revision: number;
}

export interface Entries {
  readonly entries: readonly Entry[];
  readonly next?: string;
}

const TABS = [
  ['/collections', 'Collections'],
  ['/leads', 'Lead lists'],
  ['/channels', 'Channels'],
] as const;

export function KeptTabs() {
  const here = path.value;
  return (
    <>
      <nav class="tabs" aria-label="What is kept">
        {TABS.map(([href, word]) => (
          <a key={href} href={href} aria-current={href === here ? 'true' : undefined}>
            {word}
          </a>
        ))}
      </nav>
      {may('operator') && tenant.value === '' ? (
        <p class="quiet">
          Each tenant keeps its own. Shown is the server's own tenant; another is chosen under
          Tenant.
        </p>
      ) : null}
    </>
  );
}

/** A collection that has no entry (yet) is none: that is an answer, not an error. */
export function withoutNone(of: Resource<Entries>): Resource<Entries> {
  const { error } = of;
  if (!(error instanceof Problem) || error.code !== 'collection.not_found') return of;
  return { ...of, error: undefined, data: { entries: [] } };
}

/** The address of a collection's entries. */
export function entriesHref(name: string, prefix?: string): string {
  const query = new URLSearchParams({ name, ...(prefix === undefined ? {} : { prefix }) });
  return `/collections?${query}`;
}
