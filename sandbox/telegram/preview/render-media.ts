/** Photos, films and albums as widgets. */
import { shownDuration } from '../world/counter.ts';
import type { Media, Message, Photo, Post } from '../world/message.ts';
import { renderOtherMedia } from './render-widgets.ts';
import { background, postUrl, type View } from './view.ts';

type Film = Extract<Media, { readonly seconds: number; readonly thumb: Photo }>;

/** The media of a post: its one piece, or the group of an album. */
export function renderMedia(view: View, post: Post): string {
  if (post.length > 1) return renderAlbum(view, post);
  const [message] = post;
  const { media } = message;
  if (!media) return '';
  switch (media.kind) {
    case 'photo':
      return renderPhoto(view, message, media.photo);
    case 'video':
      return renderVideo(view, message, media);
    case 'round-video':
      return renderRoundVideo(view, media);
    default:
      return renderOtherMedia(view, message, media);
  }
}

function renderPhoto(view: View, message: Message, photo: Photo): string {
  const ids = `${photo.photoId} ${message.dateSeconds}_4${photo.photoId.slice(-8)}`;
  const style = `width:${photo.width}px;${background(view.link(photo.file))}`;
  // The longer side of a tall picture is bounded, so its box is narrower than the bubble.
  const narrow = photo.height > photo.width ? 'width:75%;' : '';
  const shape = `${narrow}padding-top:${percent(photo.height / photo.width)}`;
  return `<a class="tgme_widget_message_photo_wrap ${ids}" href="${postUrl(view.channel, message.id)}" style="${style}">
  <div class="tgme_widget_message_photo" style="${shape}"></div>
</a>`;
}

function renderVideo(view: View, message: Message, film: Film): string {
  const shape = `width:${film.thumb.width}px;padding-top:${percent(film.thumb.height / film.thumb.width)}`;
  const extra = film.tooBig ? 'not_supported' : 'blured';
  return `<a class="tgme_widget_message_video_player ${extra} js-message_video_player" href="${postUrl(view.channel, message.id)}"><i class="tgme_widget_message_video_thumb" style="${background(view.link(film.thumb.file))}"></i>
<div class="tgme_widget_message_video_wrap" style="${shape}">${film.tooBig ? '' : videoElement(view, film)}</div>
<div class="message_video_play js-message_video_play"></div>
<time class="message_video_duration js-message_video_duration">${shownDuration(film.seconds)}</time>${film.tooBig ? TOO_BIG : ''}</a>`;
}

function renderRoundVideo(view: View, film: Film): string {
  const source = view.link(film.file);
  return `<div class="tgme_widget_message_roundvideo_player js-message_roundvideo_player">
<div class="tgme_widget_message_roundvideo_wrap"><i class="tgme_widget_message_roundvideo_thumb" style="${background(view.link(film.thumb.file))}"></i>
<video class="tgme_widget_message_roundvideo js-message_roundvideo" src="${source}" width="100%" height="100%" preload muted autoplay loop playsinline></video>
<div class="tgme_widget_message_roundvideo_border"></div></div>
<time class="tgme_widget_message_roundvideo_duration js-message_roundvideo_duration">${shownDuration(film.seconds)}</time>
</div>`;
}

function renderAlbum(view: View, post: Post): string {
  const parts = post.map((message, index) => renderAlbumPart(view, message, index)).join('\n');
  return `<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap" data-margin-w="2" data-margin-h="2" style="width:453px;">
<div class="tgme_widget_message_grouped js-message_grouped" style="padding-top:84.989%">
<div class="tgme_widget_message_grouped_layer js-message_grouped_layer" style="width:453px;height:385px">
${parts}
</div></div></div>`;
}

function renderAlbumPart(view: View, message: Message, index: number): string {
  const { media } = message;
  const href = `${postUrl(view.channel, message.id)}?single`;
  const box = `left:0px;top:${index * 130}px;width:134px;height:128px;margin-right:2px;margin-bottom:2px;`;
  if (media?.kind === 'video') {
    const { thumb } = media;
    return `<a class="tgme_widget_message_video_player grouped_media_wrap blured js-message_video_player" style="${box}" data-ratio="${thumb.width / thumb.height}" href="${href}"><i class="tgme_widget_message_video_thumb" style="${background(view.link(thumb.file))}"></i>
<div class="tgme_widget_message_video_wrap grouped_media js-message_video_wrap" style="left:0;right:0;top:-1px;bottom:0px;">${videoElement(view, media)}</div>
<time class="message_video_duration js-message_video_duration">${shownDuration(media.seconds)}</time></a>`;
  }
  if (media?.kind !== 'photo') return '';
  const { photo } = media;
  return `<a class="tgme_widget_message_photo_wrap grouped_media_wrap blured js-message_photo" style="${box}${background(view.link(photo.file))}" data-ratio="${photo.width / photo.height}" href="${href}">
<div class="grouped_media_helper" style="top:0;bottom:0;left:98px;right:98px;"><div class="tgme_widget_message_photo grouped_media" style="left:0;right:0;top:-1px;bottom:0px;"></div></div>
</a>`;
}

function videoElement(view: View, film: Film): string {
  const source = view.link(film.file);
  return `<video src="${source}" class="tgme_widget_message_video js-message_video" width="100%" height="100%"></video>`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(10))}%`;
}

const TOO_BIG = `
<div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">Media is too big</div><span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div>`;
