/** Parts of a text, from the words of the protocol to those of the record. */
import type { Message, MessageEntity } from '@mtcute/node';
import { type EntityKind, TELEGRAM_URL, type TextEntity } from './message.ts';

const KINDS: Readonly<Record<string, EntityKind>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  code: 'code',
  pre: 'pre',
  blockquote: 'quote',
  spoiler: 'spoiler',
  hashtag: 'hashtag',
};

export function readEntities({ entities }: Message): TextEntity[] {
  return entities
    .flatMap((entity) => readEntity(entity))
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function readEntity(entity: MessageEntity): TextEntity[] {
  const { offset, length, text, params } = entity;
  const at = (kind: EntityKind, url?: string | undefined): TextEntity[] => [
    { kind, offset, length, ...(url === undefined ? {} : { url }) },
  ];
  switch (params.kind) {
    case 'text_link':
      return at('link', URL.parse(params.url)?.href);
    case 'url':
      return at(
        'link',
        URL.parse(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `http://${text}`)?.href,
      );
    case 'email':
      return at('link', `mailto:${text}`);
    case 'phone_number':
      return at('link', `tel:${text.replaceAll(/[^+\d]/g, '')}`);
    case 'mention':
      return at('mention', `${TELEGRAM_URL}/${text.replace(/^@/, '')}`);
    case 'text_mention':
      return at('mention');
    default: {
      const kind = KINDS[params.kind];
      return kind === undefined ? [] : at(kind);
    }
  }
}
