/** What a call asks for: the query, checked by the rules of its endpoint. */
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import type { Complaint } from './problems.ts';
import { USER_FIELDS, type UserField } from './user-fields.ts';

const ID = /^[0-9]{1,19}$/;
const USERNAME = /^[A-Za-z0-9_]{1,15}$/;
const USER_QUERY = /^[A-Za-z0-9_' ]{1,50}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
const NAMES_MAX = 100;
const QUERY_LENGTH_MAX = 512;
const WEEK_MS = 7 * 86_400_000;

const TWEET_FIELDS = [
  'attachments',
  'author_id',
  'context_annotations',
  'conversation_id',
  'created_at',
  'edit_controls',
  'entities',
  'geo',
  'id',
  'in_reply_to_user_id',
  'lang',
  'note_tweet',
  'possibly_sensitive',
  'public_metrics',
  'referenced_tweets',
  'reply_settings',
  'source',
  'text',
  'withheld',
];
const LIST_FIELDS = [
  'created_at',
  'description',
  'follower_count',
  'id',
  'member_count',
  'name',
  'owner_id',
  'private',
];
const USER_EXPANSIONS = ['affiliation.user_id', 'most_recent_tweet_id', 'pinned_tweet_id'];
const TWEET_EXPANSIONS = [
  'article.cover_media',
  'attachments.media_keys',
  'attachments.poll_ids',
  'author_id',
  'edit_history_tweet_ids',
  'entities.mentions.username',
  'geo.place_id',
  'in_reply_to_user_id',
  'referenced_tweets.id',
  'referenced_tweets.id.author_id',
];

export interface Call {
  readonly endpoint: EndpointName;
  /** Name or id in the path. */
  readonly subject: string;
  /** Names or ids of a lookup of many, as they were asked for, each once. */
  readonly subjects: readonly string[];
  readonly userFields: ReadonlySet<UserField>;
  /** Names the choice of user fields. */
  readonly userFieldsKey: string;
  readonly tweetFields: ReadonlySet<string>;
  readonly listFields: ReadonlySet<string>;
  readonly expansions: ReadonlySet<string>;
  readonly maxResults: number;
  readonly token: string | undefined;
  readonly tokenName: string;
  readonly query: string;
  readonly sinceId: bigint | undefined;
  readonly untilId: bigint | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

const fieldChoices = new Map<string, { fields: ReadonlySet<UserField>; key: string }>();
const FIELD_CHOICES_MAX = 1_000;

/** Reads a call, or says what is wrong with it. */
export function readCall(
  endpoint: EndpointName,
  subject: string,
  query: URLSearchParams,
  nowMs: number,
): Call | readonly Complaint[] {
  const { parameters, required, paging } = ENDPOINTS[endpoint];
  const complaints: Complaint[] = [];
  const complain = (parameter: string, value: string, message: string) => {
    complaints.push({ parameter, values: [value], message });
  };
  const wrong = (parameter: string, value: string, why: string) =>
    complain(parameter, value, `The \`${parameter}\` query parameter value [${value}] ${why}`);

  for (const [name, value] of query) {
    if (parameters.includes(name)) continue;
    complain(name, value, `The query parameter [${name}] is not one of [${parameters.join(',')}]`);
  }
  for (const name of required) {
    if (query.get(name)) continue;
    complain(name, query.get(name) ?? '', `The \`${name}\` query parameter can not be empty`);
  }
  checkSubject(endpoint, subject, wrong);

  const choose = (name: string, allowed: readonly string[]): ReadonlySet<string> => {
    const chosen = new Set<string>();
    const text = query.get(name);
    for (const each of text === null ? [] : text.split(',')) {
      const known = allowed.includes(each) ? each : each.replace('_post_id', '_tweet_id');
      if (allowed.includes(known)) chosen.add(known);
      else wrong(name, each, `is not one of [${allowed.join(',')}]`);
    }
    return chosen;
  };
  const expandable =
    endpoint === 'search' ? TWEET_EXPANSIONS : endpoint === 'list' ? ['owner_id'] : USER_EXPANSIONS;
  const { fields, key } = userFieldsOf(query.get('user.fields'), choose);
  const tweetFields = choose('tweet.fields', TWEET_FIELDS);
  const postFields = choose('post.fields', TWEET_FIELDS);
  const numbers = (name: string) => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (ID.test(text)) return BigInt(text);
    wrong(name, text, 'is not valid');
    return undefined;
  };
  const time = (name: string) => readTime(name, query.get(name), nowMs, complain);

  let maxResults = paging?.otherwise ?? 0;
  const asked = query.get('max_results');
  if (paging && asked !== null) {
    maxResults = /^\d{1,9}$/.test(asked) ? Number(asked) : -1;
    if (maxResults < paging.min || maxResults > paging.max) {
      wrong('max_results', asked, `is not between ${paging.min} and ${paging.max}`);
    }
  }
  const tokenName = paging?.tokens.find((name) => query.has(name)) ?? 'pagination_token';
  const token = query.get(tokenName) ?? undefined;
  if (token !== undefined && token.length < 16) {
    wrong(tokenName, token, 'is not valid: it has fewer than 16 characters');
  }
  const text = query.get('query') ?? '';
  const length = [...text].length;
  if (endpoint === 'search' && length > QUERY_LENGTH_MAX) {
    wrong('query', text, `has ${length} characters, which is more than ${QUERY_LENGTH_MAX}`);
  }
  if (endpoint === 'user-search' && text !== '' && !USER_QUERY.test(text)) {
    wrong('query', text, `does not match ${USER_QUERY.source}`);
  }
  const order = query.get('sort_order');
  if (order !== null && order !== 'recency' && order !== 'relevancy') {
    wrong('sort_order', order, 'is not one of [recency,relevancy]');
  }
  const call: Call = {
    endpoint,
    subject,
    subjects: readSubjects(endpoint, query, wrong, complain),
    userFields: fields,
    userFieldsKey: key,
    tweetFields: postFields.size > 0 ? postFields : tweetFields,
    listFields: choose('list.fields', LIST_FIELDS),
    expansions: choose('expansions', expandable),
    maxResults,
    token,
    tokenName,
    query: text,
    sinceId: numbers('since_id'),
    untilId: numbers('until_id'),
    startMs: time('start_time'),
    endMs: time('end_time'),
  };
  return complaints.length > 0 ? complaints : call;
}

type Wrong = (parameter: string, value: string, why: string) => void;

function checkSubject(endpoint: EndpointName, subject: string, wrong: Wrong): void {
  if (endpoint === 'user-by-username') {
    if (!USERNAME.test(subject)) wrong('username', subject, `does not match ${USERNAME.source}`);
  } else if (subject !== '' && !ID.test(subject)) {
    wrong('id', subject, 'is not valid');
  }
}

function readSubjects(
  endpoint: EndpointName,
  query: URLSearchParams,
  wrong: Wrong,
  complain: Wrong,
): readonly string[] {
  if (endpoint !== 'users' && endpoint !== 'users-by') return [];
  const name = endpoint === 'users' ? 'ids' : 'usernames';
  const pattern = endpoint === 'users' ? ID : USERNAME;
  const text = query.get(name);
  if (!text) return [];
  const subjects = text.split(',');
  if (subjects.length > NAMES_MAX) {
    const count = `The number of values in the \`${name}\` query parameter list [${subjects.length}]`;
    complain(name, text, `${count} is not between 1 and ${NAMES_MAX}`);
    return [];
  }
  for (const each of subjects) {
    if (!pattern.test(each)) wrong(name, each, `does not match ${pattern.source}`);
  }
  return [...new Set(subjects)];
}

function userFieldsOf(
  text: string | null,
  choose: (name: string, allowed: readonly string[]) => ReadonlySet<string>,
): { fields: ReadonlySet<UserField>; key: string } {
  const known = fieldChoices.get(text ?? '');
  if (known) return known;
  const fields = choose('user.fields', USER_FIELDS) as ReadonlySet<UserField>;
  const choice = { fields, key: [...fields].sort().join(',') };
  const complete = text === null || text.split(',').length === fields.size;
  // A choice with a wrong name is not kept: it must be complained of each time.
  if (complete && fieldChoices.size < FIELD_CHOICES_MAX) fieldChoices.set(text ?? '', choice);
  return choice;
}

function readTime(
  name: string,
  text: string | null,
  nowMs: number,
  complain: Wrong,
): number | undefined {
  if (text === null) return undefined;
  const timeMs = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    complain(name, text, `The \`${name}\` query parameter value [${text}] is not a valid RFC3339`);
  } else if (name === 'start_time' && timeMs < nowMs - WEEK_MS) {
    const bound = new Date(nowMs - WEEK_MS).toISOString();
    complain(name, text, `Invalid '${name}':'${text}'. '${name}' must be on or after ${bound}.`);
  } else if (name === 'end_time' && timeMs > nowMs - 10_000) {
    complain(
      name,
      text,
      `Invalid '${name}':'${text}'. '${name}' must be a minimum of 10 seconds prior to the request time.`,
    );
  }
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
