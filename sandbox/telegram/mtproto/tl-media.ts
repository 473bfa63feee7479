/** Media of the world as the protocol describes them. */
import { Long, type tl } from '@mtcute/node';
import { seedOf } from '../../sites/seed.ts';
import { TINY_PICTURES_FROM, type WorldFiles } from '../world/files.ts';
import type { LinkPreview, Media, Photo, WorldFile } from '../world/message.ts';

/** Where most files are, and where those with an odd number at their end are. */
export const HOME_DC = 2;
export const OTHER_DC = 4;

export interface TlContext {
  readonly files: WorldFiles;
  /** References made in another generation have expired. */
  readonly generation: number;
  readonly dateSeconds: number;
}

/** A reference says which file it is for, because the ids of files say it to nobody. */
export function fileReference(context: TlContext, file: WorldFile): Uint8Array {
  return new TextEncoder().encode(`${context.generation}|${file.kind}|${file.name}`);
}

export function openReference(reference: Uint8Array): { generation: number; file: WorldFile } {
  const [generation, kind, name = ''] = new TextDecoder().decode(reference).split('|');
  return { generation: Number(generation), file: { kind: kind as WorldFile['kind'], name } };
}

/** The little version of a picture: other bytes than the whole. */
export function thumbOf(file: WorldFile): WorldFile {
  const number = Number(/\d+$/.exec(file.name)?.[0] ?? 0) % 1_000_000;
  return { kind: 'picture', name: `picture-${TINY_PICTURES_FROM + number}` };
}

export function dcOf(file: WorldFile): number {
  return /[13579]$/.test(file.name) ? OTHER_DC : HOME_DC;
}

export function tlPhoto(context: TlContext, photo: Photo): tl.RawPhoto {
  const { file, width, height, photoId } = photo;
  const size = context.files.read(file).bytes.length;
  const small = context.files.read(thumbOf(file)).bytes.length;
  const largest: tl.TypePhotoSize =
    size > 100_000
      ? { _: 'photoSizeProgressive', type: 'y', w: width, h: height, sizes: [size >> 2, size] }
      : { _: 'photoSize', type: 'x', w: width, h: height, size };
  const half = { w: Math.ceil(width / 2), h: Math.ceil(height / 2) };
  return {
    _: 'photo',
    id: Long.fromString(photoId),
    accessHash: hashOf(photoId),
    fileReference: fileReference(context, file),
    date: context.dateSeconds,
    sizes: [{ _: 'photoSize', type: 'm', ...half, size: small }, largest],
    dcId: dcOf(file),
  };
}

function tlDocument(
  context: TlContext,
  file: WorldFile,
  mimeType: string,
  attributes: tl.TypeDocumentAttribute[],
  thumb?: Photo,
): tl.RawDocument {
  const { bytes } = context.files.read(file);
  const id = Long.fromString(`6${String(seedOf(0, file.name)).padStart(12, '0')}`);
  const thumbs: tl.TypePhotoSize[] = thumb
    ? [
        {
          _: 'photoSize',
          type: 'm',
          w: thumb.width,
          h: thumb.height,
          size: context.files.read(thumb.file).bytes.length,
        },
      ]
    : [];
  // The still of a film hangs on the reference of the film.
  const reference = fileReference(context, file);
  const withThumb = thumb ? joined(reference, thumb.file) : reference;
  return {
    _: 'document',
    id,
    accessHash: hashOf(file.name),
    fileReference: withThumb,
    date: context.dateSeconds,
    mimeType,
    size: bytes.length,
    ...(thumbs.length > 0 ? { thumbs } : {}),
    dcId: dcOf(file),
    attributes,
  };
}

function joined(reference: Uint8Array, thumb: WorldFile): Uint8Array {
  return new TextEncoder().encode(`${new TextDecoder().decode(reference)}|${thumb.name}`);
}

/** The still that a document's reference names, if it has one. */
export function stillOf(reference: Uint8Array): WorldFile | undefined {
  const name = new TextDecoder().decode(reference).split('|')[3];
  return name === undefined ? undefined : { kind: 'picture', name };
}

export function tlMedia(context: TlContext, media: Media): tl.TypeMessageMedia {
  switch (media.kind) {
    case 'photo':
      return { _: 'messageMediaPhoto', photo: tlPhoto(context, media.photo) };
    case 'video':
    case 'round-video': {
      const { thumb, seconds } = media;
      const roundMessage = media.kind === 'round-video';
      const film: tl.TypeDocumentAttribute = {
        _: 'documentAttributeVideo',
        roundMessage,
        supportsStreaming: !roundMessage,
        duration: seconds,
        w: thumb.width,
        h: thumb.height,
      };
      const document = tlDocument(context, media.file, 'video/mp4', [film], thumb);
      const flags = roundMessage ? { round: true, video: true } : { video: true };
      return { _: 'messageMediaDocument', ...flags, document };
    }
    case 'document':
    case 'audio': {
      const { name, mimeType, extra } = media;
      const fileName = media.kind === 'audio' ? `${name}.mp3` : name;
      const attributes: tl.TypeDocumentAttribute[] = [{ _: 'documentAttributeFilename', fileName }];
      if (media.kind === 'audio') {
        const duration = 180;
        attributes.push({ _: 'documentAttributeAudio', duration, title: name, performer: extra });
      }
      const document = tlDocument(context, media.file, mimeType, attributes);
      return { _: 'messageMediaDocument', document };
    }
    case 'voice': {
      const duration = media.seconds;
      const attributes: tl.TypeDocumentAttribute[] = [
        { _: 'documentAttributeAudio', voice: true, duration },
      ];
      const document = tlDocument(context, media.file, 'audio/ogg', attributes);
      return { _: 'messageMediaDocument', voice: true, document };
    }
    case 'sticker': {
      const attributes: tl.TypeDocumentAttribute[] = [
        { _: 'documentAttributeImageSize', w: 512, h: 512 },
        {
          _: 'documentAttributeSticker',
          alt: media.emoji,
          stickerset: { _: 'inputStickerSetEmpty' },
        },
        { _: 'documentAttributeFilename', fileName: 'sticker.webp' },
      ];
      const document = tlDocument(context, media.file, 'image/webp', attributes);
      return { _: 'messageMediaDocument', document };
    }
    case 'poll':
      return tlPoll(media);
    case 'location': {
      const { latitude, longitude, title, address } = media;
      const geo: tl.TypeGeoPoint = {
        _: 'geoPoint',
        long: longitude,
        lat: latitude,
        accessHash: Long.ONE,
      };
      if (title === '') return { _: 'messageMediaGeo', geo };
      const venue = { title, address, provider: 'foursquare', venueId: 'v1', venueType: '' };
      return { _: 'messageMediaVenue', geo, ...venue };
    }
    case 'contact': {
      const { name, phone } = media;
      const parts = { phoneNumber: phone, firstName: name, lastName: '', vcard: '' };
      return { _: 'messageMediaContact', ...parts, userId: 0 };
    }
    case 'unsupported':
      return { _: 'messageMediaUnsupported' };
  }
}

function tlPoll(media: Extract<Media, { kind: 'poll' }>): tl.TypeMessageMedia {
  const words = (text: string): tl.TypeTextWithEntities => ({
    _: 'textWithEntities',
    text,
    entities: [],
  });
  const option = (index: number) => new Uint8Array([48 + index]);
  return {
    _: 'messageMediaPoll',
    poll: {
      _: 'poll',
      id: hashOf(media.question),
      quiz: media.quiz,
      question: words(media.question),
      answers: media.options.map(({ text }, index) => ({
        _: 'pollAnswer',
        text: words(text),
        option: option(index),
      })),
      hash: Long.ZERO,
    },
    results: {
      _: 'pollResults',
      results: media.options.map(({ percent }, index) => ({
        _: 'pollAnswerVoters',
        option: option(index),
        voters: Math.round((media.voters * percent) / 100),
        // Its flag is that of `voters`: both or none.
        recentVoters: [],
      })),
      totalVoters: media.voters,
    },
  };
}

export function tlWebPage(context: TlContext, preview: LinkPreview): tl.TypeMessageMedia {
  const { url, siteName, title, description, picture } = preview;
  const photo = picture && tlPhoto(context, pictureAsPhoto(picture));
  return {
    _: 'messageMediaWebPage',
    webpage: {
      _: 'webPage',
      id: hashOf(url),
      url,
      displayUrl: url.replace(/^https?:\/\//, ''),
      hash: 0,
      siteName,
      title,
      description,
      ...(photo ? { photo } : {}),
    },
  };
}

function pictureAsPhoto(file: WorldFile): Photo {
  return { photoId: `4${seedOf(0, file.name)}`, file, width: 320, height: 200 };
}

/** A number that stands for a text, the same at each time. */
export function hashOf(text: string): Long {
  return Long.fromBits(seedOf(1, text), seedOf(2, text) & 0x7fffffff);
}
