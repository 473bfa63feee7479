/**
 * A reader of preview pages for tests: it knows HTML and the classes of the widgets and nothing of
 * the code that wrote them.
 */

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const VOID = new Set(['meta', 'link', 'br', 'img', 'input']);

/** Parses well-formed HTML. Throws when an element is closed that is not open, or the end is missing. */
export function parseHtml(html: string): Element {
  const root = { tag: '#root', attributes: {}, children: [] as (Element | string)[] };
  const open = [root];
  for (const match of html.matchAll(/<!DOCTYPE[^>]*>|<(\/?)([\w-]+)([^>]*?)(\/?)>|[^<]+/gi)) {
    const [whole, closing, name, attributes = '', selfClosing] = match;
    const parent = open.at(-1) as (typeof open)[number];
    if (name === undefined) {
      if (!whole.startsWith('<!')) parent.children.push(decoded(whole));
    } else if (closing === '/') {
      if (parent.tag !== name) throw new Error(`</${name}> ends <${parent.tag}>`);
      open.pop();
    } else {
      const element = { tag: name, attributes: attributesOf(attributes), children: [] };
      parent.children.push(element);
      if (selfClosing !== '/' && !VOID.has(name)) open.push(element);
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)?.tag}> is not closed`);
  return root;
}

/** All elements below with this class, in order; `skip` is not looked into. */
export function byClass(element: Element, name: string, skip: readonly string[] = []): Element[] {
  return element.children.flatMap((child) => {
    if (typeof child === 'string' || skip.some((each) => hasClass(child, each))) return [];
    const below = byClass(child, name, skip);
    return hasClass(child, name) ? [child, ...below] : below;
  });
}

export function byTag(element: Element, tag: string): Element[] {
  return element.children.flatMap((child) => {
    if (typeof child === 'string') return [];
    return [...(child.tag === tag ? [child] : []), ...byTag(child, tag)];
  });
}

export function hasClass(element: Element, name: string): boolean {
  return (element.attributes.class ?? '').split(/\s+/).includes(name);
}

/** The words within, line breaks as such. */
export function textIn(element: Element | undefined): string {
  return (element?.children ?? [])
    .map((child) => {
      if (typeof child === 'string') return child;
      return child.tag === 'br' ? '\n' : textIn(child);
    })
    .join('');
}

/** The address in `background-image:url('…')`. */
export function backgroundOf(element: Element | undefined): string {
  return /url\('([^']*)'\)/.exec(element?.attributes.style ?? '')?.[1] ?? '';
}

export interface ReadMedia {
  readonly kind: string;
  readonly image: string;
  readonly file: string;
  readonly ratio: number | null;
  readonly duration: string;
}

export interface ReadPost {
  readonly dataPost: string;
  readonly service: boolean;
  readonly text: string;
  readonly links: readonly string[];
  readonly date: string;
  readonly edited: boolean;
  readonly author: string;
  readonly views: string;
  readonly reactions: readonly (readonly [string, string])[];
  readonly replyTo: number | null;
  readonly forward: { name: string; url: string | null; author: string } | null;
  readonly media: readonly ReadMedia[];
  readonly previewUrl: string | null;
  readonly previewImage: string;
}

/** What is not the message's own: the quoted message and the linked page. */
const FOREIGN = ['tgme_widget_message_reply', 'tgme_widget_message_link_preview'];

/** The posts of a page, in its order. */
export function readPosts(html: string): ReadPost[] {
  return byClass(parseHtml(html), 'tgme_widget_message').map(readPost);
}

function readPost(message: Element): ReadPost {
  const one = (name: string) => byClass(message, name, FOREIGN)[0];
  const [reply] = byClass(message, 'tgme_widget_message_reply');
  const [preview] = byClass(message, 'tgme_widget_message_link_preview');
  const texts = byClass(message, 'js-message_text', FOREIGN);
  const forward = one('tgme_widget_message_forwarded_from_name');
  const dateLink = one('tgme_widget_message_date');
  return {
    dataPost: message.attributes['data-post'] ?? '',
    service: hasClass(message, 'service_message'),
    text: textIn(texts.at(-1)),
    links: texts
      .slice(-1)
      .flatMap((text) => byTag(text, 'a'))
      .filter((link) => link.attributes.onclick !== undefined)
      .map((link) => (link.attributes.href ?? '').replaceAll('&amp;', '&')),
    date: (dateLink && byTag(dateLink, 'time')[0]?.attributes.datetime) ?? '',
    edited: textIn(one('tgme_widget_message_meta')).includes('edited'),
    author: textIn(one('tgme_widget_message_from_author')),
    views: textIn(one('tgme_widget_message_views')),
    reactions: byClass(message, 'tgme_reaction').map(readReaction),
    replyTo: reply ? Number(/\d+$/.exec(reply.attributes.href ?? '')?.[0]) : null,
    forward: forward
      ? {
          name: textIn(forward),
          url: forward.attributes.href ?? null,
          author: textIn(one('tgme_widget_message_forwarded_from_author')),
        }
      : null,
    media: readMedia(message),
    previewUrl: preview?.attributes.href ?? null,
    previewImage: previewImageOf(preview),
  };
}

function readReaction(chip: Element): readonly [string, string] {
  const count = chip.children.filter((child) => typeof child === 'string').join('');
  const [custom] = byTag(chip, 'tg-emoji');
  if (hasClass(chip, 'tgme_reaction_paid')) return ['paid', count];
  return [custom ? `custom:${custom.attributes['emoji-id']}` : textIn(byTag(chip, 'b')[0]), count];
}

function previewImageOf(preview: Element | undefined): string {
  if (!preview) return '';
  const names = [
    'link_preview_image',
    'link_preview_right_image',
    'tgme_widget_message_video_thumb',
  ];
  return backgroundOf(names.flatMap((name) => byClass(preview, name))[0]);
}

const MEDIA_CLASSES: readonly (readonly [string, string])[] = [
  ['tgme_widget_message_photo_wrap', 'photo'],
  ['tgme_widget_message_video_player', 'video'],
  ['tgme_widget_message_roundvideo_player', 'round-video'],
  ['tgme_widget_message_document_wrap', 'document'],
  ['tgme_widget_message_voice_player', 'voice'],
  ['tgme_widget_message_poll', 'poll'],
  ['tgme_widget_message_sticker_wrap', 'sticker'],
  ['tgme_widget_message_location_wrap', 'location'],
  ['tgme_widget_message_contact_wrap', 'contact'],
];

function readMedia(element: Element): ReadMedia[] {
  return element.children.flatMap((child) => {
    if (typeof child === 'string' || FOREIGN.some((each) => hasClass(child, each))) return [];
    const kind = MEDIA_CLASSES.find(([name]) => hasClass(child, name))?.[1];
    return kind === undefined ? readMedia(child) : [readOne(child, kind)];
  });
}

function readOne(element: Element, kind: string): ReadMedia {
  const thumb = ['tgme_widget_message_video_thumb', 'tgme_widget_message_roundvideo_thumb']
    .flatMap((name) => byClass(element, name))
    .at(0);
  const sticker = byClass(element, 'tgme_widget_message_sticker')[0];
  const source = [...byTag(element, 'video'), ...byTag(element, 'audio')][0]?.attributes.src;
  const box = ['tgme_widget_message_photo', 'tgme_widget_message_video_wrap']
    .flatMap((name) => byClass(element, name))
    .map((each) => /padding-top:([\d.]+)%/.exec(each.attributes.style ?? '')?.[1])
    .find((each) => each !== undefined);
  const given = element.attributes['data-ratio'];
  const ratio = given !== undefined ? Number(given) : box === undefined ? null : 100 / Number(box);
  const audio = byClass(element, 'audio').length > 0;
  return {
    kind: audio ? 'audio' : kind,
    image: kind === 'photo' ? backgroundOf(element) : backgroundOf(thumb),
    file: source ?? sticker?.attributes['data-webp'] ?? '',
    ratio: ratio === null ? null : Math.round(ratio * 10_000) / 10_000,
    duration: textIn(byTag(element, 'time')[0]),
  };
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([\w-]+)="([^"]*)"/g)) {
    found[name] = decoded(value);
  }
  return found;
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name = '') =>
    code === undefined ? (NAMED[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: '\u00a0',
};
