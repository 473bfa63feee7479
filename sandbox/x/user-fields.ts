/** User objects as the wire shows them: id, name and username, and the fields that were asked for. */
import type { Profile } from './user-profile.ts';

export const USER_FIELDS = [
  'affiliation',
  'confirmed_email',
  'connection_status',
  'created_at',
  'description',
  'entities',
  'id',
  'is_identity_verified',
  'location',
  'most_recent_tweet_id',
  'name',
  'parody',
  'pinned_tweet_id',
  'profile_banner_url',
  'profile_image_url',
  'protected',
  'public_metrics',
  'receives_your_dm',
  'subscription',
  'subscription_type',
  'url',
  'username',
  'verified',
  'verified_followers_count',
  'verified_type',
  'withheld',
] as const;
export type UserField = (typeof USER_FIELDS)[number];

export type Naming = 'tweet' | 'post';

/** A user as JSON text with these fields. Fields that the user has no value for are left out. */
export function userJson(
  profile: Profile,
  fields: ReadonlySet<UserField>,
  naming: Naming,
  counts: { readonly followers: number; readonly following: number },
): string {
  const user: Record<string, unknown> = {
    id: profile.id,
    name: profile.name,
    username: profile.username,
  };
  const put = (field: UserField, value: unknown, name: string = field) => {
    if (fields.has(field) && value !== undefined) user[name] = value;
  };
  put('created_at', profile.createdAt);
  put('description', profile.bio);
  put('entities', entitiesOf(profile));
  put('is_identity_verified', profile.verifiedType === 'business');
  put('location', profile.location === '' ? undefined : profile.location);
  put('most_recent_tweet_id', profile.recentId, `most_recent_${naming}_id`);
  put('parody', false);
  put('pinned_tweet_id', profile.pinnedId, `pinned_${naming}_id`);
  put('profile_image_url', `https://pbs.twimg.com/profile_images/${profile.id}/me_normal.jpg`);
  put('protected', profile.isProtected);
  put('public_metrics', {
    followers_count: counts.followers,
    following_count: counts.following,
    [`${naming}_count`]: profile.posts,
    listed_count: profile.listed,
    like_count: profile.likes,
    media_count: profile.media,
  });
  put('subscription_type', profile.verifiedType === 'blue' ? 'Premium' : 'None');
  put('url', profile.url);
  put('verified', profile.verified);
  put('verified_followers_count', Math.floor(counts.followers / 50));
  put('verified_type', profile.verifiedType);
  const withheld =
    profile.withheldIn.length > 0 ? { country_codes: profile.withheldIn } : undefined;
  put('withheld', withheld);
  return JSON.stringify(user);
}

function entitiesOf(profile: Profile): unknown {
  const { url, urlExpanded, website, bio, bioLink } = profile;
  const entities: Record<string, unknown> = {};
  if (url !== '' && urlExpanded) entities.url = { urls: [urlEntity(0, url, website)] };
  if (bioLink !== undefined) {
    const at = bio.indexOf('https://t.co/');
    const link = bio.slice(at, at + 23);
    // Places in a text are counted in code points.
    const start = [...bio.slice(0, at)].length;
    const tag = [...bio.slice(0, bio.indexOf('#'))].length;
    entities.description = {
      urls: [urlEntity(start, link, bioLink)],
      hashtags: [{ start: tag, end: tag + 5, tag: 'shop' }],
    };
  }
  return Object.keys(entities).length > 0 ? entities : undefined;
}

function urlEntity(start: number, url: string, expanded: string): unknown {
  const display = expanded.replace(/^https?:\/\//, '');
  return {
    start,
    end: start + url.length,
    url,
    expanded_url: expanded,
    display_url: display.length > 26 ? `${display.slice(0, 26)}…` : display,
  };
}
