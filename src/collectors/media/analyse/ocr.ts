/**
 * Text in a picture, by Tesseract compiled to WebAssembly and a model that both come as optional
 * packages: nothing is fetched. Loaded once a thread, with the first picture.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import type { Step } from '../media-record.ts';

/** What of the engine's interface is used; it has no types of its own. */
interface Engine {
  readonly FS: { writeFile(path: string, bytes: Uint8Array): void; unlink(path: string): void };
  readonly TessBaseAPI: new () => EngineApi;
}
interface EngineApi {
  Init(directory: string, language: string, mode: number): number;
  SetImageFile(orientation: number, angle: number): number;
  Recognize(monitor: null): number;
  GetUTF8Text(): string;
  MeanTextConf(): number;
  Clear(): void;
}

type StartEngine = (options: { print(): void; printErr(): void }) => Promise<Engine>;

export interface OcrResult {
  readonly step: Step;
  readonly text: string;
  /** 0 to 100, the engine's own. */
  readonly confidence: number;
}

const LANGUAGE = 'eng';
const LSTM_ONLY = 1;
/** Letters need some 20 pixels, and more than these bring nothing. */
const SIDE_MIN = 1_000;
const SIDE_MAX = 2_000;
const ENLARGED_MAX = 3;
/** Below it the words are made of leaves and wallpaper. */
const CONFIDENCE_MIN = 55;
const TEXT_CHARS_MAX = 100_000;
/** The engine knows no other name. */
const IMAGE = '/input';

let loading: Promise<LoadedEngine | undefined> | undefined;

interface LoadedEngine {
  readonly module: Engine;
  readonly api: EngineApi;
}

/** Rejects where the picture cannot be decoded. */
export async function readTextIn(bytes: Uint8Array, pixelsMax: number): Promise<OcrResult> {
  loading ??= load();
  const engine = await loading;
  if (!engine) {
    const why = 'The packages that read text in pictures are not installed.';
    const how = 'npm install tesseract.js-core @tesseract.js-data/eng';
    return { step: { step: 'ocr', state: 'skipped', why, how }, text: '', confidence: 0 };
  }
  const { module, api } = engine;
  module.FS.writeFile(IMAGE, await prepare(bytes, pixelsMax));
  try {
    if (api.SetImageFile(1, 0) !== 0) throw new Error('the engine takes no such picture');
    api.Recognize(null);
    const confidence = api.MeanTextConf();
    const text = confidence < CONFIDENCE_MIN ? '' : api.GetUTF8Text();
    const tidy = text
      .replace(/\n{3,}/g, '\n\n')
      .trim()
      .slice(0, TEXT_CHARS_MAX);
    return { step: { step: 'ocr', state: 'done' }, text: tidy.toWellFormed(), confidence };
  } finally {
    api.Clear();
    module.FS.unlink(IMAGE);
  }
}

/** Grey, upright, of a size at which letters can be read. */
async function prepare(bytes: Uint8Array, pixelsMax: number): Promise<Uint8Array> {
  const options = { limitInputPixels: pixelsMax, failOn: 'error', pages: 1 } as const;
  const picture = sharp(bytes, options).autoOrient().flatten({ background: '#ffffff' });
  const { width, height } = (await sharp(bytes, options).metadata()).autoOrient;
  const longest = Math.max(width, height);
  const wanted = Math.min(SIDE_MAX, Math.max(longest, Math.min(SIDE_MIN, longest * ENLARGED_MAX)));
  const side = { width: wanted, height: wanted, fit: 'inside' } as const;
  return picture.resize(side).greyscale().png({ compressionLevel: 1 }).toBuffer();
}

async function load(): Promise<LoadedEngine | undefined> {
  const require = createRequire(import.meta.url);
  let data: string;
  let start: StartEngine;
  try {
    const folder = dirname(require.resolve('@tesseract.js-data/eng/package.json'));
    data = join(folder, '4.0.0_best_int', `${LANGUAGE}.traineddata.gz`);
    start = require('tesseract.js-core/tesseract-core-simd-lstm') as StartEngine;
  } catch {
    return undefined;
  }
  const module = await start({ print() {}, printErr() {} });
  module.FS.writeFile(`/${LANGUAGE}.traineddata`, gunzipSync(await readFile(data)));
  const api = new module.TessBaseAPI();
  if (api.Init('/', LANGUAGE, LSTM_ONLY) !== 0)
    throw new Error('the model of the engine is damaged');
  return { module, api };
}
