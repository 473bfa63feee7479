/** What stands round the words of a message: reply, origin, link preview, reactions, footer. */
import { isoSeconds, shownCount } from '../world/counter.ts';
import { type Message, type Post, textOf } from '../world/message.ts';
import { mediaWord, repliedMessage } from '../world/words.ts';
import { emojiImage, escaped, lines, withEmoji } from './html.ts';
import { renderText } from './render-text.ts';
import { background, postUrl, type View } from './view.ts';

/** The quoted message: it has an author, words and a picture of its own. */
export function renderReply(view: View, message: Message): string {
  const target = repliedMessage(view.channel, message);
  if (!target) return '';
  const { media } = target;
  const picture =
    media?.kind === 'photo' ? media.photo : media?.kind === 'video' ? media.thumb : undefined;
  const thumb = picture
    ? `<i class="tgme_widget_message_reply_thumb" style="${background(view.link(picture.file))}"></i>`
    : '';
  const body =
    target.text === ''
      ? `<div class="tgme_widget_message_metatext js-message_reply_text" dir="auto">${withEmoji(mediaWord(target))}</div>`
      : `<div class="tgme_widget_message_text js-message_reply_text" dir="auto">${renderText(target.text, target.entities, target.id)}</div>`;
  return `<a class="tgme_widget_message_reply user-color-default" href="${postUrl(view.channel, target.id)}">${thumb}
<div class="tgme_widget_message_author accent_color"><span class="tgme_widget_message_author_name" dir="auto">${withEmoji(view.channel.title)}</span></div>
${body}
</a>`;
}

export function renderForward(message: Message): string {
  const { forward } = message;
  if (!forward) return '';
  const name = `<span dir="auto">${escaped(forward.name)}</span>`;
  const className = 'tgme_widget_message_forwarded_from_name';
  if (forward.kind === 'hidden') return forwarded(`<span class="${className}">${name}</span>`);
  const path =
    forward.kind === 'user' ? forward.username : `${forward.username}/${forward.messageId}`;
  const link = `<a class="${className}" href="https://t.me/${path}">${name}</a>`;
  if (forward.kind === 'user' || forward.author === '') return forwarded(link);
  const author = `<span class="tgme_widget_message_forwarded_from_author" dir="auto">${escaped(forward.author)}</span>`;
  return forwarded(`${link}&nbsp;(${author})`);
}

function forwarded(from: string): string {
  return `<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;${from}</div>`;
}

export function renderLinkPreview(view: View, message: Message): string {
  const { preview } = message;
  if (!preview) return '';
  const image = preview.picture ? view.link(preview.picture) : '';
  let picture = '';
  if (preview.video) {
    picture = `<div class="tgme_widget_message_video_player js-message_video_player link_preview_video_player"><i class="tgme_widget_message_video_thumb" style="${background(image)}"></i><div class="link_preview_video_wrap" style="padding-top:56.25%"></div><time class="message_video_duration js-message_video_duration">1:23</time></div>`;
  } else if (image !== '') {
    const side = message.id % 2 === 0 ? 'link_preview_image' : 'link_preview_right_image';
    picture = `<i class="${side}" style="${background(image)};padding-top:52.5%"></i>`;
  }
  return `<a class="tgme_widget_message_link_preview" href="${escaped(preview.url)}">${picture}
<div class="link_preview_site_name accent_color" dir="auto">${escaped(preview.siteName)}</div>
<div class="link_preview_title" dir="auto">${withEmoji(preview.title)}</div>
<div class="link_preview_description" dir="auto">${lines(preview.description)}</div>
</a>`;
}

export function renderReactions(message: Message): string {
  if (message.reactions.length === 0) return '';
  const chips = message.reactions.map(({ kind, count }) => {
    const shown = shownCount(count);
    if (kind === 'paid') {
      return `<span class="tgme_reaction tgme_reaction_paid"><i class="icon icon-telegram-stars"></i>${shown}</span>`;
    }
    const custom = /^custom:(\d+)$/.exec(kind)?.[1];
    const image = custom ? `<tg-emoji emoji-id="${custom}"></tg-emoji>` : emojiImage(kind);
    return `<span class="tgme_reaction">${image}${shown}</span>`;
  });
  return `<div class="tgme_widget_message_reactions js-message_reactions">${chips.join('')}</div>`;
}

export function renderFooter(view: View, post: Post): string {
  const [first] = post;
  const poll = first.media?.kind === 'poll' ? first.media : undefined;
  const voters = poll
    ? `<span class="tgme_widget_message_voters">${shownCount(poll.voters)}</span><span class="copyonly"> voters</span>`
    : '';
  const views = first.service
    ? ''
    : `<span class="tgme_widget_message_views">${shownCount(first.views)}</span><span class="copyonly"> views</span>`;
  const author =
    first.signature === ''
      ? ''
      : `<span class="tgme_widget_message_from_author" dir="auto">${escaped(first.signature)}</span>,&nbsp;`;
  const edited = textOf(post).editSeconds > 0 ? 'edited &nbsp;' : '';
  const iso = isoSeconds(first.dateSeconds);
  const date = `<a class="tgme_widget_message_date" href="${postUrl(view.channel, first.id)}"><time datetime="${iso}" class="time">${iso.slice(11, 16)}</time></a>`;
  return `<div class="tgme_widget_message_footer compact js-message_footer">
${renderReactions(first)}<div class="tgme_widget_message_info short js-message_info">
${voters}${views}<span class="tgme_widget_message_meta">${author}${edited}${date}</span>
</div></div>`;
}
