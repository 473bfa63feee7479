/** A text with its entities as HTML. */
import type { Entity } from '../world/message.ts';
import { emojiImage, escaped, lines, withEmoji } from './html.ts';

/** Entities must nest; `turn` tells which links are escaped twice, as some of the service's are. */
export function renderText(text: string, entities: readonly Entity[], turn: number): string {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return renderRange(text, sorted, 0, text.length, turn);
}

function renderRange(
  text: string,
  entities: readonly Entity[],
  start: number,
  end: number,
  turn: number,
): string {
  let found = '';
  let at = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index] as Entity;
    if (entity.offset < at) continue;
    const stop = entity.offset + entity.length;
    const inner = entities.slice(index + 1).filter((each) => each.offset + each.length <= stop);
    found += withEmoji(text.slice(at, entity.offset));
    found += renderEntity(text, entity, inner, turn);
    at = stop;
  }
  return found + withEmoji(text.slice(at, end));
}

function renderEntity(
  text: string,
  entity: Entity,
  inner: readonly Entity[],
  turn: number,
): string {
  const { offset, length } = entity;
  const words = text.slice(offset, offset + length);
  const body = () => renderRange(text, inner, offset, offset + length, turn);
  switch (entity.type) {
    case 'bold':
      return `<b>${body()}</b>`;
    case 'italic':
      return `<i>${body()}</i>`;
    case 'underline':
      return `<u>${body()}</u>`;
    case 'strike':
      return `<s>${body()}</s>`;
    case 'code':
      return `<code>${lines(words)}</code>`;
    case 'pre':
      return `<pre>${lines(words)}</pre>`;
    case 'blockquote':
      return `<blockquote>${body()}</blockquote>`;
    case 'spoiler':
      return `<tg-spoiler>${body()}</tg-spoiler>`;
    case 'url':
    case 'text-link':
      return externalLink(entity.url ?? '', body(), (turn + offset) % 2 === 1);
    case 'hashtag':
      return `<a href="?q=${encodeURIComponent(words)}">${escaped(words)}</a>`;
    case 'mention':
      return `<a href="https://t.me/${words.slice(1)}" target="_blank">${escaped(words)}</a>`;
    case 'email':
      return `<a href="mailto:${escaped(words)}">${escaped(words)}</a>`;
    case 'custom-emoji':
      return `<tg-emoji emoji-id="${entity.emojiId}">${emojiImage(words)}</tg-emoji>`;
  }
}

function externalLink(url: string, body: string, twice: boolean): string {
  const href = twice ? escaped(escaped(url)) : escaped(url);
  const question = `return confirm('Open this link?\\n\\n'+this.href);`;
  return `<a href="${href}" target="_blank" rel="noopener" onclick="${question}">${body}</a>`;
}
