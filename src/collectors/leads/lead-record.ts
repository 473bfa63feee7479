/** What a lead is: a user of X, with the list that brought it first. */
import { z } from 'zod';
import type { LeadSource } from './lead-source.ts';
import { LEAD_SOURCES } from './lead-source.ts';
import { isFields, textOf, type XUser } from './x-body.ts';

export const leadRecord = z.object({
  /** Text: most ids are larger than a double can hold. */
  id: z.string(),
  username: z.string(),
  name: z.string(),
  bio: z.string(),
  location: z.string(),
  /** Where the shortened address of the profile leads to. */
  website: z.string(),
  followers: z.int().nullable(),
  following: z.int().nullable(),
  posts: z.int().nullable(),
  listed: z.int().nullable(),
  verified: z.boolean().nullable(),
  /** `blue`, `business`, `government` or `none`; '' where X does not say. */
  verifiedType: z.string(),
  /** When the account was made, ISO 8601. */
  created: z.string(),
  protected: z.boolean().nullable(),
  image: z.string(),
  /** Number of the stored list; '' where a row named the target itself. */
  listId: z.string(),
  listName: z.string(),
  source: z.enum(LEAD_SOURCES),
});
export type LeadRecord = z.output<typeof leadRecord>;

/** The list as a record names it. */
export interface ListLabel {
  readonly id: string;
  readonly name: string;
  readonly source: LeadSource;
}

export function leadOf(user: XUser, list: ListLabel): LeadRecord {
  const metrics = isFields(user.public_metrics) ? user.public_metrics : {};
  return {
    id: user.id,
    username: textOf(user.username),
    name: textOf(user.name),
    bio: textOf(user.description),
    location: textOf(user.location),
    website: websiteOf(user),
    followers: countOf(metrics.followers_count),
    following: countOf(metrics.following_count),
    // The field is about to get another name, at an unknown time.
    posts: countOf(metrics.post_count ?? metrics.tweet_count),
    listed: countOf(metrics.listed_count),
    verified: flagOf(user.verified),
    verifiedType: textOf(user.verified_type),
    created: textOf(user.created_at),
    protected: flagOf(user.protected),
    image: textOf(user.profile_image_url),
    listId: list.id,
    listName: list.name,
    source: list.source,
  };
}

/** `url` is a shortened address; what it stands for is among the entities. */
function websiteOf(user: XUser): string {
  const entities = isFields(user.entities) ? user.entities : {};
  const urls = isFields(entities.url) ? entities.url.urls : undefined;
  const [first] = Array.isArray(urls) ? urls.filter(isFields) : [];
  return textOf(first?.expanded_url) || textOf(user.url);
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function flagOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
