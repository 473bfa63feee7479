/** The API itself: what each endpoint answers to a call that is allowed. Knows no HTTP. */
import type { Principal } from './accounts.ts';
import type { MemberList, MemberPage } from './member-list.ts';
import { type PagePlace, pageToken, readPageToken } from './page-token.ts';
import type { Call } from './parameters.ts';
import { posts, searchRange } from './posts.ts';
import {
  invalidRequest,
  type Missing,
  type MissingWhy,
  missing,
  type ProblemBody,
  type ProblemHost,
} from './problems.ts';
import type { MemberListKind, World } from './world.ts';
import type { XConfig } from './x-options.ts';

export interface Reply {
  readonly status: 200 | 400;
  readonly body: Buffer;
  /** Users sent, in data and includes. */
  readonly users: number;
  /** Users and posts sent: what an app pays for. */
  readonly resources: number;
}

const COMMA = Buffer.from(',');
const LIST_MADE = '2019-05-04T10:00:00.000Z';

export class XApi {
  readonly #config: XConfig;
  readonly #world: World;
  /** Tokens of pages carry it: raised, all that were given out are no good any more. */
  #generation = 0;

  constructor(config: XConfig, world: World) {
    this.#config = config;
    this.#world = world;
  }

  expireTokens(): void {
    this.#generation += 1;
  }

  /** Answers a call of which the parameters are right. */
  answer(call: Call, caller: Principal, host: ProblemHost): Reply {
    switch (call.endpoint) {
      case 'user-by-username':
        return this.#one(call, host, 'username', this.#world.userOfName(call.subject));
      case 'user':
        return this.#one(call, host, 'id', this.#world.userOfId(call.subject));
      case 'me':
        return ok([text('{"data":'), this.#user(call, caller.user), text('}')], 1, 1);
      case 'users-by':
        return this.#many(call, host, 'usernames', (name) => this.#world.userOfName(name));
      case 'users':
        return this.#many(call, host, 'ids', (id) => this.#world.userOfId(id));
      case 'user-search':
        return this.#userPage(call, host, 'user-search', call.query);
      case 'followers':
      case 'following':
        return this.#follows(call, host, call.endpoint);
      case 'list':
        return this.#list(call, host);
      case 'list-members': {
        const index = this.#world.listOfId(call.subject);
        if (index < 0) return unseen(host, listNamed(call), 'not-found');
        return this.#userPage(call, host, 'list', index);
      }
      case 'search':
        return this.#search(call, host);
    }
  }

  #user(call: Call, index: number): Buffer {
    return this.#world.userBytes(index, call.userFields, call.userFieldsKey);
  }

  #one(call: Call, host: ProblemHost, parameter: string, index: number): Reply {
    const what: Missing = { resource: 'user', parameter, value: call.subject };
    if (index < 0) return unseen(host, what, 'not-found');
    if (this.#world.isSuspended(index)) return unseen(host, what, 'suspended');
    return ok([text('{"data":'), this.#user(call, index), text('}')], 1, 1);
  }

  #many(call: Call, host: ProblemHost, parameter: string, find: (value: string) => number): Reply {
    const users: Buffer[] = [];
    const errors: ProblemBody[] = [];
    for (const value of call.subjects) {
      const index = find(value);
      const what: Missing = { resource: 'user', parameter, value };
      if (index < 0) errors.push(missing(host, what, 'not-found'));
      else if (this.#world.isSuspended(index)) errors.push(missing(host, what, 'suspended'));
      else users.push(this.#user(call, index));
    }
    const parts = users.length > 0 ? [text('"data":['), ...joined(users), text(']')] : [];
    if (parts.length > 0 && errors.length > 0) parts.push(COMMA);
    if (errors.length > 0) parts.push(text(`"errors":${JSON.stringify(errors)}`));
    return ok([text('{'), ...parts, text('}')], users.length, users.length);
  }

  #follows(call: Call, host: ProblemHost, kind: 'followers' | 'following'): Reply {
    const index = this.#world.userOfId(call.subject);
    const what: Missing = { resource: 'user', parameter: 'id', value: call.subject };
    if (index < 0) return unseen(host, what, 'not-found');
    if (this.#world.isSuspended(index)) return unseen(host, what, 'suspended');
    if (this.#world.isProtected(index)) return unseen(host, what, 'protected');
    return this.#userPage(call, host, kind, index);
  }

  #userPage(call: Call, host: ProblemHost, kind: MemberListKind, subject: number | string): Reply {
    const list = this.#world.members(kind, subject);
    const place = this.#place(call);
    if (place === 'foreign') return foreignToken(call, host);
    const page = list.page(call.maxResults, place);
    const users = page.members.map(({ index }) => this.#user(call, index));
    const meta = { result_count: users.length, ...this.#tokens(call, page) };
    this.#moveOn(list, typeof subject === 'number' ? subject : -1);
    const data = users.length > 0 ? [text('"data":['), ...joined(users), text('],')] : [];
    const tail = text(`"meta":${JSON.stringify(meta)}}`);
    return ok([text('{'), ...data, tail], users.length, users.length);
  }

  #search(call: Call, host: ProblemHost): Reply {
    const list = this.#world.members('search', call.query);
    const place = this.#place(call);
    if (place === 'foreign') return foreignToken(call, host);
    const range = searchRange(this.#world, list, call, this.#config.nowMs());
    const page = list.page(call.maxResults, place, range);
    const written = posts(this.#world, list, page.members, call, this.#config.naming);
    const meta: Record<string, unknown> = {};
    if (written.length > 0) {
      meta.newest_id = written.at(0)?.id;
      meta.oldest_id = written.at(-1)?.id;
    }
    meta.result_count = written.length;
    // A search goes forward only.
    Object.assign(meta, this.#tokens(call, { ...page, previous: undefined }));
    this.#moveOn(list, -1);
    const authors = call.expansions.has('author_id')
      ? [...new Set(page.members.map(({ index }) => index))].map((index) => this.#user(call, index))
      : [];
    const parts = [text('{')];
    if (written.length > 0) parts.push(text(`"data":${JSON.stringify(written)},`));
    if (authors.length > 0) {
      parts.push(text('"includes":{"users":['), ...joined(authors), text(']},'));
    }
    parts.push(text(`"meta":${JSON.stringify(meta)}}`));
    return ok(parts, authors.length, authors.length + written.length);
  }

  #list(call: Call, host: ProblemHost): Reply {
    const index = this.#world.listOfId(call.subject);
    if (index < 0) return unseen(host, listNamed(call), 'not-found');
    const data: Record<string, unknown> = { id: call.subject, name: `List ${index + 1}` };
    const put = (field: string, value: unknown) => {
      if (call.listFields.has(field)) data[field] = value;
    };
    const owner = this.#world.profile(index).id;
    put('created_at', LIST_MADE);
    put('description', `People of list ${index + 1}`);
    put('follower_count', 12);
    put('member_count', this.#world.members('list', index).count);
    if (call.listFields.has('owner_id') || call.expansions.has('owner_id')) data.owner_id = owner;
    put('private', false);
    const parts = [text(`{"data":${JSON.stringify(data)}`)];
    const expanded = call.expansions.has('owner_id');
    if (expanded) {
      parts.push(text(',"includes":{"users":['), this.#user(call, index), text(']}'));
    }
    return ok([...parts, text('}')], expanded ? 1 : 0, 1);
  }

  #place(call: Call): PagePlace | undefined | 'foreign' {
    if (call.token === undefined) return undefined;
    return readPageToken(this.#config.seed, this.#owner(call), call.token) ?? 'foreign';
  }

  #tokens(call: Call, page: MemberPage): Record<string, string> {
    const tokens: Record<string, string> = {};
    const { seed } = this.#config;
    const owner = this.#owner(call);
    if (page.next) tokens.next_token = pageToken(seed, owner, page.next);
    if (page.previous) tokens.previous_token = pageToken(seed, owner, page.previous);
    return tokens;
  }

  /** What a token is good for. Those of searches do not expire. */
  #owner(call: Call): string {
    if (call.endpoint === 'search') return `search ${call.query}`;
    return `${call.endpoint} ${call.subject} ${call.query} ${this.#generation}`;
  }

  /** Lets members come as pages are read, where that was asked for. */
  #moveOn(list: MemberList, subject: number): void {
    const { arrivalsEvery, arrivals } = this.#config;
    if (arrivalsEvery === 0 || list.pages % arrivalsEvery !== 0) return;
    list.arrive(arrivals);
    if (subject >= 0) this.#world.forget(subject);
  }
}

function foreignToken(call: Call, host: ProblemHost): Reply {
  const value = call.token ?? '';
  const message = `The \`${call.tokenName}\` query parameter value [${value}] is not valid`;
  const body = invalidRequest(host, [{ parameter: call.tokenName, values: [value], message }]);
  return { status: 400, body: text(JSON.stringify(body)), users: 0, resources: 0 };
}

function unseen(host: ProblemHost, what: Missing, why: MissingWhy): Reply {
  return ok([text(JSON.stringify({ errors: [missing(host, what, why)] }))], 0, 0);
}

function listNamed(call: Call): Missing {
  return { resource: 'list', parameter: 'id', value: call.subject };
}

function ok(parts: readonly Buffer[], users: number, resources: number): Reply {
  return { status: 200, body: Buffer.concat(parts), users, resources };
}

function joined(buffers: readonly Buffer[]): Buffer[] {
  return buffers.flatMap((each, place) => (place === 0 ? [each] : [COMMA, each]));
}

function text(of: string): Buffer {
  return Buffer.from(of, 'utf8');
}
