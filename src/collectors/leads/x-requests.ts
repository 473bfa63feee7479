/** Addresses of the few calls of X's API v2 that leads need. Nothing here asks anything. */
import type { LeadSource, LeadTarget } from './lead-source.ts';

const USER_FIELDS = [
  'created_at',
  'description',
  'entities',
  'location',
  'profile_image_url',
  'protected',
  'public_metrics',
  'url',
  'verified',
  'verified_type',
].join(',');

export interface PageWish {
  /** Users, or posts where it is a search; within the bounds of the endpoint. */
  readonly limit: number;
  readonly token?: string | undefined;
  /** Only posts after this one; of a search. */
  readonly sinceId?: string | undefined;
}

export function userUrl(base: string, username: string): URL {
  const url = at(base, `/2/users/by/username/${encodeURIComponent(username)}`);
  url.searchParams.set('user.fields', USER_FIELDS);
  return url;
}

export function meUrl(base: string): URL {
  return at(base, '/2/users/me');
}

/** The address of a page; `userId` is the target's, where the source is about a user. */
export function pageUrl(
  base: string,
  source: LeadSource,
  target: LeadTarget,
  userId: string | undefined,
  wish: PageWish,
): URL {
  const url = at(base, pathOf(source, target, userId));
  const { searchParams } = url;
  searchParams.set('max_results', String(wish.limit));
  searchParams.set('user.fields', USER_FIELDS);
  if (target.kind === 'query') {
    searchParams.set('query', target.query);
    searchParams.set('expansions', 'author_id');
    searchParams.set('tweet.fields', 'author_id');
    if (wish.sinceId !== undefined) searchParams.set('since_id', wish.sinceId);
    if (wish.token !== undefined) searchParams.set('next_token', wish.token);
  } else if (wish.token !== undefined) {
    searchParams.set('pagination_token', wish.token);
  }
  return url;
}

function pathOf(source: LeadSource, target: LeadTarget, userId: string | undefined): string {
  if (target.kind === 'query') return '/2/tweets/search/recent';
  if (target.kind === 'list-id') return `/2/lists/${target.id}/members`;
  return `/2/users/${userId}/${source}`;
}

/** The base may have a path of its own, as behind a proxy. */
function at(base: string, path: string): URL {
  return new URL(base.replace(/\/+$/, '') + path);
}
