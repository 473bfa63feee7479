import { captionOf } from '../openai/answers.ts';
import { randomOf } from '../sites/seed.ts';
import type { MediaFile } from './media-truth.ts';
import * as pictures from './pictures.ts';

const WORDS = [
  ['OPEN EVERY DAY', 'TAKE THE STAIRS'],
  ['KEEP THE DOOR SHUT', 'NO SMOKING HERE'],
  ['TRAINS TO THE NORTH', 'LEAVE FROM HALL TWO'],
];

/** Every scene three times: as it is, forwarded, and in another format. */
export async function imageFiles(seed: number, scenes: number): Promise<MediaFile[]> {
  const files: MediaFile[] = [];
  for (let at = 0; at < scenes; at += 1) {
    const random = randomOf(seed, 'scene', at);
    const tall = at % 3 === 1;
    const long = 480 + 32 * (at % 5);
    const scene = pictures.scene(random, tall ? 320 : long, tall ? long : 320);
    const group = `scene-${at}`;
    const { width, height } = scene;
    const small = { width: Math.round((width * 2) / 3), height: Math.round((height * 2) / 3) };
    files.push(
      picture(`scene-${at}.png`, await pictures.png(scene), 'png', scene, { group }),
      picture(`forwarded-${at}.jpg`, await pictures.forwarded(scene), 'jpeg', scene, {
        group,
        ...small,
      }),
    );
    if (at % 2 === 0) {
      files.push(
        picture(`camera-${at}.jpg`, await pictures.photographed(scene), 'jpeg', scene, {
          group,
          make: 'Standin',
        }),
      );
    } else {
      const bytes = await pictures.webp(scene);
      files.push(picture(`scene-${at}.webp`, bytes, 'webp', scene, { group }));
    }
  }
  return files;
}

type Expected = Partial<NonNullable<MediaFile['truth']['image']>>;

function picture(
  name: string,
  bytes: Buffer,
  format: string,
  { width, height, colour }: pictures.Scene,
  more: Expected,
): MediaFile {
  const caption = captionOf(colour.name, width, height);
  const image = { width, height, colour: colour.hex, caption, ...more };
  return { name, bytes, truth: { kind: 'image', format, mislabelled: false, image } };
}

export async function wordFiles(count: number): Promise<MediaFile[]> {
  const files = WORDS.slice(0, count).map(async (lines, at) => {
    const scene = pictures.wordsPicture(lines);
    const words = lines.flatMap((line) => line.split(' '));
    return picture(`words-${at}.png`, await pictures.png(scene), 'png', scene, { words });
  });
  return Promise.all(files);
}

/** Cut off, too large, and under a wrong name. */
export async function oddImageFiles(seed: number): Promise<MediaFile[]> {
  const scene = pictures.scene(randomOf(seed, 'odd scene'), 400, 300);
  const whole = await pictures.jpeg(scene);
  const plain = pictures.plainPicture(pictures.COLOURS[0] as pictures.Colour, 64, 64);
  const small = await pictures.png(plain);
  const huge = pictures.hugePng(30_000, 30_000, small);
  const size = { width: 400, height: 300, colour: scene.colour.hex };
  return [
    {
      name: 'cut.jpg',
      bytes: whole.subarray(0, Math.floor(whole.length / 3)),
      truth: { kind: 'image', format: 'jpeg', failed: ['pixels'], image: size },
    },
    {
      name: 'bomb.png',
      bytes: huge,
      truth: {
        kind: 'image',
        format: 'png',
        image: { width: 30_000, height: 30_000, colour: '' },
      },
    },
    {
      name: 'photo.png',
      bytes: whole,
      truth: { kind: 'image', format: 'jpeg', mislabelled: true, image: size },
    },
    {
      name: 'plain.png',
      bytes: small,
      truth: {
        kind: 'image',
        format: 'png',
        image: { ...size, width: 64, height: 64, colour: plain.colour.hex },
      },
    },
  ];
}
