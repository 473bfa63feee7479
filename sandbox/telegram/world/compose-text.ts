/** Texts with entities, by seed: every kind of entity has its turn. */
import { pick, type Random, randomInt } from '../../../src/base/random.ts';
import type { Entity, EntityType } from './message.ts';
import { EMOJI, SITES, type Tongue } from './phrases.ts';

export interface ComposedText {
  readonly text: string;
  readonly entities: readonly Entity[];
}

const FEATURES = [
  'plain',
  'emoji',
  'bold-line',
  'url',
  'hashtags',
  'text-link',
  'quote',
  'mention',
  'nested',
  'code',
  'pre',
  'spoiler',
  'struck',
  'custom-emoji',
  'email',
] as const;
type Feature = (typeof FEATURES)[number];

/** The text of the `turn`-th message of its channel: each feature comes once in fifteen turns. */
export function composeText(random: Random, tongue: Tongue, turn: number): ComposedText {
  const writer = new TextWriter();
  const lines = randomInt(random, 1, 3);
  for (let line = 0; line < lines; line += 1) {
    if (line > 0) writer.plain(random.next() < 0.3 ? '\n\n' : '\n');
    for (let count = randomInt(random, 1, 3); count > 0; count -= 1) {
      writer.plain(`${writer.atLineStart ? '' : ' '}${pick(random, tongue.sentences)}`);
    }
  }
  writeFeature(writer, FEATURES[turn % FEATURES.length] as Feature, random, tongue);
  if (random.next() < 0.2) {
    writer.plain('\n');
    writeFeature(writer, pick(random, FEATURES), random, tongue);
  }
  return writer.done();
}

/** An address with a query, so that there is an ampersand to escape. */
export function someUrl(random: Random): string {
  const query = `utm_source=channel&id=${randomInt(random, 100, 99_999)}`;
  return `https://${pick(random, SITES)}/story-${randomInt(random, 1, 999)}?${query}`;
}

function writeFeature(
  writer: TextWriter,
  feature: Feature,
  random: Random,
  tongue: Tongue,
): TextWriter {
  const sentence = () => pick(random, tongue.sentences);
  const emoji = pick(random, EMOJI);
  switch (feature) {
    case 'plain':
      return writer;
    case 'emoji':
      return writer.plain(` ${emoji}${pick(random, EMOJI)}`);
    case 'bold-line':
      return writer.plain('\n').span('bold', `${emoji} ${sentence()}`);
    case 'url': {
      const url = someUrl(random);
      return writer.plain('\n').span('url', url, { url });
    }
    case 'hashtags':
      writer.plain('\n\n').span('hashtag', `#${pick(random, tongue.tags)}`);
      return writer.plain(' ').span('hashtag', `#${tongue.tags[0]}`);
    case 'text-link':
      writer.plain('\n').span('text-link', sentence(), { url: someUrl(random) });
      return writer.plain(' | ').span('text-link', 'RSS', { url: 'https://example.com/feed' });
    case 'quote':
      writer.plain('\n').span('blockquote', `${sentence()}\n${sentence()}`);
      return writer.plain(`\n${sentence()}`);
    case 'mention':
      return writer.plain(' (@').moveBack(1).span('mention', '@daily_desk').plain(')');
    case 'nested': {
      const url = someUrl(random);
      const start = writer.plain('\n').length;
      writer.span('italic', sentence()).plain(' ').span('text-link', '→ more', { url });
      return writer.cover('bold', start).plain(` ${sentence()}`);
    }
    case 'code':
      return writer.plain(' ').span('code', 'npm i <name> && node .');
    case 'pre':
      writer.plain('\n').span('pre', 'if (a < b) {\n  go();\n}', { language: 'js' });
      return writer.plain(`\n${sentence()}`);
    case 'spoiler':
      return writer.plain(' ').span('spoiler', sentence());
    case 'struck':
      writer.plain('\n').span('strike', '49 €').plain(' ');
      return writer.span('underline', '39 €');
    case 'custom-emoji':
      return writer.plain(' ').span('custom-emoji', emoji, {
        emojiId: `53683241706712${randomInt(random, 10_000, 99_999)}`,
      });
    case 'email':
      return writer.plain('\n').span('email', 'desk@example.org');
  }
}

class TextWriter {
  #text = '';
  readonly #entities: Entity[] = [];

  get length(): number {
    return this.#text.length;
  }

  get atLineStart(): boolean {
    return this.#text === '' || this.#text.endsWith('\n');
  }

  plain(text: string): this {
    this.#text += text;
    return this;
  }

  moveBack(count: number): this {
    this.#text = this.#text.slice(0, -count);
    return this;
  }

  span(type: EntityType, text: string, more: Partial<Entity> = {}): this {
    this.#entities.push({ ...more, type, offset: this.#text.length, length: text.length });
    this.#text += text;
    return this;
  }

  /** One entity over all that was written since `start`. */
  cover(type: EntityType, start: number): this {
    this.#entities.push({ type, offset: start, length: this.#text.length - start });
    return this;
  }

  done(): ComposedText {
    const entities = [...this.#entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
    return { text: this.#text, entities };
  }
}
