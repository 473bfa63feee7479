/** One widget of a channel's page as a message. */
import { type ChannelMessage, type ServiceKind, TELEGRAM_URL } from './message.ts';
import {
  type Fence,
  find,
  findAll,
  findTag,
  type PageElement,
  search,
  textOf,
} from './page-tree.ts';
import { readMedia, readPoll } from './preview-media.ts';
import { type RichText, readLink, readRichText } from './rich-text.ts';
import { readCount } from './shown-number.ts';

export interface PreviewChannel {
  readonly name: string;
  readonly title: string;
}

/** What belongs to another message or another page, and is none of this one's words and media. */
const FOREIGN: Fence = (element) =>
  element.has('tgme_widget_message_reply') ||
  element.has('tgme_widget_message_link_preview') ||
  element.has('tgme_widget_message_user');

const NO_WORDS: RichText = { text: '', entities: [] };

/** `widget`: the element with `data-post`. undefined = it names no message. */
export function readPreviewMessage(
  widget: PageElement,
  channel: PreviewChannel,
  base: string,
): ChannelMessage | undefined {
  const post = /^([^/]+)\/(\d+)$/.exec(widget.attribute('data-post') ?? '');
  if (!post) return undefined;
  const [, name, digits] = post as unknown as [string, string, string];
  const id = Number(digits);
  const isService = widget.has('service_message');
  const words = readWords(widget, base);
  const media = readMedia(widget, base, FOREIGN);
  const isAlbum = find(widget, 'tgme_widget_message_grouped_wrap', FOREIGN) !== undefined;
  const poll = readPoll(widget, FOREIGN);
  const date = dateOf(widget);
  return {
    kind: isService ? 'service' : 'message',
    channel: { name, title: channel.title },
    id,
    url: `${TELEGRAM_URL}/${name}/${id}`,
    ...(date === undefined ? {} : { date }),
    edited: isEdited(widget),
    text: words.text,
    entities: [...words.entities],
    ...optional('author', textOf(find(widget, 'tgme_widget_message_from_author', FOREIGN))),
    ...optional('viaBot', viaBot(widget)),
    ...present('views', readCount(textOf(find(widget, 'tgme_widget_message_views', FOREIGN)))),
    reactions: readReactions(widget),
    ...present('replyTo', readReply(widget, base)),
    ...present('forward', readForward(widget, base)),
    ...(isAlbum ? { albumId: id } : {}),
    media: isAlbum ? media : media.map(({ messageId: _, ...one }) => one),
    ...present('poll', poll),
    ...present('linkPreview', readLinkPreview(widget, base)),
    ...(isService ? { service: serviceKind(words.text) } : {}),
  };
}

function optional<K extends string>(key: K, text: string): { [P in K]?: string } {
  return (text === '' ? {} : { [key]: text }) as { [P in K]?: string };
}

function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

/** The text of an album stands in two elements, one in the other: the outer one is read. */
function readWords(widget: PageElement, base: string): RichText {
  const element =
    find(widget, 'js-message_text', FOREIGN) ?? find(widget, 'tgme_widget_message_text', FOREIGN);
  return element ? readRichText(element, base) : NO_WORDS;
}

function dateOf(widget: PageElement): string | undefined {
  const time = findAll(widget, 'tgme_widget_message_date', FOREIGN)
    .map((link) => findTag(link, 'time')?.attribute('datetime'))
    .find((datetime) => datetime !== undefined);
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** The word stands between the signature and the date, in a text of its own. */
function isEdited(widget: PageElement): boolean {
  const meta = find(widget, 'tgme_widget_message_meta', FOREIGN);
  return (
    meta?.children.some((part) => typeof part === 'string' && /\bedited\b/.test(part)) === true
  );
}

function viaBot(widget: PageElement): string {
  return textOf(find(widget, 'tgme_widget_message_via_bot', FOREIGN)).replace(/^@/, '');
}

function readReactions(widget: PageElement): ChannelMessage['reactions'] {
  return findAll(widget, 'tgme_reaction', FOREIGN).flatMap((reaction) => {
    const parts = reaction.children.filter((part) => typeof part === 'string');
    const count = readCount(parts.join('').trim() || textOf(find(reaction, 'tgme_reaction_count')));
    return count === undefined ? [] : [{ emoji: reactionSign(reaction), ...count }];
  });
}

/** An emoji, `custom:ID` of one that is no letter, or `paid`. */
function reactionSign(reaction: PageElement): string {
  if (reaction.has('tgme_reaction_paid')) return 'paid';
  const custom = search(reaction, (element) => element.attribute('emoji-id') !== undefined);
  const sign = textOf(findTag(reaction, 'b'));
  if (sign !== '') return sign;
  if (custom) return `custom:${custom.attribute('emoji-id')}`;
  return find(reaction, 'icon-telegram-stars') ? 'paid' : textOf(findTag(reaction, 'i'));
}

function readReply(widget: PageElement, base: string): ChannelMessage['replyTo'] {
  const reply = find(widget, 'tgme_widget_message_reply', (element) =>
    element.has('tgme_widget_message_link_preview'),
  );
  if (!reply) return undefined;
  const url = readLink(reply.attribute('href') ?? '', base);
  const digits = /\/(\d+)(?:[?#].*)?$/.exec(reply.attribute('href') ?? '')?.[1];
  const text =
    find(reply, 'js-message_reply_text') ??
    find(reply, 'tgme_widget_message_text') ??
    find(reply, 'tgme_widget_message_metatext');
  return {
    ...(digits === undefined ? {} : { id: Number(digits) }),
    ...(url === undefined || reply.attribute('href') === undefined ? {} : { url }),
    ...optional('author', textOf(find(reply, 'tgme_widget_message_author_name'))),
    ...optional('text', textOf(text)),
  };
}

function readForward(widget: PageElement, base: string): ChannelMessage['forward'] {
  const forward = find(widget, 'tgme_widget_message_forwarded_from', FOREIGN);
  if (!forward) return undefined;
  const from = find(forward, 'tgme_widget_message_forwarded_from_name');
  const href = from?.attribute('href');
  const link = href === undefined ? undefined : readLink(href, base);
  return {
    ...optional('from', textOf(from)),
    ...(link === undefined ? {} : { link }),
    ...optional('author', textOf(find(forward, 'tgme_widget_message_forwarded_from_author'))),
  };
}

function readLinkPreview(widget: PageElement, base: string): ChannelMessage['linkPreview'] {
  const preview = find(widget, 'tgme_widget_message_link_preview', (element) =>
    element.has('tgme_widget_message_reply'),
  );
  const url = preview && readLink(preview.attribute('href') ?? '', base);
  if (!preview || url === undefined) return undefined;
  return {
    url,
    ...optional('site', textOf(find(preview, 'link_preview_site_name'))),
    ...optional('title', textOf(find(preview, 'link_preview_title'))),
    ...optional('description', textOf(find(preview, 'link_preview_description'))),
  };
}

const SERVICE_WORDS: readonly (readonly [RegExp, ServiceKind])[] = [
  [/^Channel created$/i, 'created'],
  [/\bpinned\b/i, 'pinned'],
  [/^Channel photo\b/i, 'photo'],
  [/^Channel name was changed\b/i, 'title'],
];

function serviceKind(text: string): ServiceKind {
  return SERVICE_WORDS.find(([words]) => words.test(text))?.[1] ?? 'other';
}
