/** One post as the widget of the preview. */
import type { Channel } from '../world/channel.ts';
import { type Message, type Post, type Service, textOf } from '../world/message.ts';
import { pinnedWords } from '../world/words.ts';
import { escaped, withEmoji } from './html.ts';
import { renderMedia } from './render-media.ts';
import { renderFooter, renderForward, renderLinkPreview, renderReply } from './render-parts.ts';
import { renderText } from './render-text.ts';
import type { View } from './view.ts';

/** The widget with its wrap. */
export function renderPost(view: View, post: Post): string {
  const [first] = post;
  const { channel } = view;
  // More classes than anyone asks for: what reads them must not compare the whole attribute.
  const wrap = first.id % 7 === 0 ? ' date_visible' : '';
  const more = first.service ? ' service_message' : first.id % 3 === 0 ? ' user-color-3' : '';
  return `<div class="tgme_widget_message_wrap js-widget_message_wrap${wrap}"><div class="tgme_widget_message text_not_supported_wrap${more} js-widget_message" data-post="${channel.username}/${first.id}" data-view="${viewToken(channel, post)}">
<div class="tgme_widget_message_user"><a href="https://t.me/${channel.username}"><i class="tgme_widget_message_user_photo bgcolor${channel.index % 7}" data-content="${escaped(channel.title.slice(0, 1))}"><img src="${view.link(channel.avatar)}"></i></a></div>
<div class="tgme_widget_message_bubble">
${TAIL}
<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="https://t.me/${channel.username}"><span dir="auto">${withEmoji(channel.title)}</span></a>${viaBot(first)}</div>
${first.service ? renderService(view, first.service) : renderBody(view, post)}
${renderFooter(view, post)}
</div></div></div>`;
}

function renderBody(view: View, post: Post): string {
  const [first] = post;
  const worded = textOf(post);
  const parts = [
    renderForward(first),
    renderReply(view, first),
    renderMedia(view, post),
    worded.text === '' ? '' : renderWords(worded, post.length > 1),
    renderLinkPreview(view, worded),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function renderWords(message: Message, album: boolean): string {
  const words = renderText(message.text, message.entities, message.id);
  const element = `<div class="tgme_widget_message_text js-message_text" dir="auto">${words}</div>`;
  return album
    ? `<div class="tgme_widget_message_text js-message_text" dir="auto">${element}</div>`
    : element;
}

function viaBot(message: Message): string {
  return message.viaBot === ''
    ? ''
    : ` via <a class="tgme_widget_message_via_bot" href="https://t.me/${message.viaBot}">@${message.viaBot}</a>`;
}

function renderService(view: View, service: Service): string {
  const { channel } = view;
  const words = (html: string) =>
    `<div class="tgme_widget_message_text js-message_text" dir="auto">${html}</div>`;
  const strong = (text: string) =>
    `<span class="tgme_widget_service_strong_text" dir="auto">${withEmoji(text)}</span>`;
  switch (service.action) {
    case 'created':
      return words('Channel created');
    case 'title':
      return words(`Channel name was changed to «${strong(service.title)}»`);
    case 'photo':
      return `${words('Channel photo updated')}
<div class="tgme_widget_message_service_photo"><img src="${view.link(service.photo.file)}" width="100" height="100"></div>`;
    case 'pinned': {
      const name = `<a class="tgme_widget_message_author_name" href="https://t.me/${channel.username}"><span dir="auto">${withEmoji(channel.title)}</span></a>`;
      return words(`${name} pinned «${strong(pinnedWords(channel, service.messageId))}»`);
    }
  }
}

/** Which message was looked at, for the counter of views; an album's ends with a `g`. */
function viewToken(channel: Channel, post: Post): string {
  const [first] = post;
  const token = {
    c: -Number(channel.channelId),
    p: post.length > 1 ? `${first.id}g` : first.id,
    t: first.dateSeconds,
    h: (first.dateSeconds * 31 + first.id).toString(16),
  };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

const TAIL = `<i class="tgme_widget_message_bubble_tail"><svg class="bubble_icon" width="9px" height="20px" viewBox="0 0 9 20"><g fill="none"><path class="background" fill="#ffffff" d="M9,1 L9,20 C8,12 5,6 1,2 L9,1 Z"></path></g></svg></i>`;
