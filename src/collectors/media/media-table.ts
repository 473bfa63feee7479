import type { ResultTable } from '../collector.ts';
import type { MediaRecord } from './media-record.ts';

const COLUMNS = [
  'kind',
  'format',
  'size',
  'digest',
  'mislabelled',
  'same_as',
  'duration_s',
  'loudness_lufs',
  'voice_s',
  'width',
  'height',
  'colours',
  'similar',
  'thumbnail',
  'caption',
  'words_in_picture',
  'language',
  'words',
  'keywords',
  'summary',
  'sentiment',
  'transcript',
  'translation',
  'not_done',
  'details',
] as const;
type Column = (typeof COLUMNS)[number];

/** Several values in one cell are separated by `; `. `details` holds the whole record. */
export const mediaTable: ResultTable<MediaRecord> = {
  columns: () => COLUMNS,
  cells([record]) {
    if (!record) return COLUMNS.map(() => '');
    const cells = cellsOf(record);
    return COLUMNS.map((column) => String(cells[column] ?? ''));
  },
};

function cellsOf(record: MediaRecord): Partial<Record<Column, string | number | boolean>> {
  const { audio, image, text, steps } = record;
  const notDone = steps.filter(({ state }) => state !== 'done');
  return {
    kind: record.kind,
    format: record.format,
    size: record.size,
    digest: record.digest,
    mislabelled: record.mislabelled,
    same_as: record.sameAs,
    duration_s: audio?.durationS,
    loudness_lufs: audio?.loudnessLufs,
    voice_s: audio?.voiceS,
    width: image?.width,
    height: image?.height,
    colours: image?.colours.map(({ colour }) => colour).join('; '),
    similar: image?.similar?.map(({ file }) => file).join('; '),
    thumbnail: record.files?.[0]?.path,
    caption: image?.caption,
    words_in_picture: image?.words,
    language: text?.language,
    words: text?.words,
    keywords: text?.keywords.map(({ word }) => word).join('; '),
    summary: text?.summary,
    sentiment: text?.sentiment?.label,
    transcript: record.transcript?.text,
    translation: record.translation?.text,
    not_done: notDone.map(({ step, state }) => `${step}: ${state}`).join('; '),
    details: JSON.stringify(record),
  } as Partial<Record<Column, string | number | boolean>>;
}
