/** Where the leads of a list come from: what a target may look like, and what X calls it. */
import { createHash } from 'node:crypto';

export const LEAD_SOURCES = ['followers', 'following', 'list', 'search'] as const;
export type LeadSource = (typeof LEAD_SOURCES)[number];

/** What has a quota of its own at X. */
export type XEndpoint = 'users-by-username' | 'list-members' | Exclude<LeadSource, 'list'>;

/** Bounds of a page, as X has them. */
export interface PageBounds {
  readonly min: number;
  readonly max: number;
}

const PAGES: Readonly<Record<LeadSource, PageBounds>> = {
  followers: { min: 1, max: 1_000 },
  following: { min: 1, max: 1_000 },
  list: { min: 1, max: 100 },
  search: { min: 10, max: 100 },
};

export const QUERY_CHARS_MAX = 4_096;

/** What is to be read. Ids are text: most are larger than a double can hold. */
export type LeadTarget =
  | { readonly kind: 'user'; readonly username: string }
  | { readonly kind: 'user-id'; readonly id: string }
  | { readonly kind: 'list-id'; readonly id: string }
  | { readonly kind: 'query'; readonly query: string };

export function pageBounds(source: LeadSource): PageBounds {
  return PAGES[source];
}

/** The endpoint whose pages hold the leads. */
export function pageEndpoint(source: LeadSource): XEndpoint {
  return source === 'list' ? 'list-members' : source;
}

export function isLeadSource(text: unknown): text is LeadSource {
  return (LEAD_SOURCES as readonly unknown[]).includes(text);
}

/**
 * Reads a target as users write it: `@name`, `name`, an id, or an address of x.com. A number alone
 * is an id; with `@` before it, a name. Returns a sentence's end where it is none.
 */
export function readTarget(source: LeadSource, text: string): LeadTarget | { problem: string } {
  const target = text.trim();
  if (source === 'search') return readQuery(target);
  if (target === '') return { problem: 'there is nothing' };
  const path = pathOnX(target);
  if (source === 'list') {
    const id = path === undefined ? target : /^\/i\/lists\/(\d+)/.exec(path)?.[1];
    if (id !== undefined && isId(id)) return { kind: 'list-id', id };
    return {
      problem: `${quoted(target)} is neither the number of a list nor its address on x.com`,
    };
  }
  const name = path === undefined ? target : (path.split('/')[1] ?? '');
  if (path === undefined && isId(name)) return { kind: 'user-id', id: name };
  const username = name.replace(/^@/, '');
  if (/^[A-Za-z0-9_]{1,15}$/.test(username)) return { kind: 'user', username };
  return { problem: `${quoted(target)} is neither a user name of 1 to 15 letters, nor an id` };
}

function readQuery(query: string): LeadTarget | { problem: string } {
  if (query === '') return { problem: 'the query is empty' };
  if (query.length <= QUERY_CHARS_MAX) return { kind: 'query', query };
  return { problem: `a query may have ${QUERY_CHARS_MAX} characters` };
}

/**
 * The name under which a tenant keeps what it knows of a list, whichever job asks: the same source
 * and target are the same list.
 */
export function listKey(source: LeadSource, target: LeadTarget): string {
  switch (target.kind) {
    case 'user':
      return `${source}/@${target.username.toLowerCase()}`;
    case 'query': {
      const digest = createHash('sha256').update(target.query).digest('hex');
      return `${source}/${digest.slice(0, 32)}`;
    }
    default:
      return `${source}/${target.id}`;
  }
}

/** A target for people: `@name`, `list 123`, the query. */
export function targetWords(target: LeadTarget): string {
  switch (target.kind) {
    case 'user':
      return `@${target.username}`;
    case 'user-id':
      return `user ${target.id}`;
    case 'list-id':
      return `list ${target.id}`;
    case 'query':
      return quoted(target.query);
  }
}

function isId(text: string): boolean {
  return /^[0-9]{1,19}$/.test(text);
}

function pathOnX(text: string): string | undefined {
  const match = /^(?:https?:\/\/)?(?:www\.|mobile\.)?(?:x|twitter)\.com(\/[^?#]*)/i.exec(text);
  return match?.[1];
}

function quoted(text: string): string {
  return `«${text.length > 60 ? `${text.slice(0, 59)}…` : text}»`;
}
