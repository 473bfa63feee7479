import { transcriptOf } from '../openai/answers.ts';
import { randomOf } from '../sites/seed.ts';
import type { MediaFile } from './media-truth.ts';
import { type Sound, type WavForm, wavBytes } from './wav-bytes.ts';

const FORMS: readonly WavForm[] = [
  { sampleRate: 16_000, channels: 1, bits: 16 },
  { sampleRate: 44_100, channels: 2, bits: 16 },
  { sampleRate: 8_000, channels: 1, bits: 8 },
  { sampleRate: 48_000, channels: 2, bits: 24 },
  { sampleRate: 22_050, channels: 1, bits: 32 },
];

/** A recording of each form in turn: speech with pauses, then a tone of known loudness. */
export function audioFiles(seed: number, count: number): MediaFile[] {
  return Array.from({ length: count }, (_, at) => {
    const form = FORMS[at % FORMS.length] as WavForm;
    return Math.floor(at / FORMS.length) % 2 === 0 ? speech(seed, at, form) : tone(seed, at, form);
  });
}

function speech(seed: number, at: number, form: WavForm): MediaFile {
  const random = randomOf(seed, 'speech', at);
  const sounds: Sound[] = [];
  const voice: { start: number; end: number }[] = [];
  let t = 0;
  const add = (sound: Sound) => {
    sounds.push(sound);
    t += sound.seconds;
  };
  add({ kind: 'silence', seconds: 0.6 });
  for (let turn = 0; turn < 2; turn += 1) {
    const seconds = 0.8 + Math.round(random.next() * 10) / 10;
    voice.push({ start: t, end: t + seconds });
    add({ kind: 'voice', seconds, hertz: 110 + 90 * random.next(), db: -12 });
    add({ kind: 'silence', seconds: 0.7 });
  }
  return wavFile(`speech-${at}.wav`, sounds, form, seed, { durationS: t, voice });
}

function tone(seed: number, at: number, form: WavForm): MediaFile {
  const db = -10 - 3 * (at % 4);
  const sounds: Sound[] = [{ kind: 'tone', seconds: 2, hertz: 997, db }];
  // A sine of 997 Hz is 3.01 dB below its peak; a second channel doubles its power.
  const loudnessLufs = db - 3.01 + 10 * Math.log10(form.channels);
  return wavFile(`tone-${at}.wav`, sounds, form, seed, { durationS: 2, voice: [], loudnessLufs });
}

type Expected = Pick<
  NonNullable<MediaFile['truth']['audio']>,
  'durationS' | 'voice' | 'loudnessLufs'
>;

function wavFile(
  name: string,
  sounds: readonly Sound[],
  form: WavForm,
  seed: number,
  expected: Expected,
): MediaFile {
  const bytes = wavBytes(sounds, form, randomOf(seed, 'noise', name));
  const { sampleRate, channels } = form;
  const audio = { ...expected, sampleRate, channels, transcript: transcriptOf(bytes) };
  return { name, bytes, truth: { kind: 'audio', format: 'wav', mislabelled: false, audio } };
}

/** One that its recorder never finished, as one that a crash cut off. */
export function oddAudioFiles(seed: number): MediaFile[] {
  const form = FORMS[0] as WavForm;
  const sounds: Sound[] = [{ kind: 'tone', seconds: 1, hertz: 440, db: -20 }];
  const whole = wavBytes(sounds, form, randomOf(seed, 'odd'));
  const streamed = Buffer.from(whole);
  streamed.writeUInt32LE(0xffff_ffff, 4);
  streamed.writeUInt32LE(0xffff_ffff, 40);
  const cut = whole.subarray(0, 44 + 8_000);
  const facts = (bytes: Buffer, durationS: number) => ({
    kind: 'audio' as const,
    format: 'wav',
    audio: { durationS, sampleRate: 16_000, channels: 1, transcript: transcriptOf(bytes) },
  });
  return [
    { name: 'streamed.wav', bytes: streamed, truth: facts(streamed, 1) },
    { name: 'cut.wav', bytes: cut, truth: { ...facts(cut, 0.25), failed: ['data'] } },
    {
      name: 'song.mp3',
      bytes: whole,
      truth: { ...facts(whole, 1), mislabelled: true },
    },
    {
      name: 'head-only.wav',
      bytes: whole.subarray(0, 20),
      truth: { kind: 'audio', format: 'wav', failed: ['loudness'] },
    },
  ];
}
