/** Whole pages: the history, a single post, and what is shown where there is no preview. */

import type { Channel } from '../world/channel.ts';
import { shownCount } from '../world/counter.ts';
import type { Post } from '../world/message.ts';
import { escaped, lines, withEmoji } from './html.ts';
import type { PostPage } from './paging.ts';
import { renderPost } from './render-message.ts';
import type { View } from './view.ts';

/** The page of `/s/NAME`. */
export function renderHistory(view: View, page: PostPage, words: string | undefined): string {
  const { channel } = view;
  const posts = page.posts.map((post) => renderPost(view, post));
  const prev =
    page.before === undefined
      ? ''
      : `\n<link rel="prev" href="/s/${channel.username}?before=${page.before}">`;
  const none =
    words === undefined
      ? ''
      : '<div class="tgme_widget_message_wrap"><div class="tme_no_messages_found">No posts found</div></div>';
  return `<!DOCTYPE html>
<html>
<head>
${head(channel, view.link(channel.avatar))}
<link rel="canonical" href="/s/${channel.username}">${prev}
</head>
<body class="widget_frame_base tgme_webpreview">
<header class="tgme_header search_collapsed"><div class="tgme_container"><div class="tgme_header_search"><form class="tgme_header_search_form" action="/s/${channel.username}"><input class="tgme_header_search_form_input" name="q" value="${escaped(words ?? '')}"></form></div></div></header>
<main class="tgme_main" data-url="/${channel.username}"><div class="tgme_container">
${channelInfo(view)}
<section class="tgme_channel_history js-message_history">
${pager(channel, 'before', page.before)}
${posts.length === 0 ? none : posts.join('\n')}
${pager(channel, 'after', page.after)}
</section></div></main>
</body>
</html>
`;
}

/** The page of `/NAME/123?embed=1`. */
export function renderSingle(view: View, post: Post): string {
  return `<!DOCTYPE html>
<html><head>${head(view.channel, view.link(view.channel.avatar))}</head>
<body class="widget_frame_base tgme_widget body_widget_post emoji_image nodark">
${renderPost(view, post)}
</body></html>
`;
}

/** The page of `/NAME`: it shows no messages. An unknown name has one as well. */
export function renderLanding(name: string, channel: Channel | undefined): string {
  if (!channel) {
    return landing(
      `Telegram: Contact @${name}`,
      `<div class="tgme_page_icon"><i class="tgme_icon_user"></i></div>
<div class="tgme_page_description">If you have <strong>Telegram</strong>, you can contact <a class="tgme_username_link" href="tg://resolve?domain=${name}">@${name}</a> right away.</div>`,
    );
  }
  const preview =
    channel.access === 'public'
      ? `<a class="tgme_page_context_link" href="/s/${channel.username}">Preview channel</a>`
      : '';
  const count = channel.subscribers.toLocaleString('en').replaceAll(',', ' ');
  return landing(
    channel.access === 'invited' ? 'Join group chat on Telegram' : `Telegram: View @${name}`,
    `<div class="tgme_page_title"><span dir="auto">${withEmoji(channel.title)}</span></div>
<div class="tgme_page_extra">${count} subscribers</div>
<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=${name}">View in Telegram</a></div>
<div class="tgme_page_context_link_wrap">${preview}</div>`,
  );
}

function landing(title: string, body: string): string {
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta property="og:title" content="${escaped(title)}"><meta name="robots" content="noindex, nofollow"></head>
<body class="no_transition"><div class="tgme_page_wrap"><div class="tgme_body_wrap"><div class="tgme_page">
${body}
</div></div></div></body></html>
`;
}

function head(channel: Channel, image: string): string {
  const description = escaped(channel.description);
  return `<meta charset="utf-8">
<title>${escaped(channel.title)} – Telegram</title>
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<meta property="og:title" content="${escaped(channel.title)}">
<meta property="og:image" content="${image}">
<meta property="og:site_name" content="Telegram">
<meta property="og:description" content="${description}">
<meta property="twitter:title" content="${escaped(channel.title)}">
<meta property="al:ios:url" content="tg://resolve?domain=${channel.username}">`;
}

function channelInfo(view: View): string {
  const { channel } = view;
  const media = channel.messages.flatMap((message) => message.media?.kind ?? []);
  const counts: [number, string][] = [
    [channel.subscribers, 'subscribers'],
    [media.filter((kind) => kind === 'photo').length, 'photos'],
    [media.filter((kind) => kind === 'video').length, 'videos'],
    [media.filter((kind) => kind === 'document').length, 'files'],
    [channel.messages.filter((message) => message.preview).length, 'links'],
  ];
  const counters = counts
    .filter(([count]) => count > 0)
    .map(
      ([count, type]) =>
        `<div class="tgme_channel_info_counter"><span class="counter_value">${shownCount(count)}</span> <span class="counter_type">${type}</span></div>`,
    );
  const verified = channel.verified ? `<i class="verified-icon"> ✔</i>` : '';
  return `<div class="tgme_channel_info"><div class="tgme_channel_info_header">
<i class="tgme_page_photo_image bgcolor${channel.index % 7}" data-content="${escaped(channel.title.slice(0, 1))}"><img src="${view.link(channel.avatar)}"></i>
<div class="tgme_channel_info_header_title_wrap"><div class="tgme_channel_info_header_title"><span dir="auto">${withEmoji(channel.title)}</span>${verified}</div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/${channel.username}">@${channel.username}</a></div></div></div>
<div class="tgme_channel_info_counters">${counters.join('')}</div>
<div class="tgme_channel_info_description">${lines(channel.description)}</div>
<a class="tgme_channel_download_telegram" href="//telegram.org/dl?tme=1">Download Telegram</a></div>`;
}

function pager(channel: Channel, side: 'before' | 'after', id: number | undefined): string {
  if (id === undefined) return '';
  const link = `<a href="/s/${channel.username}?${side}=${id}" class="tme_messages_more js-messages_more" data-${side}="${id}"></a>`;
  return `<div class="tgme_widget_message_centered js-messages_more_wrap">${link}</div>`;
}
