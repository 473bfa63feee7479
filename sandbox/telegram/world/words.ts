/** Words that the service itself writes about messages. */
import type { Channel } from './channel.ts';
import type { Message, Service } from './message.ts';

const PINNED_LETTERS_MAX = 40;

/** What a message answers, if that is still there. */
export function repliedMessage(channel: Channel, message: Message): Message | undefined {
  return message.replyTo === 0 ? undefined : channel.message(message.replyTo);
}

/** What stands for a message that has no words. */
export function mediaWord(message: Message): string {
  const { media } = message;
  switch (media?.kind) {
    case 'photo':
      return 'Photo';
    case 'video':
      return 'Video';
    case 'round-video':
      return 'Video message';
    case 'voice':
      return 'Voice message';
    case 'poll':
      return media.question;
    case 'sticker':
      return `${media.emoji} Sticker`;
    case 'location':
      return 'Location';
    case 'contact':
      return 'Contact';
    case 'document':
    case 'audio':
      return media.name;
    default:
      return 'Message';
  }
}

/** The first words of a pinned message. */
export function pinnedWords(channel: Channel, messageId: number): string {
  const message = channel.message(messageId);
  if (!message) return 'Deleted message';
  const [line = ''] = message.text.split('\n');
  if (line === '') return mediaWord(message);
  const letters = [...line];
  if (letters.length <= PINNED_LETTERS_MAX) return line;
  return `${letters.slice(0, PINNED_LETTERS_MAX).join('').trimEnd()}…`;
}

/** The text of a notice, as a reader sees it. */
export function serviceText(channel: Channel, service: Service): string {
  switch (service.action) {
    case 'created':
      return 'Channel created';
    case 'title':
      return `Channel name was changed to «${service.title}»`;
    case 'photo':
      return 'Channel photo updated';
    case 'pinned':
      return `${channel.title} pinned «${pinnedWords(channel, service.messageId)}»`;
  }
}
