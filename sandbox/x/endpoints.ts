/** The endpoints that are served: path, parameters, limits and scopes, in one table. */
export const ENDPOINT_NAMES = [
  'user-by-username',
  'users-by',
  'user',
  'users',
  'me',
  'user-search',
  'followers',
  'following',
  'list',
  'list-members',
  'search',
] as const;
export type EndpointName = (typeof ENDPOINT_NAMES)[number];

export interface Paging {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
  /** Names of the parameter that holds the token. */
  readonly tokens: readonly string[];
}

export interface Endpoint {
  /** Template of the path, as limits are counted by. */
  readonly template: string;
  /** Calls in a window of 15 minutes; undefined = this kind of token may not call it. */
  readonly limits: { readonly app: number | undefined; readonly user: number | undefined };
  readonly scopes: readonly string[];
  readonly parameters: readonly string[];
  /** Parameters of which a call must have each. */
  readonly required: readonly string[];
  readonly paging?: Paging;
}

const READ = ['users.read', 'tweet.read'];
const USER_PARAMETERS = ['user.fields', 'expansions', 'tweet.fields', 'post.fields'];
const PAGED = ['max_results', 'pagination_token'];
const FOLLOWS: Paging = { min: 1, max: 1_000, otherwise: 100, tokens: ['pagination_token'] };

const lookup = (template: string, ...required: string[]): Endpoint => ({
  template,
  limits: { app: 300, user: 900 },
  scopes: READ,
  parameters: [...USER_PARAMETERS, ...required],
  required,
});
const follows = (template: string): Endpoint => ({
  template,
  limits: { app: 300, user: 300 },
  scopes: [...READ, 'follows.read'],
  parameters: [...USER_PARAMETERS, ...PAGED],
  required: [],
  paging: FOLLOWS,
});

export const ENDPOINTS: Readonly<Record<EndpointName, Endpoint>> = {
  'user-by-username': lookup('/2/users/by/username/:username'),
  'users-by': lookup('/2/users/by', 'usernames'),
  user: lookup('/2/users/:id'),
  users: lookup('/2/users', 'ids'),
  me: { ...lookup('/2/users/me'), limits: { app: undefined, user: 75 } },
  'user-search': {
    ...lookup('/2/users/search', 'query'),
    limits: { app: undefined, user: 900 },
    parameters: [...USER_PARAMETERS, 'query', 'max_results', 'next_token'],
    paging: { min: 1, max: 1_000, otherwise: 100, tokens: ['next_token'] },
  },
  followers: follows('/2/users/:id/followers'),
  following: follows('/2/users/:id/following'),
  list: {
    template: '/2/lists/:id',
    limits: { app: 75, user: 75 },
    scopes: [...READ, 'list.read'],
    parameters: ['list.fields', 'expansions', 'user.fields'],
    required: [],
  },
  'list-members': {
    template: '/2/lists/:id/members',
    limits: { app: 900, user: 900 },
    scopes: [...READ, 'list.read'],
    parameters: [...USER_PARAMETERS, ...PAGED],
    required: [],
    paging: { min: 1, max: 100, otherwise: 100, tokens: ['pagination_token'] },
  },
  search: {
    template: '/2/tweets/search/recent',
    limits: { app: 450, user: 300 },
    scopes: READ,
    parameters: [
      ...USER_PARAMETERS,
      'query',
      'max_results',
      'start_time',
      'end_time',
      'since_id',
      'until_id',
      'sort_order',
      'next_token',
      'pagination_token',
      'media.fields',
      'place.fields',
      'poll.fields',
    ],
    required: ['query'],
    paging: { min: 10, max: 100, otherwise: 10, tokens: ['next_token', 'pagination_token'] },
  },
};

export interface Route {
  readonly endpoint: EndpointName;
  /** The part of the path that stands for a name or an id, decoded; '' where there is none. */
  readonly subject: string;
}

/** The endpoint of a path without its query. */
export function routeOf(path: string): Route | undefined {
  const [empty, version, kind, a, b, c, ...rest] = path.split('/');
  if (empty !== '' || version !== '2' || rest.length > 0) return undefined;
  const route = (endpoint: EndpointName, subject = ''): Route => ({
    endpoint,
    subject: decoded(subject),
  });
  if (kind === 'users') {
    if (a === undefined) return route('users');
    if (a === 'me' && b === undefined) return route('me');
    if (a === 'search' && b === undefined) return route('user-search');
    if (a === 'by' && b === undefined) return route('users-by');
    if (a === 'by') return b === 'username' && c ? route('user-by-username', c) : undefined;
    if (c !== undefined || a === '') return undefined;
    if (b === undefined) return route('user', a);
    return b === 'followers' || b === 'following' ? route(b, a) : undefined;
  }
  if (kind === 'lists' && a && c === undefined) {
    if (b === undefined) return route('list', a);
    return b === 'members' ? route('list-members', a) : undefined;
  }
  const search = kind === 'tweets' && a === 'search' && b === 'recent' && c === undefined;
  return search ? route('search') : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
