/**
 * A page of a channel's public preview: who it is, its messages, and where older ones are. The
 * status of an answer proves nothing: what has no preview is answered with another page and 200.
 */
import type { ChannelMessage } from './message.ts';
import { find, findAll, findTag, type PageElement, parsePage, textOf, walk } from './page-tree.ts';
import { type PreviewChannel, readPreviewMessage } from './preview-message.ts';
import { readCount } from './shown-number.ts';

export interface PreviewPage {
  readonly channel: PreviewChannel;
  /** Oldest first. */
  readonly messages: readonly ChannelMessage[];
  /** Messages below this id are on the page before; undefined = this was the last. */
  readonly before: number | undefined;
  /** As shown beside the history: `subscribers`, `photos`, … */
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * What stands at the address instead. `cut`: a page that ends before its end, though its answer
 * was whole. `landing`: a channel, group or person without a preview.
 * `unknown`: a name that nobody has. `foreign`: no page of this service at all.
 */
export type NoPreview = 'cut' | 'landing' | 'unknown' | 'foreign';

/** `url`: where the page was found in the end, after redirects. */
export function readPreviewPage(html: string, url: string): PreviewPage | NoPreview {
  if (!isWhole(html)) return 'cut';
  const page = parsePage(html);
  const head = find(page, 'tgme_channel_info');
  const history = find(page, 'tgme_channel_history');
  const path = URL.parse(url)?.pathname ?? '';
  if (!/^\/s\/[^/]+/.test(path) || (!head && !history)) return noPreview(page);
  const channel = readChannel(page, head, path);
  const messages = findAll(history ?? page, 'js-widget_message')
    .map((widget) => readPreviewMessage(widget, channel, url))
    .filter((message) => message !== undefined)
    .sort((a, b) => a.id - b.id);
  const before = messages.length === 0 ? undefined : readBefore(history ?? page);
  return { channel, messages, before, counters: head ? readCounters(head) : {} };
}

/** A page that shows one message alone; undefined where there is none. */
export function readSinglePage(
  html: string,
  url: string,
  channel: PreviewChannel,
): ChannelMessage | undefined {
  const widget = isWhole(html) ? find(parsePage(html), 'js-widget_message') : undefined;
  return widget && readPreviewMessage(widget, channel, url);
}

/** Some answers are cut amid a tag and still end well; messages that are not there look deleted. */
function isWhole(html: string): boolean {
  return /<\/html\s*>/i.test(html);
}

function readChannel(
  page: PageElement,
  head: PageElement | undefined,
  path: string,
): PreviewChannel {
  const shown = head && textOf(find(head, 'tgme_channel_info_header_username'));
  const heading = head && find(head, 'tgme_channel_info_header_title');
  // Beside the words there may be the sign of a verified channel.
  const title = heading && textOf(findTag(heading, 'span') ?? heading);
  return {
    name: shown?.replace(/^@/, '') || (path.split('/')[2] ?? ''),
    title: title || metaOf(page, 'og:title') || '',
  };
}

function readBefore(history: PageElement): number | undefined {
  for (const more of findAll(history, 'tme_messages_more')) {
    const id = Number(more.attribute('data-before') ?? Number.NaN);
    if (Number.isSafeInteger(id) && id > 1) return id;
  }
  return undefined;
}

function readCounters(head: PageElement): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const counter of findAll(head, 'tgme_channel_info_counter')) {
    const value = readCount(textOf(find(counter, 'counter_value')));
    const type = textOf(find(counter, 'counter_type'));
    if (value && type !== '') counters[type] = value.count;
  }
  return counters;
}

/** A name that nobody has is offered as a contact: there is no title on its page. */
function noPreview(page: PageElement): NoPreview {
  if (find(page, 'tgme_page_title')) return 'landing';
  return find(page, 'tgme_page') || find(page, 'tgme_page_wrap') ? 'unknown' : 'foreign';
}

function metaOf(page: PageElement, property: string): string | undefined {
  let content: string | undefined;
  walk(page, (element) => {
    if (element.attribute('property') === property) content ??= element.attribute('content');
    return content === undefined;
  });
  return content;
}
