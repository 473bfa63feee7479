/**
 * From what people write in a column called channel to the channel that is meant: a name, `@name`,
 * any link to it or to one of its messages, an invitation. What cannot be a channel is refused with
 * the reason.
 */
import type { Failure } from '../../model/failure.ts';

export interface ChannelTarget {
  /** As it was written: public name, or `+` and the code of an invitation. */
  readonly name: string;
  /** Equal for the same channel written in different ways; what it is kept under. */
  readonly key: string;
  /** Code of an invitation: such a channel has no name and no preview. */
  readonly invite?: string;
}

const CELL_CHARS_MAX = 512;
const NAME = /^[a-z]\w{2,31}$/i;
const INVITE = /^[\w-]{8,64}$/;
const HOST = /^(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)$/i;
/** First parts of paths that are no names. */
const NO_NAMES = new Set(
  'addlist addstickers addemoji addtheme bg boost c contact giftcode invoice iv login m proxy setlanguage share socks'.split(
    ' ',
  ),
);

/** The channel in a cell, or why there is none. */
export function readChannelName(cell: string): ChannelTarget | Failure {
  const text = cell.trim().replace(/^["'<(\s]+|["'>)\s,;]+$/g, '');
  if (text === '') return refusal('channels.name_empty', 'The row names no channel.');
  if (text.length > CELL_CHARS_MAX) {
    return refusal(
      'channels.name_invalid',
      `The channel is longer than ${CELL_CHARS_MAX} characters.`,
    );
  }
  return fromLink(text) ?? fromName(text.replace(/^@/, ''), text);
}

export function isRefusal(target: ChannelTarget | Failure): target is Failure {
  return 'class' in target;
}

/** undefined = it is no link. */
function fromLink(text: string): ChannelTarget | Failure | undefined {
  if (/^tg:/i.test(text)) return fromScheme(text);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!scheme && !text.includes('/')) {
    const owner = /^(\w+)\.t\.me$/i.exec(text)?.[1];
    return owner === undefined ? undefined : fromName(owner, text);
  }
  const url = URL.parse(scheme ? text : `https://${text}`);
  if (!url || !/^https?:$/.test(url.protocol)) return notOne(text);
  const owner = /^(\w+)\.t\.me$/i.exec(url.hostname)?.[1];
  if (owner !== undefined && owner !== 'www') return fromName(owner, text);
  if (!HOST.test(url.hostname)) {
    return refusal('channels.name_invalid', `"${clip(text)}" is no link to Telegram.`);
  }
  return fromPath(
    url.pathname.split('/').filter((part) => part !== ''),
    text,
  );
}

function fromScheme(text: string): ChannelTarget | Failure {
  const url = URL.parse(text);
  const name = url?.searchParams.get('domain');
  if (name) return fromName(name, text);
  const invite = url?.searchParams.get('invite');
  return invite ? fromInvite(invite, text) : notOne(text);
}

function fromPath(parts: readonly string[], text: string): ChannelTarget | Failure {
  const [first = '', second = ''] = parts;
  if (first === 's') return fromName(second, text);
  if (first === 'joinchat') return fromInvite(second, text);
  if (first.startsWith('+')) return fromInvite(first.slice(1), text);
  if (first === 'c') {
    return refusal(
      'channels.by_number',
      `"${clip(text)}" names a channel by its number, which tells nobody else how to find it.`,
      'Write its name or its invitation link.',
    );
  }
  return NO_NAMES.has(first.toLowerCase()) ? notOne(text) : fromName(first, text);
}

function fromName(name: string, text: string): ChannelTarget | Failure {
  if (name.startsWith('+')) return fromInvite(name.slice(1), text);
  if (!NAME.test(name) || name.endsWith('_')) return notOne(text);
  return { name, key: name.toLowerCase() };
}

function fromInvite(code: string, text: string): ChannelTarget | Failure {
  if (/^\d+$/.test(code)) {
    return refusal('channels.name_invalid', `"${clip(text)}" is a phone number, no channel.`);
  }
  if (!INVITE.test(code)) return notOne(text);
  return { name: `+${code}`, key: `+${code}`, invite: code };
}

function notOne(text: string): Failure {
  return refusal(
    'channels.name_invalid',
    `"${clip(text)}" is no name of a channel.`,
    'A channel is written as name, @name, https://t.me/name or as its invitation link.',
  );
}

function refusal(code: string, message: string, hint?: string): Failure {
  return { class: 'invalid', code, message, ...(hint === undefined ? {} : { hint }) };
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
