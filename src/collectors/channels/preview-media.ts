/** What a message shows beside its words: pictures, films, files, places, as a page has them. */
import type { MessageMedia, MessagePoll } from './message.ts';
import { type Fence, find, findAll, findTag, type PageElement, textOf, walk } from './page-tree.ts';
import { readLink } from './rich-text.ts';
import { readCount, readDuration, readSize } from './shown-number.ts';

type Reader = (element: PageElement, base: string) => MessageMedia;

/** By class; what stands inside one of these is part of it. */
const READERS: Readonly<Record<string, Reader>> = {
  tgme_widget_message_photo_wrap: readPhoto,
  tgme_widget_message_video_player: readVideo,
  tgme_widget_message_roundvideo_player: readVideo,
  tgme_widget_message_document_wrap: readDocument,
  tgme_widget_message_voice_player: readVoice,
  tgme_widget_message_sticker_wrap: readSticker,
  tgme_widget_message_location_wrap: readLocation,
  tgme_widget_message_contact_wrap: readContact,
  tgme_widget_message_contact: readContact,
  tgme_widget_message_service_photo: readServicePhoto,
  message_media_not_supported_wrap: () => ({ kind: 'other' }),
  message_media_not_supported: () => ({ kind: 'other' }),
};

/** In the order of the page; for an album each with the message that it belongs to. */
export function readMedia(message: PageElement, base: string, fence: Fence): MessageMedia[] {
  const found: MessageMedia[] = [];
  walk(message, (element) => {
    // A sticker comes with words for browsers that cannot show it.
    if (fence(element) || element.has('media_not_supported_cont')) return false;
    const read = readerOf(element);
    if (!read) return true;
    const media = read(element, base);
    const messageId = idIn(element.attribute('href'));
    found.push(messageId === undefined ? media : { ...media, messageId });
    return false;
  });
  return found;
}

function readerOf(element: PageElement): Reader | undefined {
  for (const token of element.classes) {
    const reader = READERS[token];
    if (reader) return reader;
  }
  if (element.name === 'audio' && element.has('tgme_widget_message_voice')) return readVoice;
  if (element.has('tgme_widget_message_sticker')) return readSticker;
  if (element.has('tgme_widget_message_video')) return readVideo;
  return undefined;
}

/** `…/Name/123?single` names message 123. */
function idIn(href: string | undefined): number | undefined {
  const digits = /\/(\d+)(?:[?#].*)?$/.exec(href ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function readPhoto(element: PageElement, base: string): MessageMedia {
  const style = element.attribute('style');
  const box = find(element, 'tgme_widget_message_photo')?.attribute('style');
  const mediaId = element.classes.find((token) => /^\d{6,}$/.test(token));
  return {
    kind: 'photo',
    ...(mediaId === undefined ? {} : { mediaId }),
    ...urlOf(backgroundOf(style), base),
    ...(ratioOf(element) ?? shapeOf(style, box)),
  };
}

function readServicePhoto(element: PageElement, base: string): MessageMedia {
  return { kind: 'photo', ...urlOf(findTag(element, 'img')?.attribute('src'), base) };
}

function readVideo(element: PageElement, base: string): MessageMedia {
  const thumb = search(element, /video_thumb$/);
  const video = element.name === 'video' ? element : findTag(element, 'video');
  const source = video?.attribute('src');
  const seconds = readDuration(
    textOf(find(element, 'message_video_duration') ?? search(element, /video_duration$/)),
  );
  const still = readLinkOf(backgroundOf(thumb?.attribute('style')), base);
  const wrap = search(element, /video_wrap$/)?.attribute('style');
  return {
    kind: 'video',
    ...urlOf(source, base),
    ...(still === undefined ? {} : { thumbnailUrl: still }),
    ...(ratioOf(element) ?? shapeOf(wrap, wrap)),
    ...(seconds === undefined ? {} : { durationSeconds: seconds }),
  };
}

function readDocument(element: PageElement): MessageMedia {
  const name = textOf(find(element, 'tgme_widget_message_document_title'));
  const extra = textOf(find(element, 'tgme_widget_message_document_extra'));
  const isAudio = search(element, /document_icon$/)?.has('audio') === true;
  const size = readSize(extra);
  const below = size !== undefined ? { size } : extra === '' ? {} : { detail: extra };
  if (isAudio) return { kind: 'audio', ...(name === '' ? {} : { title: name }), ...below };
  return { kind: 'document', ...(name === '' ? {} : { fileName: name }), ...below };
}

function readVoice(element: PageElement, base: string): MessageMedia {
  const audio = element.name === 'audio' ? element : findTag(element, 'audio');
  const shown =
    find(element, 'tgme_widget_message_voice_duration') ?? search(element, /_duration$/);
  const seconds = readDuration(textOf(shown));
  return {
    kind: 'voice',
    ...urlOf(audio?.attribute('src'), base),
    ...(seconds === undefined ? {} : { durationSeconds: seconds }),
  };
}

function readSticker(element: PageElement, base: string): MessageMedia {
  const inside = (name: string) => attributeIn(element, name);
  const image = findTag(element, 'img')?.attribute('src');
  const drawn = backgroundOf(inside('style'));
  return { kind: 'sticker', ...urlOf(inside('data-webp') ?? drawn ?? image, base) };
}

function readLocation(element: PageElement): MessageMedia {
  const title = textOf(find(element, 'tgme_widget_message_location_title'));
  const detail = textOf(find(element, 'tgme_widget_message_location_address'));
  const href = element.attribute('href') ?? attributeIn(element, 'href') ?? '';
  const place = /(-?\d{1,2}(?:\.\d+)?)(?:,|%2C)\s*(-?\d{1,3}(?:\.\d+)?)/i.exec(href);
  return {
    kind: 'location',
    ...(place ? { latitude: Number(place[1]), longitude: Number(place[2]) } : {}),
    ...(title === '' ? {} : { title }),
    ...(detail === '' ? {} : { detail }),
  };
}

function readContact(element: PageElement): MessageMedia {
  const title = textOf(find(element, 'tgme_widget_message_contact_name'));
  const phone = textOf(find(element, 'tgme_widget_message_contact_phone'));
  return {
    kind: 'contact',
    ...(title === '' ? {} : { title }),
    ...(phone === '' ? {} : { phone }),
  };
}

export function readPoll(message: PageElement, fence: Fence): MessagePoll | undefined {
  const poll = find(message, 'tgme_widget_message_poll', fence);
  if (!poll) return undefined;
  const voters = readCount(textOf(find(message, 'tgme_widget_message_voters', fence)));
  return {
    question: textOf(find(poll, 'tgme_widget_message_poll_question')),
    type: textOf(find(poll, 'tgme_widget_message_poll_type')),
    options: findAll(poll, 'tgme_widget_message_poll_option').map((option) => {
      const shown = textOf(find(option, 'tgme_widget_message_poll_option_percent'));
      const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(shown)?.[1];
      const text = textOf(find(option, 'tgme_widget_message_poll_option_text'));
      return percent === undefined ? { text } : { text, percent: Number(percent) };
    }),
    ...(voters ? { voters } : {}),
  };
}

/** The address of `background-image:url('…')`. */
export function backgroundOf(style: string | undefined): string | undefined {
  const match = /background-image\s*:\s*url\(\s*(?:'([^']*)'|"([^"]*)"|([^)'"]*))\s*\)/i.exec(
    style ?? '',
  );
  const address = (match?.[1] ?? match?.[2] ?? match?.[3])?.trim();
  return address === '' ? undefined : address;
}

function urlOf(address: string | undefined, base: string): { url?: string } {
  const url = readLinkOf(address, base);
  return url === undefined ? {} : { url };
}

function readLinkOf(address: string | undefined, base: string): string | undefined {
  return address === undefined || address.startsWith('data:') ? undefined : readLink(address, base);
}

/** In an album the width is that of a place in the grid; the shape is told beside it. */
function ratioOf(element: PageElement): { ratio: number } | undefined {
  const ratio = Number(element.attribute('data-ratio'));
  return ratio > 0 && ratio < 1_000 ? { ratio: rounded(ratio) } : undefined;
}

function rounded(ratio: number): number {
  return Math.round(ratio * 1_000) / 1_000;
}

/** The width is told in pixels, the height as a part of it. */
function shapeOf(outer: string | undefined, inner: string | undefined) {
  const width = Number(/(?:^|[;\s])width:\s*(\d+(?:\.\d+)?)px/.exec(outer ?? '')?.[1]);
  const part = Number(/padding-top:\s*(\d+(?:\.\d+)?)%/.exec(inner ?? '')?.[1]);
  if (!(part > 0)) return width > 0 ? { width } : {};
  const ratio = rounded(100 / part);
  return width > 0 ? { width, height: Math.round((width * part) / 100), ratio } : { ratio };
}

function search(within: PageElement, token: RegExp): PageElement | undefined {
  let found: PageElement | undefined;
  walk(within, (element) => {
    if (found === undefined && element.classes.some((name) => token.test(name))) found = element;
    return found === undefined;
  });
  return found;
}

function attributeIn(element: PageElement, name: string): string | undefined {
  let found = element.attribute(name);
  walk(element, (inner) => {
    found ??= inner.attribute(name);
    return found === undefined;
  });
  return found;
}
