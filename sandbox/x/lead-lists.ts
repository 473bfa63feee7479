/** The lists that somebody wants the leads of, as lead-lists.csv names them. */
import { seedOf } from '../sites/seed.ts';
import { idOfList } from './list-ids.ts';
import { idOfUser, usernameOf } from './user-names.ts';

export interface ListPlan {
  readonly lists: number;
  readonly listSize: number;
  readonly bigListSize: number;
  readonly oddLists: boolean;
  readonly targetForms: 'plain' | 'mixed';
}

export const LIST_SOURCES = ['followers', 'list', 'following', 'search'] as const;
export type ListSource = (typeof LIST_SOURCES)[number];

/** What a list whose target cannot be read ends in. */
export type ListProblem = 'not-found' | 'suspended' | 'protected';

export interface LeadList {
  /** `1`, `2`, …: the number in lead-lists.csv. */
  readonly id: string;
  readonly name: string;
  readonly source: ListSource;
  /** As the user writes it. */
  readonly target: string;
  /** Index of the target user or list; -1 for a search and an unknown user. */
  readonly subject: number;
  readonly size: number;
  readonly problem?: ListProblem;
}

const TOPICS = ['solar roofs', 'oat milk', 'night trains', 'sourdough', 'bike lanes', 'open data'];

/** Users whose index is below this are targets, and neither suspended nor protected. */
export function targetsCount(plan: ListPlan): number {
  return plan.lists + (plan.oddLists ? 4 : 0);
}

/** The lists by seed; the same numbers whatever their size. */
export function leadLists(seed: number, users: number, plan: ListPlan): LeadList[] {
  const lists: LeadList[] = [];
  for (let index = 0; index < plan.lists; index += 1) {
    const source = LIST_SOURCES[index % LIST_SOURCES.length] as ListSource;
    const size = index === 0 ? plan.bigListSize : plan.listSize;
    lists.push({ ...listOn(seed, users, plan, source, index), size });
  }
  if (plan.oddLists) lists.push(...oddLists(seed, users, plan));
  return lists;
}

function listOn(
  seed: number,
  users: number,
  plan: ListPlan,
  source: ListSource,
  index: number,
): Omit<LeadList, 'size'> {
  const id = String(index + 1);
  if (source === 'search') {
    const target = `"${TOPICS[(index >> 2) % TOPICS.length]}" ${index + 1} -is:retweet`;
    return { id, name: `Talk about ${target}`, source, target, subject: -1 };
  }
  if (source === 'list') {
    const target = idOfList(seed, index);
    return { id, name: `Members of list ${index + 1}`, source, target, subject: index };
  }
  const username = usernameOf(seed, index);
  const form = plan.targetForms === 'plain' ? 0 : seedOf(seed, 'form', index) % 4;
  const forms = [
    username,
    `@${username}`,
    idOfUser(seed, users, index),
    `https://x.com/${username}`,
  ];
  const name = `${source === 'followers' ? 'Followers of' : 'Followed by'} ${username}`;
  return { id, name, source, target: forms[form] as string, subject: index };
}

/** The user that is suspended or protected so that a list of theirs cannot be read. */
export function oddTarget(plan: ListPlan, problem: 'suspended' | 'protected'): number {
  if (!plan.oddLists) return -1;
  return plan.lists + (problem === 'suspended' ? 1 : 2);
}

function oddLists(seed: number, users: number, plan: ListPlan): LeadList[] {
  const odd = (offset: number, rest: Partial<LeadList>): LeadList => ({
    ...listOn(seed, users, { ...plan, targetForms: 'plain' }, 'followers', plan.lists + offset),
    size: plan.listSize,
    ...rest,
  });
  return [
    odd(0, {
      name: 'Followers of nobody',
      target: 'no_such_user',
      subject: -1,
      size: 0,
      problem: 'not-found',
    }),
    odd(1, { problem: 'suspended' }),
    odd(2, { problem: 'protected' }),
    odd(3, { size: 0 }),
  ];
}
