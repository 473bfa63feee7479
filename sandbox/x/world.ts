/** The whole of the world behind the API: users, lists and posts, and what is in which list. */
import { seedOf } from '../sites/seed.ts';
import { type LeadList, leadLists, oddTarget, targetsCount } from './lead-lists.ts';
import { idOfList, indexOfList } from './list-ids.ts';
import { type KeyRange, MemberList } from './member-list.ts';
import { type Naming, type UserField, userJson } from './user-fields.ts';
import { idOfUser, indexOfUserId, indexOfUsername, snowflake } from './user-names.ts';
import {
  isProtected,
  isSuspended,
  type Population,
  type Profile,
  profileOf,
} from './user-profile.ts';
import type { XConfig } from './x-options.ts';

const SEARCH_DAYS_MS = 5.5 * 86_400_000;
/** Users kept as bytes, about 700 each, per choice of fields. */
const CACHED_USERS_MAX = 200_000;
const CACHES_MAX = 4;
const LISTS_OPEN_MAX = 100_000;

const DRAWN = 1;
const SUSPENDED = 2;
const PROTECTED = 4;

export type MemberListKind = 'followers' | 'following' | 'list' | 'search' | 'user-search';

export class World {
  readonly lists: readonly LeadList[];
  readonly people: Population;
  readonly #config: XConfig;
  readonly #open = new Map<string, MemberList>();
  readonly #sizes = new Map<string, number>();
  readonly #marks: Uint8Array;
  readonly #cached = new Map<string, Map<number, Buffer>>();

  constructor(config: XConfig) {
    const { seed, users, plan, suspendedShare, protectedShare } = config;
    this.#config = config;
    this.#marks = new Uint8Array(users);
    this.lists = leadLists(seed, users, plan);
    this.people = {
      seed,
      users,
      suspendedShare,
      protectedShare,
      targets: targetsCount(plan),
      suspendedTarget: oddTarget(plan, 'suspended'),
      protectedTarget: oddTarget(plan, 'protected'),
    };
    for (const list of this.lists) {
      const { source, subject, target, size } = list;
      const posts = source === 'search' ? Math.ceil((size * 4) / 3) : size;
      this.#sizes.set(nameOf(source, source === 'search' ? target : subject), posts);
    }
  }

  /** Index of the user with this id of digits; -1 = nobody. */
  userOfId(id: string): number {
    return indexOfUserId(this.people.seed, this.people.users, id);
  }

  userOfName(username: string): number {
    return indexOfUsername(this.people.seed, this.people.users, username);
  }

  listOfId(id: string): number {
    const index = indexOfList(this.people.seed, id);
    const { lists, oddLists } = this.#config.plan;
    return index < lists + (oddLists ? 4 : 0) ? index : -1;
  }

  listId(index: number): string {
    return idOfList(this.people.seed, index);
  }

  isSuspended(index: number): boolean {
    return (this.#marksOf(index) & SUSPENDED) !== 0;
  }

  isProtected(index: number): boolean {
    return (this.#marksOf(index) & PROTECTED) !== 0;
  }

  profile(index: number): Profile {
    return profileOf(this.people, index);
  }

  idOf(index: number): string {
    return idOfUser(this.people.seed, this.people.users, index);
  }

  /** The list of what belongs to a user or list (by index) or to a query. */
  members(kind: MemberListKind, subject: number | string): MemberList {
    const name = nameOf(kind, subject);
    const known = this.#open.get(name);
    if (known) return known;
    const posts = kind === 'search';
    const { seed, users, shortPages, emptyPages } = this.#config;
    const list = new MemberList({
      seed,
      name,
      users,
      posts,
      shortPages,
      emptyPages,
      size: this.#sizes.get(name) ?? this.#sizeOf(kind, subject),
      hidden: (index) =>
        index === subject || this.isSuspended(index) || (posts && this.isProtected(index)),
    });
    // Beyond that, lists are made anew each time: nobody comes to them.
    if (this.#open.size < LISTS_OPEN_MAX) this.#open.set(name, list);
    return list;
  }

  /** The members of a lead list; an empty list where it cannot be read. */
  membersOf(list: LeadList): MemberList | undefined {
    if (list.problem !== undefined) return undefined;
    return this.members(list.source, list.source === 'search' ? list.target : list.subject);
  }

  /** Lets members come to a lead list, or go. Returns their ids. */
  change(list: LeadList, what: 'arrive' | 'leave', count: number): string[] {
    const members = this.membersOf(list);
    if (!members) return [];
    const changed = members[what](count);
    this.forget(list.subject);
    return changed.map((index) => this.idOf(index));
  }

  /** Followers and followed of a user: of those with lists, the lists' own sizes. */
  counts(index: number, profile: Profile): { followers: number; following: number } {
    const of = (kind: 'followers' | 'following', otherwise: number) => {
      const name = nameOf(kind, index);
      return this.#open.get(name)?.count ?? this.#sizes.get(name) ?? otherwise;
    };
    const { followers, following } = profile;
    return { followers: of('followers', followers), following: of('following', following) };
  }

  /** A user as bytes of JSON, with these fields. `fieldsKey` names the choice of fields. */
  userBytes(index: number, fields: ReadonlySet<UserField>, fieldsKey: string): Buffer {
    let cache = this.#cached.get(fieldsKey);
    if (!cache) {
      if (this.#cached.size >= CACHES_MAX) this.#cached.clear();
      cache = new Map();
      this.#cached.set(fieldsKey, cache);
    }
    const known = cache.get(index);
    if (known) return known;
    const profile = this.profile(index);
    const naming: Naming = this.#config.naming;
    const json = userJson(profile, fields, naming, this.counts(index, profile));
    const bytes = Buffer.from(json, 'utf8');
    if (cache.size >= CACHED_USERS_MAX) cache.clear();
    // Counts of targets change with their lists.
    if (index >= this.people.targets) cache.set(index, bytes);
    return bytes;
  }

  /** When the post of this key was written, ms since 1970. */
  postMs(list: MemberList, key: number): number {
    const { epochMs } = this.#config;
    if (key >= 0) return epochMs + key + 1;
    return epochMs + key * Math.max(1, Math.floor(SEARCH_DAYS_MS / Math.max(1, list.size)));
  }

  postId(list: MemberList, key: number): string {
    return String(snowflake(this.postMs(list, key), seedOf(this.people.seed, list.name, key)));
  }

  /** The oldest key of a list, or the one after its newest, for which `test` is true. */
  oldestWhere(list: MemberList, test: (key: number) => boolean): number {
    const range: KeyRange = list.range;
    let low = range.low;
    let high = range.high + 1;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (test(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Every page asks for the marks of all who are in it: they are drawn once. */
  #marksOf(index: number): number {
    const known = this.#marks[index] as number;
    if (known !== 0) return known;
    const suspended = isSuspended(this.people, index) ? SUSPENDED : 0;
    const marks = DRAWN | suspended | (isProtected(this.people, index) ? PROTECTED : 0);
    this.#marks[index] = marks;
    return marks;
  }

  forget(index: number): void {
    for (const cache of this.#cached.values()) cache.delete(index);
  }

  #sizeOf(kind: MemberListKind, subject: number | string): number {
    if (kind === 'list') return 100 + (seedOf(this.people.seed, 'members', subject) % 900);
    if (kind === 'search' || kind === 'user-search') {
      // A query that speaks of nothing finds nothing.
      if (String(subject).includes('nothing')) return 0;
      return 1 + (seedOf(this.people.seed, 'results', subject) % 300);
    }
    const profile = this.profile(Number(subject));
    return Math.min(profile[kind], this.people.users - 1);
  }
}

function nameOf(kind: MemberListKind, subject: number | string): string {
  return `${kind} ${subject}`;
}
