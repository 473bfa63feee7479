/** Media by seed: a channel draws its pictures from a set of its own, so bytes come again. */
import { pick, type Random, randomInt } from '../../../src/base/random.ts';
import { shownSize } from './counter.ts';
import { pictureShape } from './files.ts';
import type { Media, Photo, WorldFile } from './message.ts';
import { EMOJI, PEOPLE, type Tongue } from './phrases.ts';

/** Pictures of one channel; after so many the first ones come again, sent anew. */
export const PICTURES_PER_CHANNEL = 400;

export class MediaComposer {
  readonly #seed: number;
  readonly #random: Random;
  readonly #firstPicture: number;
  #pictures = 0;
  #files = 0;
  readonly #firstFile: number;

  constructor(seed: number, random: Random, channelIndex: number) {
    this.#seed = seed;
    this.#random = random;
    this.#firstPicture = channelIndex * PICTURES_PER_CHANNEL;
    this.#firstFile = channelIndex * 100_000;
  }

  photo(): Photo {
    const number = this.#firstPicture + (this.#pictures % PICTURES_PER_CHANNEL);
    this.#pictures += 1;
    const { width, height } = pictureShape(this.#seed, number);
    const file: WorldFile = { name: `picture-${number}`, kind: 'picture' };
    return { photoId: this.#id(), file, width, height };
  }

  /** The same bytes, sent anew: another id. */
  again(photo: Photo): Photo {
    return { ...photo, photoId: this.#id() };
  }

  video(kind: 'video' | 'round-video', tooBig: boolean): Media {
    const seconds = randomInt(this.#random, 5, tooBig ? 7_000 : 900);
    return { kind, thumb: this.photo(), file: this.#file('video'), seconds, tooBig };
  }

  document(): Media {
    const name = pick(this.#random, ['report Q3 & Q4.pdf', 'Отчёт_2026.pdf', 'App-1.2.0.dmg']);
    const extra = shownSize(randomInt(this.#random, 500, 90_000_000));
    const file = this.#file('document');
    return { kind: 'document', file, name, extra, mimeType: 'application/octet-stream' };
  }

  audio(): Media {
    const name = pick(this.#random, ['Evening Tide', 'Морской ветер']);
    const file = this.#file('document');
    return { kind: 'audio', file, name, extra: pick(this.#random, PEOPLE), mimeType: 'audio/mpeg' };
  }

  voice(): Media {
    return { kind: 'voice', file: this.#file('voice'), seconds: randomInt(this.#random, 2, 400) };
  }

  poll(tongue: Tongue): Media {
    const first = randomInt(this.#random, 0, 100);
    const options = ['A & B', 'C < D', pick(this.#random, EMOJI)].map((text, index) => ({
      text,
      percent: [first, 100 - first, 0][index] as number,
    }));
    const question = pick(this.#random, tongue.sentences);
    const quiz = this.#random.next() < 0.3;
    return { kind: 'poll', question, quiz, options, voters: randomInt(this.#random, 0, 40_000) };
  }

  sticker(): Media {
    return { kind: 'sticker', file: this.#file('sticker'), emoji: pick(this.#random, EMOJI) };
  }

  location(venue: boolean): Media {
    const at = (span: number) => Math.round((this.#random.next() - 0.5) * span * 1e5) / 1e5;
    const map = this.photo().file;
    const place = venue
      ? { title: 'Old Harbour Café', address: 'Quay 7' }
      : { title: '', address: '' };
    return { kind: 'location', latitude: at(160), longitude: at(340), ...place, map };
  }

  contact(): Media {
    const phone = `+49 30 ${randomInt(this.#random, 1_000_000, 9_999_999)}`;
    return { kind: 'contact', name: pick(this.#random, PEOPLE), phone };
  }

  picture(): WorldFile {
    return this.photo().file;
  }

  #file(kind: WorldFile['kind']): WorldFile {
    const number = this.#firstFile + this.#files;
    this.#files += 1;
    return { name: `${kind}-${number}`, kind };
  }

  #id(): string {
    const digits = () => String(randomInt(this.#random, 100_000_000, 999_999_999));
    return `5${digits()}${digits()}`;
  }
}
