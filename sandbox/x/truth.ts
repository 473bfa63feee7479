/** What is right: the lists in their order and the leads in them, as a perfect collector has them. */
import type { LeadList, ListProblem, ListSource } from './lead-lists.ts';
import type { VerifiedType } from './user-profile.ts';
import type { World } from './world.ts';

/** A user as a lead. Fields of text are '' where the user left them open. */
export interface TruthLead {
  readonly kind: 'lead';
  readonly id: string;
  readonly username: string;
  readonly name: string;
  /** As sent: links are t.co addresses. */
  readonly bio: string;
  readonly location: string;
  /** Where the link of the profile leads; its t.co address where the answer does not tell. */
  readonly website: string;
  readonly followers: number;
  readonly following: number;
  readonly posts: number;
  readonly listed: number;
  readonly verified: boolean;
  readonly verifiedType: VerifiedType;
  readonly protected: boolean;
  /** RFC 3339 with milliseconds. */
  readonly createdAt: string;
}

/** A list with the ids that are in it, newest first (of posts: each author where first met). */
export interface TruthList {
  readonly kind: 'list';
  readonly list: string;
  readonly name: string;
  readonly source: ListSource;
  readonly target: string;
  /** Why the target cannot be read; undefined = it can. */
  readonly problem?: ListProblem;
  readonly ids: readonly string[];
}

/** A user as a lead, now. */
export function truthLead(world: World, index: number): TruthLead {
  const profile = world.profile(index);
  const { id, username, name, bio, location, verified, verifiedType, createdAt } = profile;
  return {
    kind: 'lead',
    id,
    username,
    name,
    bio,
    location,
    website: profile.urlExpanded ? profile.website : profile.url,
    ...world.counts(index, profile),
    posts: profile.posts,
    listed: profile.listed,
    verified,
    verifiedType,
    protected: profile.isProtected,
    createdAt,
  };
}

/** A list as it is now. */
export function truthList(world: World, list: LeadList): TruthList {
  const { id, name, source, target, problem } = list;
  const members = world.membersOf(list);
  const ids = members ? Array.from(members.all(), (index) => world.idOf(index)) : [];
  const odd = problem === undefined ? {} : { problem };
  return { kind: 'list', list: id, name, source, target, ...odd, ids };
}

/** Every list, then every lead that is in one, once. */
export function* xTruth(world: World): Generator<TruthList | TruthLead> {
  const met = new Set<number>();
  for (const list of world.lists) {
    yield truthList(world, list);
    for (const index of world.membersOf(list)?.all() ?? []) met.add(index);
  }
  for (const index of met) yield truthLead(world, index);
}
