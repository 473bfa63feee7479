/** What can be told of a picture by its bytes and pixels. */
import readExif from 'exif-reader';
import sharp from 'sharp';
import { messageOf } from '../../../base/errors.ts';
import type { ExifFacts, ImageFacts, Step } from '../media-record.ts';
import { dominantColours } from './colours.ts';
import { GRID, perceptualHash } from './perceptual-hash.ts';

// One picture a thread: the pool of threads is the limit.
sharp.concurrency(1);
sharp.cache(false);

export interface ImageRules {
  /** A picture of more pixels is measured, not decoded. */
  readonly pixelsMax: number;
  readonly thumbnails: boolean;
}

export interface ImageResult {
  readonly image: ImageFacts;
  /** JPEG. */
  readonly thumbnail?: Uint8Array<ArrayBuffer>;
  readonly steps: readonly Step[];
  /** Whether its pixels could be read. */
  readonly decoded: boolean;
}

const THUMBNAIL_SIDE = 320;
const COLOUR_SIDE = 64;
const PREVIEW_SIDE = 1_024;
const DECODE_S = 30;

function open(bytes: Uint8Array, pixelsMax: number) {
  const options = { limitInputPixels: pixelsMax, failOn: 'error', pages: 1 } as const;
  return sharp(bytes, options).timeout({ seconds: DECODE_S });
}

export async function analyseImage(bytes: Uint8Array, rules: ImageRules): Promise<ImageResult> {
  const steps: Step[] = [];
  let facts: ImageFacts;
  try {
    facts = await readHeader(bytes);
    steps.push({ step: 'metadata', state: 'done' });
  } catch (error) {
    const why = `It cannot be read: ${reason(error)}`;
    return { image: NO_FACTS, steps: [{ step: 'metadata', state: 'failed', why }], decoded: false };
  }
  const pixels = facts.width * facts.height;
  if (pixels > rules.pixelsMax) {
    const why = `It has ${pixels} pixels, more than the ${rules.pixelsMax} that are decoded.`;
    const how = 'Raise imagePixelsMax (SLUICE_IMAGE_PIXELS_MAX).';
    return { image: facts, steps: [...steps, skipped('pixels', why, how)], decoded: false };
  }
  try {
    const looks = await readPixels(bytes, rules);
    steps.push({ step: 'pixels', state: 'done' });
    return { ...looks, image: { ...facts, ...looks.image }, steps, decoded: true };
  } catch (error) {
    steps.push({ step: 'pixels', state: 'failed', why: `It is damaged: ${reason(error)}` });
    return { image: facts, steps, decoded: false };
  }
}

/** A JPEG that a model can look at. Rejects where the picture cannot be decoded. */
export async function previewOf(
  bytes: Uint8Array,
  pixelsMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = { width: PREVIEW_SIDE, height: PREVIEW_SIDE, fit: 'inside' } as const;
  const picture = open(bytes, pixelsMax)
    .autoOrient()
    .resize({ ...size, withoutEnlargement: true });
  const white = picture.flatten({ background: '#ffffff' });
  return Uint8Array.from(await white.jpeg({ quality: 80 }).toBuffer());
}

async function readHeader(bytes: Uint8Array): Promise<ImageFacts> {
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  const { width, height } = header.autoOrient;
  return {
    width,
    height,
    space: header.space ?? '',
    alpha: header.hasAlpha === true,
    frames: header.pages ?? 1,
    ...(header.exif && exifOf(header.exif)),
    colours: [],
  };
}

async function readPixels(bytes: Uint8Array, { pixelsMax, thumbnails }: ImageRules) {
  const side = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: 'inside' } as const;
  const { data, info } = await open(bytes, pixelsMax)
    .autoOrient()
    .resize({ ...side, withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const small = () => sharp(data, { raw: { width, height, channels } });
  const grey = await small()
    .resize({ width: GRID, height: GRID, fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer();
  const rgb = await small()
    .resize({ width: COLOUR_SIDE, height: COLOUR_SIDE, fit: 'fill', kernel: 'nearest' })
    .raw()
    .toBuffer();
  const hash = perceptualHash(grey.length === GRID * GRID ? grey : everyNth(grey, GRID * GRID));
  const colours = dominantColours(channels === 1 ? threefold(rgb) : rgb);
  const image = { ...(hash !== undefined && { perceptualHash: hash }), colours };
  if (!thumbnails) return { image };
  const thumbnail = Uint8Array.from(await small().jpeg({ quality: 80 }).toBuffer());
  return { image, thumbnail };
}

/** The first channel of what has several. */
function everyNth(values: Uint8Array, count: number): Uint8Array {
  const step = Math.floor(values.length / count);
  return Uint8Array.from({ length: count }, (_, at) => values[at * step] as number);
}

function threefold(grey: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: grey.length * 3 },
    (_, at) => grey[Math.floor(at / 3)] as number,
  );
}

function exifOf(bytes: Buffer): { readonly exif: ExifFacts } | undefined {
  try {
    const { Image, Photo, GPSInfo } = readExif(bytes);
    const taken = Photo?.DateTimeOriginal ?? Image?.DateTime;
    const latitude = degrees(GPSInfo?.GPSLatitude, GPSInfo?.GPSLatitudeRef);
    const longitude = degrees(GPSInfo?.GPSLongitude, GPSInfo?.GPSLongitudeRef);
    const exif = {
      ...word('make', Image?.Make),
      ...word('model', Image?.Model),
      ...word('software', Image?.Software),
      ...word('lens', Photo?.LensModel),
      ...(taken instanceof Date && Number.isFinite(+taken) && { taken: taken.toISOString() }),
      ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
    };
    return Object.keys(exif).length === 0 ? undefined : { exif };
  } catch {
    // Cameras and editors write all sorts of damage there; the picture itself may be fine.
    return undefined;
  }
}

const TAG_CHARS_MAX = 200;

function word<K extends string>(name: K, value: unknown): { [P in K]?: string } {
  if (typeof value !== 'string') return {};
  const text = value.replace(/\0.*$/s, '').trim().slice(0, TAG_CHARS_MAX).toWellFormed();
  return (text === '' ? {} : { [name]: text }) as { [P in K]?: string };
}

/** Degrees, minutes and seconds as one number. */
function degrees(parts: unknown, side: unknown): number | undefined {
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  const [d, m, s] = parts.map(Number) as [number, number, number];
  const value = d + m / 60 + s / 3_600;
  if (!Number.isFinite(value) || value > 180) return undefined;
  const signed = /^[SW]/i.test(String(side)) ? -value : value;
  return Math.round(signed * 1e6) / 1e6;
}

function skipped(step: string, why: string, how: string): Step {
  return { step, state: 'skipped', why, how };
}

const REASON_CHARS_MAX = 200;

function reason(error: unknown): string {
  const [first = ''] = messageOf(error).split('\n');
  return first.slice(0, REASON_CHARS_MAX);
}

const NO_FACTS: ImageFacts = {
  width: 0,
  height: 0,
  space: '',
  alpha: false,
  frames: 0,
  colours: [],
};
