/**
 * Bodies of X's API as far as leads need them. Nothing about them is taken for granted: what is not
 * of the expected kind is absent. Ids stay text.
 */
export interface XProblem {
  readonly title: string;
  readonly detail: string;
  /** The last part of the type's address: its host differs from answer to answer. */
  readonly type: string;
  /** Of the old kind of errors; 0 = none. */
  readonly code: number;
  /** Names of the parameters it is about. */
  readonly parameters: readonly string[];
  readonly reason: string;
}

export interface XPage {
  readonly users: readonly XUser[];
  readonly nextToken: string | undefined;
  /** Of the newest post; of a search. */
  readonly newestId: string | undefined;
}

/** A user as X sends it. */
export type XUser = Readonly<Record<string, unknown>> & { readonly id: string };

type Fields = Readonly<Record<string, unknown>>;

/** The body as JSON, or undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What the body complains of: itself first, where it is a problem, then its errors. */
export function problemsIn(body: unknown): readonly XProblem[] {
  if (!isFields(body)) return [];
  const errors = Array.isArray(body.errors) ? body.errors.filter(isFields) : [];
  const own = body.data === undefined && (body.title !== undefined || body.detail !== undefined);
  return [...(own ? [problemOf(body)] : []), ...errors.map(problemOf)];
}

function problemOf(fields: Fields): XProblem {
  const named = isFields(fields.parameters) ? Object.keys(fields.parameters) : [];
  const parameter = textOf(fields.parameter);
  return {
    title: textOf(fields.title),
    detail: textOf(fields.detail) || textOf(fields.message),
    type: textOf(fields.type).split('/').at(-1) ?? '',
    code: typeof fields.code === 'number' ? fields.code : 0,
    parameters: parameter === '' ? named : [...named, parameter],
    reason: textOf(fields.reason),
  };
}

/** The id of the one user of a lookup. */
export function userIn(body: unknown): XUser | undefined {
  return isFields(body) && isUser(body.data) ? body.data : undefined;
}

/**
 * The users of a page: those it lists, or the authors of the posts it lists. undefined = the body
 * is no page. An empty page has no `data` at all; a page with few may go on.
 */
export function pageIn(body: unknown, bySearch: boolean): XPage | undefined {
  if (!isFields(body) || !isFields(body.meta)) return undefined;
  const includes = isFields(body.includes) ? body.includes.users : undefined;
  const listed = bySearch ? includes : body.data;
  const users = Array.isArray(listed) ? listed.filter(isUser) : [];
  return {
    users: unique(users),
    nextToken: textOf(body.meta.next_token) || undefined,
    newestId: textOf(body.meta.newest_id) || undefined,
  };
}

function unique(users: readonly XUser[]): readonly XUser[] {
  return [...new Map(users.map((user) => [user.id, user])).values()];
}

function isUser(value: unknown): value is XUser {
  return isFields(value) && typeof value.id === 'string' && /^\d{1,19}$/.test(value.id);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
