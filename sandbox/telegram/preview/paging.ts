/** Which posts stand on a page. */
import type { Channel } from '../world/channel.ts';
import type { Post } from '../world/message.ts';

export interface PageQuery {
  /** Posts older than this id. */
  readonly before?: number | undefined;
  /** Posts newer than this id, the oldest of them. */
  readonly after?: number | undefined;
  /** Posts round this id. */
  readonly around?: number | undefined;
  /** Posts that hold these words. */
  readonly words?: string | undefined;
}

export interface PostPage {
  /** Oldest first. */
  readonly posts: readonly Post[];
  /** Where the page before begins, exclusive; undefined = nothing to lead to. */
  readonly before: number | undefined;
  /** Where the page after begins, exclusive. */
  readonly after: number | undefined;
}

/** Messages of a page. An album counts with all its parts, so pages often have fewer wraps. */
export const PAGE_MESSAGES = 20;

export function pageOf(channel: Channel, query: PageQuery): PostPage {
  const all = channel.posts.filter((post) => fits(post, query.words));
  const { before, after, around } = query;
  let start = 0;
  let end = all.length;
  if (after !== undefined) {
    start = firstFrom(all, after + 1);
    end = start + countForward(all, start);
  } else {
    if (before !== undefined) end = firstFrom(all, before);
    else if (around !== undefined) end = Math.min(end, firstFrom(all, around) + 10);
    start = end - countBackward(all, end);
  }
  const posts = all.slice(start, end);
  const first = posts[0]?.[0].id;
  const last = posts.at(-1)?.at(-1)?.id;
  const older = start > 0 || (channel.leadsPastTheEnd && query.words === undefined);
  return {
    posts,
    before: first !== undefined && first > 1 && older ? first : undefined,
    after: last !== undefined && end < all.length ? last : undefined,
  };
}

function fits(post: Post, words: string | undefined): boolean {
  if (words === undefined || words === '') return true;
  const wanted = words.toLowerCase();
  return post.some((message) => message.text.toLowerCase().includes(wanted));
}

/** Index of the first post with this id or a later one; an album has the id of its first part. */
function firstFrom(posts: readonly Post[], id: number): number {
  let low = 0;
  let high = posts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((posts[middle] as Post)[0].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countBackward(posts: readonly Post[], end: number): number {
  let messages = 0;
  let count = 0;
  while (count < end) {
    messages += (posts[end - count - 1] as Post).length;
    if (messages > PAGE_MESSAGES && count > 0) break;
    count += 1;
  }
  return count;
}

function countForward(posts: readonly Post[], start: number): number {
  let messages = 0;
  let count = 0;
  while (start + count < posts.length) {
    messages += (posts[start + count] as Post).length;
    if (messages > PAGE_MESSAGES && count > 0) break;
    count += 1;
  }
  return count;
}
