/** What a message of the protocol carries beside its words. */
import type { Message, MessageMedia as ProtocolMedia } from '@mtcute/node';
import type { MessageMedia } from './message.ts';

/** `inAlbum`: each piece says which message holds it. */
export function readMedia(message: Message, inAlbum: boolean): MessageMedia[] {
  const { action, raw } = message;
  if (action?.type === 'photo_changed') return shown(action.photo);
  const unsupported = raw._ === 'message' && raw.media?._ === 'messageMediaUnsupported';
  const media: MessageMedia[] = unsupported ? [{ kind: 'other' }] : shown(message.media);
  return inAlbum ? media.map((one) => ({ ...one, messageId: message.id })) : media;
}

function shown(media: ProtocolMedia): MessageMedia[] {
  switch (media?.type) {
    case 'photo': {
      const { width, height } = media;
      return [{ kind: 'photo', mediaId: media.id.toString(), ...shapeOf(width, height) }];
    }
    case 'video': {
      const { width, height, duration } = media;
      const shape = media.isRound ? {} : shapeOf(width, height);
      return [{ kind: 'video', ...shape, durationSeconds: duration, ...fileOf(media) }];
    }
    case 'document':
      return [{ kind: 'document', ...fileOf(media) }];
    case 'audio': {
      const { title, performer, duration } = media;
      return [
        {
          kind: 'audio',
          ...(title ? { title } : {}),
          ...(performer ? { detail: performer } : {}),
          durationSeconds: duration,
          ...fileOf(media),
        },
      ];
    }
    case 'voice':
      return [{ kind: 'voice', durationSeconds: media.duration, ...fileOf(media) }];
    case 'sticker':
      return [{ kind: 'sticker', ...shapeOf(media.width, media.height), ...fileOf(media) }];
    case 'location':
    case 'live_location':
      return [{ kind: 'location', latitude: media.latitude, longitude: media.longitude }];
    case 'venue': {
      const { location, title, address } = media;
      const { latitude, longitude } = location;
      return [{ kind: 'location', latitude, longitude, title, detail: address }];
    }
    case 'contact': {
      const title = `${media.firstName} ${media.lastName}`.trim();
      return [{ kind: 'contact', title, phone: media.phoneNumber }];
    }
    case undefined:
    case 'poll':
    case 'webpage':
      return [];
    default:
      return [{ kind: 'other' }];
  }
}

function shapeOf(width: number, height: number) {
  if (!(width > 0 && height > 0)) return {};
  return { width, height, ratio: Math.round((width / height) * 1_000) / 1_000 };
}

function fileOf(media: {
  readonly fileName: string | null;
  readonly mimeType: string;
  readonly fileSize?: number | undefined;
}) {
  const { fileName, mimeType, fileSize } = media;
  return {
    ...(fileName ? { fileName } : {}),
    ...(mimeType === '' ? {} : { mimeType }),
    ...(fileSize === undefined ? {} : { size: fileSize }),
  };
}
