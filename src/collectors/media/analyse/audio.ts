/** What can be told of a recording without understanding a word of it. */
import { parseBuffer } from 'music-metadata';
import type { AudioFacts, Step } from '../media-record.ts';
import { LoudnessMeter } from './loudness.ts';
import { type Stretch, VoiceMeter } from './voice.ts';
import { readWav, type Wav, WavError } from './wav.ts';

export interface AudioResult {
  readonly audio: AudioFacts;
  readonly steps: readonly Step[];
}

const BLOCK_FRAMES = 16_384;

export async function analyseAudio(bytes: Uint8Array, type: string): Promise<AudioResult> {
  const steps: Step[] = [];
  const wav = type === 'audio/wav' ? tryWav(bytes, steps) : undefined;
  const header = await readHeader(bytes, type, steps);
  if (!wav) {
    if (type !== 'audio/wav') {
      const why = 'Only WAV is decoded here: convert the file to WAV to have it measured.';
      steps.push({ step: 'loudness', state: 'skipped', why });
      steps.push({ step: 'voice', state: 'skipped', why });
    }
    return { audio: header, steps };
  }
  if (wav.truncated) {
    steps.push({ step: 'data', state: 'failed', why: 'The file ends before its data do.' });
  }
  const measured = measure(wav);
  steps.push({ step: 'loudness', state: 'done' }, { step: 'voice', state: 'done' });
  const { sampleRate, channels, bitsPerSample, frames } = wav;
  const durationS = frames / sampleRate;
  const codec = wav.isFloat ? 'PCM float' : 'PCM';
  const known = { sampleRate, channels, bitsPerSample, codec, durationS: round(durationS) };
  return { audio: { ...header, ...known, ...measured }, steps };
}

function tryWav(bytes: Uint8Array, steps: Step[]): Wav | undefined {
  try {
    return readWav(bytes);
  } catch (error) {
    if (!(error instanceof WavError)) throw error;
    steps.push({ step: 'loudness', state: 'failed', why: error.message });
    return undefined;
  }
}

async function readHeader(bytes: Uint8Array, mimeType: string, steps: Step[]): Promise<AudioFacts> {
  try {
    const options = { duration: true, skipCovers: true };
    const { format, common } = await parseBuffer(bytes, { mimeType }, options);
    steps.push({ step: 'metadata', state: 'done' });
    return {
      container: format.container ?? '',
      codec: format.codec ?? '',
      durationS: round(format.duration ?? 0),
      sampleRate: format.sampleRate ?? 0,
      channels: format.numberOfChannels ?? 0,
      bitsPerSample: format.bitsPerSample ?? 0,
      bitrate: Math.round(format.bitrate ?? 0),
      title: text(common.title),
      artist: text(common.artist),
      album: text(common.album),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    steps.push({ step: 'metadata', state: 'failed', why: `It cannot be read: ${text(detail)}` });
    return {
      ...{ container: '', codec: '', durationS: 0, sampleRate: 0, channels: 0 },
      ...{ bitsPerSample: 0, bitrate: 0, title: '', artist: '', album: '' },
    };
  }
}

interface Measured {
  readonly loudnessLufs?: number;
  readonly peakDb?: number;
  readonly voiceS: number;
  readonly voice: Stretch[];
}

function measure(wav: Wav): Measured {
  const loudness = new LoudnessMeter(wav.sampleRate, wav.channels);
  const voice = new VoiceMeter(wav.sampleRate);
  const block = Array.from({ length: wav.channels }, () => new Float32Array(BLOCK_FRAMES));
  const mono = new Float32Array(BLOCK_FRAMES);
  for (let at = 0; at < wav.frames; at += BLOCK_FRAMES) {
    const frames = wav.read(at, block);
    loudness.add(block, frames);
    voice.add(mixed(block, frames, mono), frames);
  }
  const { integrated, peak } = loudness;
  const { stretches } = voice;
  return {
    ...(integrated === undefined ? {} : { loudnessLufs: round(integrated, 10) }),
    ...(peak === undefined ? {} : { peakDb: round(peak, 10) }),
    voiceS: round(stretches.reduce((sum, { start, end }) => sum + end - start, 0)),
    voice: [...stretches],
  };
}

function mixed(block: readonly Float32Array[], frames: number, into: Float32Array): Float32Array {
  const [first] = block;
  if (block.length === 1 && first) return first;
  for (let i = 0; i < frames; i += 1) {
    let sum = 0;
    for (const channel of block) sum += channel[i] as number;
    into[i] = sum / block.length;
  }
  return into;
}

function round(value: number, steps = 1_000): number {
  return Math.round(value * steps) / steps;
}

const TAG_CHARS_MAX = 500;

function text(value: string | undefined): string {
  return (value ?? '').slice(0, TAG_CHARS_MAX).toWellFormed();
}
