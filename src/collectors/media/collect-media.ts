/**
 * One file: looked into on a thread, which is then done with, and only after that asked about. What
 * was found here is committed as the place to go on from: an endpoint that fails costs no second
 * look, and a picture is known to others before it looks for its like.
 */
import { moduleUrl } from '../../base/module-url.ts';
import type { Page } from '../../model/task.ts';
import type { CollectContext } from '../collector.ts';
import type { Analysis, AnalysisRules } from './analyse/analyse-file.ts';
import { describe, TRANSLATED_CHARS_MAX, translate } from './ask-models.ts';
import { type Endpoint, Refused } from './endpoint.ts';
import type { MediaConfig } from './media.ts';
import { ANALYTICS_LANE } from './media-lanes.ts';
import type { MediaOptions } from './media-options.ts';
import { localPath, type MediaBytes, type MediaPlace } from './media-place.ts';
import type { MediaRecord, Step, TextFacts } from './media-record.ts';
import { keepImage, similarImages } from './similar-images.ts';
import { transcribe } from './transcribe.ts';

export const FILES = 'media-files';

const MODULE_OF_FILES = moduleUrl(import.meta.url, './analyse/analyse-file.ts');
/** A transcript of hours fits; a page of the store has a bound. */
const CURSOR_CONTENT_MAX = 200_000;

interface Cursor {
  readonly record: MediaRecord;
  readonly content?: string;
  readonly whole: boolean;
}

type Model = Endpoint & { readonly model: string };
type MediaPage = Page<MediaRecord, Cursor>;

export async function* collectMedia(
  file: string,
  place: MediaPlace,
  ctx: CollectContext<MediaOptions>,
  config: MediaConfig,
): AsyncGenerator<MediaPage> {
  const look = new Look(file, place, ctx, config);
  let found = ctx.cursor as Cursor | undefined;
  if (found === undefined) {
    found = await look.into();
    yield {
      records: [],
      cursor: found,
      keep: [
        { collection: FILES, key: found.record.digest, value: { file }, op: 'first' },
        ...(found.record.image?.perceptualHash === undefined || !ctx.options.similar
          ? []
          : keepImage(found.record.image.perceptualHash, found.record.digest, file)),
      ],
    };
  } else await look.leavePlace();
  yield { records: [await look.further(found)], done: true };
}

class Look {
  readonly #file: string;
  readonly #place: MediaPlace;
  readonly #ctx: CollectContext<MediaOptions>;
  readonly #config: MediaConfig;
  readonly #rules: AnalysisRules;
  #bytes: MediaBytes | undefined;

  constructor(
    file: string,
    place: MediaPlace,
    ctx: CollectContext<MediaOptions>,
    config: MediaConfig,
  ) {
    this.#file = file;
    this.#place = place;
    this.#ctx = ctx;
    this.#config = config;
    const { ocr, thumbnails } = ctx.options;
    this.#rules = { bytesMax: config.bytesMax, pixelsMax: config.pixelsMax, ocr, thumbnails };
  }

  /** What can be found here. */
  async into(): Promise<Cursor> {
    const rules = this.#rules;
    const found = await this.#compute<Analysis>('analyseFile', [this.#file, rules]);
    const record = await this.#withThumbnail(found);
    const content = found.content?.slice(0, CURSOR_CONTENT_MAX);
    return { record, whole: found.whole, ...(content !== undefined && { content }) };
  }

  /** It was admitted as one that is looked into, and that was done by an earlier attempt. */
  async leavePlace(): Promise<void> {
    await this.#ctx.compute(MODULE_OF_FILES, 'nothing', [], [], {
      lane: ANALYTICS_LANE,
      pool: 'analytics',
    });
  }

  /** With what others know: the tenant's other files, and models. */
  async further({ record, content, whole }: Cursor): Promise<MediaRecord> {
    const first = (await this.#ctx.kept.get(FILES, [record.digest])).get(record.digest);
    const known = (first as { readonly file: string } | undefined)?.file;
    const named =
      known === undefined || known === this.#file ? record : { ...record, sameAs: known };
    if (record.kind === 'image') return this.#furtherImage(named, whole);
    if (record.kind === 'audio') return this.#furtherAudio(named, whole);
    return content === undefined ? named : this.#translated(named, content);
  }

  async #furtherImage(record: MediaRecord, whole: boolean): Promise<MediaRecord> {
    const { image } = record;
    if (image === undefined) return record;
    const { kept, options } = this.#ctx;
    const hash = image.perceptualHash;
    const similar =
      hash === undefined || !options.similar
        ? undefined
        : await similarImages(kept, hash, record.digest);
    const known = similar ? { ...record, image: { ...image, similar } } : record;
    if (!whole) return known;
    return this.#step(known, 'caption', this.#config.vision, options.caption, async (model) => {
      const jpeg = await this.#compute<Uint8Array>('imagePreview', [this.#rules]);
      this.#ctx.note(`${this.#file}: asking ${model.model} what is in it`);
      const seen = await describe(this.#ctx, model, jpeg);
      return { ...known, image: { ...image, ...(similar && { similar }), ...seen } };
    });
  }

  async #furtherAudio(record: MediaRecord, whole: boolean): Promise<MediaRecord> {
    const { options } = this.#ctx;
    if (!whole) return record;
    const { speech } = this.#config;
    const written = await this.#step(
      record,
      'transcript',
      speech,
      options.transcribe,
      async (model) => {
        const bytes = await this.#compute<Uint8Array>('wholeFile', [this.#config.bytesMax]);
        this.#ctx.note(`${this.#file}: asking ${model.model} for its words`);
        const name = `recording.${record.format}`;
        const recording = { bytes, name, type: record.type };
        const transcript = await transcribe(this.#ctx, model, recording, options.language);
        if (transcript.text === '') return { ...record, transcript };
        const text = await this.#ctx.compute<TextFacts>(
          MODULE_OF_FILES,
          'textFacts',
          [transcript.text],
          [],
          { pool: 'analytics' },
        );
        return { ...record, transcript, text };
      },
    );
    const said = written.transcript?.text ?? '';
    return said === '' ? written : this.#translated(written, said);
  }

  async #translated(record: MediaRecord, content: string): Promise<MediaRecord> {
    const to = this.#ctx.options.translateTo;
    if (to === undefined) {
      const how = '--opt translateTo=en';
      return withStep(record, { step: 'translation', state: 'skipped', why: NOT_ASKED, how });
    }
    if (record.text?.language === to) {
      const why = `It is in this language (${to}).`;
      return withStep(record, { step: 'translation', state: 'skipped', why });
    }
    const done = await this.#step(
      record,
      'translation',
      this.#config.language,
      true,
      async (model) => ({
        ...record,
        translation: await translate(this.#ctx, model, content, to),
      }),
    );
    if (!done.translation || content.length <= TRANSLATED_CHARS_MAX) return done;
    const why = `Its first ${TRANSLATED_CHARS_MAX} characters were translated.`;
    return withStep(done, { step: 'rest of translation', state: 'skipped', why });
  }

  /** Asks a model if there is one; a refusal of this one file is told in its record. */
  async #step(
    record: MediaRecord,
    step: string,
    model: Model | undefined,
    wanted: boolean,
    work: (model: Model) => Promise<MediaRecord>,
  ): Promise<MediaRecord> {
    if (!wanted) return withStep(record, { step, state: 'skipped', why: NOT_ASKED });
    if (!model) {
      const why = 'No endpoint is set up.';
      return withStep(record, { step, state: 'skipped', why, how: HOW_TO_SET_UP });
    }
    try {
      return withStep(await work(model), { step, state: 'done' });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return withStep(record, { step, state: 'failed', why: error.message });
    }
  }

  /** On a thread, with a place among the files that are looked into. */
  async #compute<T>(name: string, args: readonly unknown[]): Promise<T> {
    const { analyticsTimeoutMs: timeoutMs } = this.#config;
    const how = { lane: ANALYTICS_LANE, timeoutMs, pool: 'analytics' };
    this.#bytes ??= await this.#load();
    return this.#ctx.compute<T>(MODULE_OF_FILES, name, [this.#bytes, ...args], [], how);
  }

  async #load(): Promise<MediaBytes> {
    if (this.#place.kind === 'path') return localPath(this.#place.path, this.#config.files);
    const { bytesMax } = this.#config;
    const page = await this.#ctx.fetch(this.#place.url, {
      bodyBytesMax: bytesMax,
      headers: { accept: '*/*' },
    });
    return page.body;
  }

  async #withThumbnail({ record, thumbnail }: Analysis): Promise<MediaRecord> {
    if (!thumbnail) return record;
    const type = 'image/jpeg';
    const file = { bytes: thumbnail, contentType: type, extension: 'jpg' };
    const { digest, path, size } = await this.#ctx.files.put(file);
    return { ...record, files: [{ digest, path, size, type }] };
  }
}

const NOT_ASKED = 'It was not asked for.';
const HOW_TO_SET_UP =
  'Set llmBaseUrl (SLUICE_LLM_BASE_URL) to an OpenAI-compatible endpoint, for recordings also transcriptionUrl.';

function withStep(record: MediaRecord, step: Step): MediaRecord {
  return { ...record, steps: [...record.steps, step] };
}
