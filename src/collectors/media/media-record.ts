/** What is told of a file. What was not done is told as well, with the reason and what to do. */
import { z } from 'zod';

const step = z.object({
  /** Such as `loudness`, `ocr`, `transcript`. */
  step: z.string(),
  state: z.enum(['done', 'skipped', 'failed']),
  why: z.string().optional(),
  /** What turns it on. */
  how: z.string().optional(),
});
export type Step = z.output<typeof step>;

const stretch = z.object({ start: z.number(), end: z.number() });

const audio = z.object({
  container: z.string(),
  codec: z.string(),
  /** Seconds. */
  durationS: z.number(),
  sampleRate: z.number(),
  channels: z.number(),
  bitsPerSample: z.number(),
  /** Bits a second. */
  bitrate: z.number().optional(),
  title: z.string(),
  artist: z.string(),
  album: z.string(),
  /** Integrated, EBU R 128; none where there is nothing to hear. */
  loudnessLufs: z.number().optional(),
  /** Highest sample, dB of full scale. */
  peakDb: z.number().optional(),
  /** Seconds in which somebody may be speaking, and where. */
  voiceS: z.number().optional(),
  voice: z.array(stretch).optional(),
});
export type AudioFacts = z.output<typeof audio>;

const colour = z.object({ colour: z.string(), share: z.number() });
export type ColourShare = z.output<typeof colour>;

const exif = z.object({
  make: z.string().optional(),
  model: z.string().optional(),
  software: z.string().optional(),
  lens: z.string().optional(),
  /** As the camera's clock said, ISO 8601. */
  taken: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
});
export type ExifFacts = z.output<typeof exif>;

const similar = z.object({
  file: z.string(),
  digest: z.string(),
  /** Bits of 64 in which the two look different. */
  distance: z.number(),
});
export type SimilarImage = z.output<typeof similar>;

const image = z.object({
  width: z.number(),
  height: z.number(),
  space: z.string(),
  alpha: z.boolean(),
  frames: z.number(),
  exif: exif.optional(),
  /** 16 hex digits; none for a picture without a shape. */
  perceptualHash: z.string().optional(),
  colours: z.array(colour),
  /** Words in the picture. */
  words: z.string().optional(),
  /** 0 to 100. */
  wordsConfidence: z.number().optional(),
  similar: z.array(similar).optional(),
  caption: z.string().optional(),
  tags: z.array(z.string()).optional(),
});
export type ImageFacts = z.output<typeof image>;

const keyword = z.object({ word: z.string(), count: z.number() });
export type Keyword = z.output<typeof keyword>;

const entities = z.object({
  emails: z.array(z.string()),
  urls: z.array(z.string()),
  /** ISO 8601. */
  dates: z.array(z.string()),
  numbers: z.array(z.string()),
});
export type Entities = z.output<typeof entities>;

const reading = z.object({
  minutes: z.number(),
  lix: z.number().optional(),
  /** 0 very hard, 100 very easy. */
  fleschEase: z.number().optional(),
});
export type Reading = z.output<typeof reading>;

const sentiment = z.object({
  label: z.enum(['positive', 'neutral', 'negative']),
  /** A word on average, -5 to 5. */
  score: z.number(),
});
export type Sentiment = z.output<typeof sentiment>;

const text = z.object({
  /** Such as `de`; '' where it cannot be told. */
  language: z.string(),
  charset: z.string(),
  chars: z.number(),
  words: z.number(),
  sentences: z.number(),
  keywords: z.array(keyword),
  summary: z.string(),
  entities,
  reading: reading.optional(),
  sentiment: sentiment.optional(),
});
export type TextFacts = z.output<typeof text>;

const segment = z.object({ start: z.number(), end: z.number(), text: z.string() });

const transcript = z.object({
  text: z.string(),
  /** As the endpoint names it. */
  language: z.string(),
  segments: z.array(segment),
  model: z.string(),
});
export type Transcript = z.output<typeof transcript>;

const translation = z.object({ to: z.string(), text: z.string(), model: z.string() });
export type Translation = z.output<typeof translation>;

const kept = z.object({
  digest: z.string(),
  path: z.string(),
  size: z.number(),
  type: z.string(),
});

export const mediaRecord = z.object({
  file: z.string(),
  kind: z.enum(['audio', 'image', 'text', 'other']),
  format: z.string(),
  type: z.string(),
  /** Bytes. */
  size: z.number(),
  /** SHA-256, hex. */
  digest: z.string(),
  /** The end of its name says that it is something else. */
  mislabelled: z.boolean(),
  /** The file of the tenant that has the same bytes and came first. */
  sameAs: z.string().optional(),
  audio: audio.optional(),
  image: image.optional(),
  /** Of a text, or of a transcript. */
  text: text.optional(),
  transcript: transcript.optional(),
  translation: translation.optional(),
  /** Thumbnails. */
  files: z.array(kept).optional(),
  steps: z.array(step),
});
export type MediaRecord = z.output<typeof mediaRecord>;
