/** Compares what was found in a file with what is right. */
import type { TruthMedia } from '../../../sandbox/media/media-truth.ts';
import type { MediaRecord } from '../../collectors/media/media-record.ts';

export interface MediaVerdict {
  /** What was compared. */
  readonly checks: number;
  /** What is not as it should be: a sentence each. */
  readonly wrong: readonly string[];
}

/** LU, seconds, steps of a colour. */
const LOUDNESS_OFF = 0.2;
const DURATION_OFF = 0.02;
const VOICE_OFF = 0.15;
const COLOUR_OFF = 24;

export interface Expectations {
  /** Whether an endpoint was set up, which answers as the sandbox does. */
  readonly models: boolean;
  readonly ocr: boolean;
}

/** `record`: undefined where the row failed. */
export function judgeMedia(
  truth: TruthMedia,
  record: MediaRecord | undefined,
  expect: Expectations,
): MediaVerdict {
  const list = new Checks(truth.file);
  list.equal('failed', record === undefined, truth.kind === 'failed');
  if (record === undefined || truth.kind === 'failed') return list;
  list.equal('kind', record.kind, truth.kind);
  list.equal('format', record.format, truth.format);
  if (truth.mislabelled !== undefined) {
    list.equal('mislabelled', record.mislabelled, truth.mislabelled);
  }
  const failed = record.steps.filter(({ state }) => state === 'failed').map(({ step }) => step);
  list.equal('failed steps', failed.toSorted().join(), (truth.failed ?? []).toSorted().join());
  judgeAudio(list, truth, record, expect);
  judgeImage(list, truth, record, expect);
  judgeText(list, truth, record);
  return list;
}

class Checks implements MediaVerdict {
  checks = 0;
  readonly wrong: string[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  that(what: string, right: boolean, detail: string): void {
    this.checks += 1;
    if (!right) this.wrong.push(`${this.#file}: ${what} ${detail}`);
  }

  equal(what: string, found: unknown, right: unknown): void {
    this.that(what, found === right, `is ${String(found)}, not ${String(right)}`);
  }

  near(what: string, found: number | undefined, right: number, off: number): void {
    const isNear = found !== undefined && Math.abs(found - right) <= off;
    this.that(what, isNear, `is ${found}, not ${right}`);
  }
}

function judgeAudio(
  list: Checks,
  truth: TruthMedia,
  { audio, transcript }: MediaRecord,
  expect: Expectations,
) {
  if (!truth.audio) return;
  const { durationS, sampleRate, channels, loudnessLufs, voice } = truth.audio;
  list.near('duration', audio?.durationS, durationS, DURATION_OFF);
  list.equal('sample rate', audio?.sampleRate, sampleRate);
  list.equal('channels', audio?.channels, channels);
  if (loudnessLufs !== undefined) {
    list.near('loudness', audio?.loudnessLufs, loudnessLufs, LOUDNESS_OFF);
  }
  if (voice) {
    list.equal('stretches of voice', audio?.voice?.length, voice.length);
    for (const [at, { start, end }] of voice.entries()) {
      list.near('a voice begins', audio?.voice?.[at]?.start, start, VOICE_OFF);
      list.near('a voice ends', audio?.voice?.[at]?.end, end, VOICE_OFF);
    }
  }
  if (expect.models) list.equal('transcript', transcript?.text, truth.audio.transcript);
  else list.equal('transcript', transcript, undefined);
}

function judgeImage(list: Checks, truth: TruthMedia, { image }: MediaRecord, expect: Expectations) {
  if (!truth.image) return;
  const { width, height, colour, words, make, caption } = truth.image;
  list.equal('width', image?.width, width);
  list.equal('height', image?.height, height);
  if (make !== undefined) list.equal('camera', image?.exif?.make, make);
  if (colour !== '' && truth.failed === undefined) {
    const found = image?.colours[0]?.colour ?? '';
    list.that('colour', isNearColour(found, colour), `is ${found}, not ${colour}`);
  }
  if (words && expect.ocr) {
    const read = (image?.words ?? '').toUpperCase().split(/[^A-Z]+/);
    for (const word of words) list.that('text', read.includes(word), `lacks ${word}`);
  }
  if (caption !== undefined && expect.models) list.equal('caption', image?.caption, caption);
}

function judgeText(list: Checks, truth: TruthMedia, { text }: MediaRecord) {
  if (!truth.text) return;
  const { language, topic, emails, dates, urls, sentiment } = truth.text;
  list.equal('language', text?.language, language);
  const keywords = text?.keywords.map(({ word }) => word) ?? [];
  list.that('keywords', keywords.includes(topic), `lack ${topic}: ${keywords.join(', ')}`);
  list.equal('e-mail', text?.entities.emails.join(), emails.join());
  list.equal('date', text?.entities.dates.join(), dates.join());
  list.equal('address', text?.entities.urls.join(), urls.join());
  if (sentiment !== undefined) list.equal('sentiment', text?.sentiment?.label, sentiment);
}

function isNearColour(a: string, b: string): boolean {
  const channels = (hex: string) =>
    [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const [first, second] = [channels(a), channels(b)];
  return first.every((value, at) => Math.abs(value - (second[at] as number)) <= COLOUR_OFF);
}

/**
 * Pictures that look alike, as groups: those that name each other, on either side, are one. Pairs
 * of a group of the truth that were not found, and pairs found over its borders.
 */
export function judgeGroups(
  rows: readonly { readonly truth: TruthMedia; readonly record: MediaRecord | undefined }[],
): { readonly missed: number; readonly invented: number; readonly pairs: number } {
  const groups = new Map<string, string>();
  for (const { truth, record } of rows) {
    if (record) groups.set(record.digest, truth.image?.group ?? record.digest);
  }
  const found = new Set<string>();
  for (const { record } of rows) {
    for (const { digest } of record?.image?.similar ?? []) {
      found.add([record?.digest, digest].toSorted().join());
    }
  }
  const digests = [...groups.keys()];
  const right = new Set<string>();
  for (const [at, a] of digests.entries()) {
    for (const b of digests.slice(at + 1)) {
      if (groups.get(a) === groups.get(b)) right.add([a, b].toSorted().join());
    }
  }
  const missed = right.difference(found).size;
  return { missed, invented: found.difference(right).size, pairs: right.size };
}
