/** Widgets of everything that is neither photo nor film. */
import { shownDuration } from '../world/counter.ts';
import type { Media, Message } from '../world/message.ts';
import { escaped, withEmoji } from './html.ts';
import { background, postUrl, type View } from './view.ts';

type Of<Kind extends Media['kind']> = Extract<Media, { readonly kind: Kind }>;

export function renderOtherMedia(view: View, message: Message, media: Media): string {
  const href = postUrl(view.channel, message.id);
  switch (media.kind) {
    case 'document':
    case 'audio':
      return renderDocument(href, media);
    case 'voice':
      return renderVoice(view, href, media);
    case 'poll':
      return renderPoll(href, media);
    case 'sticker':
      return renderSticker(view, href, media);
    case 'location':
      return renderLocation(view, media);
    case 'contact':
      return renderContact(media);
    case 'unsupported':
      return notSupported(href, 'Please open Telegram to view this post', '');
    default:
      return '';
  }
}

function renderDocument(href: string, media: Of<'document' | 'audio'>): string {
  const icon = media.kind === 'audio' ? ' audio' : '';
  return `<a class="tgme_widget_message_document_wrap" href="${href}">
<div class="tgme_widget_message_document_icon accent_bg${icon}"></div>
<div class="tgme_widget_message_document">
<div class="tgme_widget_message_document_title accent_color" dir="auto">${escaped(media.name)}</div>
<div class="tgme_widget_message_document_extra" dir="auto">${escaped(media.extra)}</div>
</div></a>`;
}

function renderVoice(view: View, href: string, media: Of<'voice'>): string {
  const source = view.link(media.file);
  return `<a class="tgme_widget_message_voice_player js-message_voice_player" href="${href}">
<audio class="tgme_widget_message_voice js-message_voice" src="${source}" data-ogg="${source}" data-waveform="0,3,9,31,12,4" width="100%" height="100%"></audio>
<div class="tgme_widget_message_voice_wrap"><div class="tgme_widget_message_voice_progress_wrap"></div>
<time class="tgme_widget_message_voice_duration js-message_voice_duration">${shownDuration(media.seconds)}</time></div>
</a>`;
}

function renderPoll(href: string, media: Of<'poll'>): string {
  const options = media.options.map(
    ({ text, percent }) => `<div class="tgme_widget_message_poll_option">
<div class="tgme_widget_message_poll_option_percent">${percent}%</div>
<div class="tgme_widget_message_poll_option_value"><div class="tgme_widget_message_poll_option_text">${withEmoji(text)}</div><div class="tgme_widget_message_poll_option_bar accent_bg" style="width:${percent}%"></div></div>
</div>`,
  );
  return `<div class="tgme_widget_message_poll js-poll">
<div class="tgme_widget_message_poll_question">${withEmoji(media.question)}</div>
<div class="tgme_widget_message_poll_type">${media.quiz ? 'Anonymous Quiz' : 'Anonymous Poll'}</div>
<a class="tgme_widget_message_poll_options" href="${href}">${options.join('\n')}</a>
</div>`;
}

/** A sticker carries the words for browsers that cannot show it, though all can. */
function renderSticker(view: View, href: string, media: Of<'sticker'>): string {
  const shade =
    'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=';
  const label = 'This media is not supported in your browser';
  return `${notSupported(href, label, ' media_not_supported_cont')}
<div class="tgme_widget_message_sticker_wrap media_supported_cont"><i class="tgme_widget_message_sticker js-sticker_image" style="${background(shade)};width:256px;" data-webp="${view.link(media.file)}"><div style="padding-top:100%"></div></i></div>`;
}

function renderLocation(view: View, media: Of<'location'>): string {
  const venue =
    media.title === ''
      ? ''
      : `
<div class="tgme_widget_message_location_info"><div class="tgme_widget_message_location_title">${escaped(media.title)}</div><div class="tgme_widget_message_location_address">${escaped(media.address)}</div></div>`;
  const href = `https://maps.google.com/maps?q=${media.latitude},${media.longitude}&amp;ll=${media.latitude},${media.longitude}&amp;z=16`;
  return `<a class="tgme_widget_message_location_wrap" href="${href}" target="_blank"><div class="tgme_widget_message_location" style="${background(view.link(media.map))}"></div>${venue}</a>`;
}

function renderContact(media: Of<'contact'>): string {
  return `<div class="tgme_widget_message_contact_wrap"><i class="tgme_widget_message_user_photo bgcolor2" data-content="C"></i>
<div class="tgme_widget_message_contact"><div class="tgme_widget_message_contact_name accent_color" dir="auto">${escaped(media.name)}</div><div class="tgme_widget_message_contact_phone" dir="auto">${escaped(media.phone)}</div></div></div>`;
}

function notSupported(href: string, label: string, more: string): string {
  return `<div class="message_media_not_supported_wrap${more}"><div class="message_media_not_supported"><div class="message_media_not_supported_label">${label}</div><a href="${href}" class="message_media_view_in_telegram">VIEW IN TELEGRAM</a></div></div>`;
}
