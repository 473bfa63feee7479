/** What a thread does with one file: read, tell what it is, look into it. Plain data in and out. */
import { createHash } from 'node:crypto';
import { messageOf, SluiceError } from '../../../base/errors.ts';
import type { MediaBytes } from '../media-place.ts';
import type { MediaRecord, Step, TextFacts } from '../media-record.ts';
import { fileFormat, HEAD_BYTES, isMislabelled } from './file-kind.ts';

export interface AnalysisRules {
  readonly bytesMax: number;
  readonly pixelsMax: number;
  readonly thumbnails: boolean;
  readonly ocr: boolean;
}

export interface Analysis {
  readonly record: MediaRecord;
  /** The text itself, as far as it is of use to a model. */
  readonly content?: string;
  readonly thumbnail?: Uint8Array<ArrayBuffer>;
  /** Whether a model can be asked about it. */
  readonly whole: boolean;
}

/** Rejects with `media.*`. */
export async function analyseFile(
  place: MediaBytes,
  name: string,
  rules: AnalysisRules,
): Promise<Analysis> {
  const bytes = await bytesOf(place, rules.bytesMax);
  if (bytes.length === 0)
    throw new SluiceError('media.file', { path: name, detail: 'it is empty' });
  const format = fileFormat(bytes.subarray(0, HEAD_BYTES));
  const { kind, type } = format;
  const head = {
    file: name,
    kind,
    format: format.format,
    type,
    size: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
    mislabelled: isMislabelled(name, format),
  };
  switch (kind) {
    case 'audio':
      return ofAudio(head, bytes);
    case 'image':
      return ofImage(head, bytes, rules);
    case 'text': {
      const { analyseText } = await import('./text.ts');
      const { text, content, steps } = await analyseText(bytes);
      return { record: { ...head, text, steps: [...steps] }, content, whole: true };
    }
    default: {
      const why = `Nothing is known of files of this kind (${format.format}).`;
      return {
        record: { ...head, steps: [{ step: 'analysis', state: 'skipped', why }] },
        whole: false,
      };
    }
  }
}

type Head = Omit<MediaRecord, 'steps'>;

async function ofAudio(head: Head, bytes: Uint8Array): Promise<Analysis> {
  const { analyseAudio } = await import('./audio.ts');
  const { audio, steps } = await analyseAudio(bytes, head.type);
  return { record: { ...head, audio, steps: [...steps] }, whole: audio.durationS > 0 };
}

async function ofImage(head: Head, bytes: Uint8Array, rules: AnalysisRules): Promise<Analysis> {
  const { analyseImage } = await import('./image.ts');
  const { image, thumbnail, steps, decoded } = await analyseImage(bytes, rules);
  const words = await wordsIn(bytes, rules, decoded);
  return {
    record: { ...head, image: { ...image, ...words.found }, steps: [...steps, words.step] },
    ...(thumbnail && { thumbnail }),
    whole: decoded,
  };
}

async function wordsIn(bytes: Uint8Array, rules: AnalysisRules, decoded: boolean) {
  const not = (state: Step['state'], why: string, how?: string) => ({
    found: {},
    step: { step: 'ocr', state, why, ...(how === undefined ? {} : { how }) },
  });
  if (!rules.ocr) return not('skipped', 'It was not asked for.', '--opt ocr=true');
  if (!decoded) return not('skipped', 'There are no pixels to read.');
  const { readTextIn } = await import('./ocr.ts');
  try {
    const { step, text, confidence } = await readTextIn(bytes, rules.pixelsMax);
    if (step.state !== 'done') return { found: {}, step };
    return { found: { words: text, wordsConfidence: confidence }, step };
  } catch (error) {
    return not('failed', messageOf(error));
  }
}

/** A JPEG of a picture for a model. */
export async function imagePreview(
  place: MediaBytes,
  rules: AnalysisRules,
): Promise<Uint8Array<ArrayBuffer>> {
  const { previewOf } = await import('./image.ts');
  return previewOf(await bytesOf(place, rules.bytesMax), rules.pixelsMax);
}

/** The bytes as they are, for a model that listens. */
export async function wholeFile(place: MediaBytes, bytesMax: number): Promise<Uint8Array> {
  return bytesOf(place, bytesMax);
}

/** Passes a lane, and that is all. */
export function nothing(): undefined {
  return undefined;
}

/** Of a transcript. */
export async function textFacts(content: string): Promise<TextFacts> {
  const { factsOf } = await import('./text.ts');
  return factsOf(content).facts;
}

async function bytesOf(place: MediaBytes, bytesMax: number): Promise<Uint8Array> {
  if (typeof place !== 'string') return place;
  const { readWhole } = await import('./read-whole.ts');
  return readWhole(place, bytesMax);
}
