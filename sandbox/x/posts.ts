/** Posts as a search finds them, newest first. */
import type { KeyRange, Member, MemberList } from './member-list.ts';
import type { Call } from './parameters.ts';
import type { Naming } from './user-fields.ts';
import type { World } from './world.ts';

/** Posts this new are not to be found yet, unless the call says how new they may be, ms. */
const SEARCH_LAG_MS = 30_000;
const WEEK_MS = 7 * 86_400_000;

/** The keys that a search may find, by its times and ids. */
export function searchRange(world: World, list: MemberList, call: Call, nowMs: number): KeyRange {
  const { sinceId, untilId, startMs = nowMs - WEEK_MS, endMs = nowMs - SEARCH_LAG_MS } = call;
  const idAt = (key: number) => BigInt(world.postId(list, key));
  let low = world.oldestWhere(list, (key) => world.postMs(list, key) >= startMs);
  let high = world.oldestWhere(list, (key) => world.postMs(list, key) >= endMs) - 1;
  if (sinceId !== undefined) {
    low = Math.max(
      low,
      world.oldestWhere(list, (key) => idAt(key) > sinceId),
    );
  }
  if (untilId !== undefined) {
    high = Math.min(high, world.oldestWhere(list, (key) => idAt(key) >= untilId) - 1);
  }
  return { low, high };
}

export interface Post extends Record<string, unknown> {
  readonly id: string;
}

/** These posts with the fields that were asked for. */
export function posts(
  world: World,
  list: MemberList,
  members: readonly Member[],
  call: Call,
  naming: Naming,
): Post[] {
  const { tweetFields: fields, expansions } = call;
  return members.map(({ key, index }) => {
    const id = world.postId(list, key);
    const post: Post = {
      id,
      text: `Nothing beats ${call.query.slice(0, 60)} & a cup of tea ☕️ (${Math.abs(key)})`,
      [`edit_history_${naming}_ids`]: [id],
    };
    const authors = expansions.has('author_id') || fields.has('author_id');
    if (authors) post.author_id = world.idOf(index);
    if (fields.has('created_at')) {
      post.created_at = new Date(world.postMs(list, key)).toISOString();
    }
    if (fields.has('lang')) post.lang = 'en';
    if (fields.has('conversation_id')) post.conversation_id = id;
    if (fields.has('possibly_sensitive')) post.possibly_sensitive = false;
    if (fields.has('public_metrics')) {
      post.public_metrics = {
        [naming === 'tweet' ? 'retweet_count' : 'repost_count']: index % 7,
        reply_count: index % 5,
        like_count: index % 90,
        quote_count: index % 3,
        bookmark_count: 0,
        impression_count: index % 5_000,
      };
    }
    return post;
  });
}
