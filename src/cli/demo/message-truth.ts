/** Whether a message is as the sandbox's own list says that it is, part by part: the demo's proof. */
import type { TruthMedia, TruthPost } from '../../../sandbox/telegram/truth.ts';
import type { ChannelMessage, MessageMedia } from '../../collectors/channels/message.ts';

export interface TruthWishes {
  /** Whether pictures were fetched. */
  readonly images: boolean;
  /** Read with an account: exact counts, and what only that tells. */
  readonly exact: boolean;
}

/** Entities that a page marks, by the sandbox's word; the rest is not to be seen there. */
const ENTITY_KINDS: Readonly<Record<string, string>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strike: 'strike',
  code: 'code',
  pre: 'pre',
  blockquote: 'quote',
  spoiler: 'spoiler',
  url: 'link',
  'text-link': 'link',
  email: 'link',
  hashtag: 'hashtag',
  mention: 'mention',
};

const MEDIA_KINDS: Readonly<Record<string, string>> = {
  'round-video': 'video',
  unsupported: 'other',
};

/** The parts that differ, each with what there is and what there should be. */
export function differences(
  message: ChannelMessage,
  truth: TruthPost,
  wishes: TruthWishes,
): readonly string[] {
  const isService = truth.kind === 'service';
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['kind', message.kind, isService ? 'service' : 'message'],
    ['date', Date.parse(message.date ?? ''), Date.parse(truth.date)],
    ['edited', message.edited, truth.edited],
    ['author', message.author ?? '', truth.author],
    ['bot', message.viaBot ?? '', truth.viaBot],
    ['reply', message.replyTo?.id ?? null, truth.replyTo],
    ['views', message.views?.count ?? null, viewsOf(truth, wishes)],
    [
      'reactions',
      message.reactions.map(({ emoji }) => emoji),
      truth.reactions.map(({ kind }) => kind),
    ],
    ['album', message.albumId ?? null, truth.album?.ids[0] ?? null],
    ...(isService ? [] : wordsOf(message, truth)),
    ...(isService ? [] : mediaOf(message, truth, wishes)),
    ...forwardOf(message, truth),
  ];
  return pairs.flatMap(([part, is, should]) => {
    const [shown, wanted] = [JSON.stringify(is), JSON.stringify(should)];
    return shown === wanted ? [] : [`${part}: ${shown}, not ${wanted}`];
  });
}

function wordsOf(message: ChannelMessage, truth: TruthPost) {
  const known = truth.entities.filter(({ type }) => ENTITY_KINDS[type] !== undefined);
  const { linkPreview } = message;
  return [
    ['text', message.text, truth.text],
    [
      'entities',
      message.entities.map(({ kind, offset, length }) => [kind, offset, length]),
      known.map(({ type, offset, length }) => [ENTITY_KINDS[type], offset, length]),
    ],
    [
      'links',
      message.entities.flatMap(({ kind, url }) => (kind === 'link' && !isMail(url) ? [url] : [])),
      truth.links.map((link) => new URL(link).href),
    ],
    [
      'preview',
      linkPreview ? [linkPreview.url, linkPreview.site, linkPreview.title] : null,
      truth.preview
        ? [new URL(truth.preview.url).href, truth.preview.siteName, truth.preview.title]
        : null,
    ],
  ] as const;
}

function isMail(url: string | undefined): boolean {
  return url?.startsWith('mailto:') === true;
}

function mediaOf(message: ChannelMessage, truth: TruthPost, wishes: TruthWishes) {
  const polls = truth.media.filter(({ kind }) => kind === 'poll');
  const media = truth.media.filter(({ kind }) => kind !== 'poll');
  const question = (poll: TruthMedia | undefined) => poll?.details?.question ?? null;
  return [
    [
      'media',
      message.media.map((one, at) => shownMedia(one, media[at], wishes)),
      media.map((one) => trueMedia(one, wishes)),
    ],
    ['poll', message.poll?.question ?? null, question(polls[0])],
  ] as const;
}

/** A length that pages do not show may be told by the protocol. */
function shownMedia(
  { kind, durationSeconds, file, fileError }: MessageMedia,
  truth: TruthMedia | undefined,
  wishes: TruthWishes,
) {
  const seconds = truth?.seconds === null ? null : (durationSeconds ?? null);
  return [kind, seconds, wishes.images ? (file?.digest ?? fileError ?? null) : null];
}

function trueMedia({ kind, seconds, imageSha256 }: TruthMedia, wishes: TruthWishes) {
  const digest = wishes.images && kind === 'photo' ? imageSha256 : null;
  return [MEDIA_KINDS[kind] ?? kind, seconds, digest];
}

function forwardOf({ forward }: ChannelMessage, truth: TruthPost) {
  return [
    [
      'forward',
      forward ? [forward.from ?? '', forward.link ?? null, forward.author ?? ''] : null,
      truth.forward ? [truth.forward.name, truth.forward.url, truth.forward.author] : null,
    ],
  ] as const;
}

/** Views as the page cuts them: `4.02K` is 4020. */
function viewsOf({ views, viewsExact }: TruthPost, { exact }: TruthWishes): number | null {
  if (views === '') return null;
  if (exact) return viewsExact;
  const factor = views.endsWith('K') ? 1e3 : views.endsWith('M') ? 1e6 : 1;
  return Math.round(Number.parseFloat(views) * factor);
}
