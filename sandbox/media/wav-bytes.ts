/** WAV files of known content: tones, silence, hiss, and bursts that rise and fall as speech does. */
import type { Random } from '../../src/base/random.ts';

export type Sound =
  | { readonly kind: 'silence'; readonly seconds: number }
  /** `db`: of full scale, at its peak. */
  | { readonly kind: 'tone'; readonly seconds: number; readonly hertz: number; readonly db: number }
  | {
      readonly kind: 'voice';
      readonly seconds: number;
      readonly hertz: number;
      readonly db: number;
    }
  | { readonly kind: 'hiss'; readonly seconds: number; readonly db: number };

export interface WavForm {
  readonly sampleRate: number;
  readonly channels: number;
  /** 8, 16 and 24 are whole numbers, 32 are floating. */
  readonly bits: 8 | 16 | 24 | 32;
}

/** Under everything, so that no pause is digitally silent. */
const ROOM_DB = -75;
const SYLLABLES_A_SECOND = 4;
const HARMONICS = [1, 0.8, 0.6, 0.7, 0.35, 0.3, 0.15, 0.1];
const HARMONIC_SUM = HARMONICS.reduce((sum, value) => sum + value, 0);

export function wavBytes(sounds: readonly Sound[], form: WavForm, random: Random): Buffer {
  const { sampleRate, channels, bits } = form;
  const width = bits / 8;
  const frames = sounds.reduce((sum, { seconds }) => sum + Math.round(seconds * sampleRate), 0);
  const dataBytes = frames * channels * width;
  const bytes = Buffer.alloc(44 + dataBytes + (dataBytes & 1));
  writeHeader(bytes, form, dataBytes);
  let at = 44;
  for (const sound of sounds) {
    const count = Math.round(sound.seconds * sampleRate);
    for (let i = 0; i < count; i += 1) {
      const value = sampleAt(sound, i / sampleRate, random);
      for (let channel = 0; channel < channels; channel += 1, at += width) {
        writeSample(bytes, at, value, bits);
      }
    }
  }
  return bytes;
}

function sampleAt(sound: Sound, t: number, random: Random): number {
  const noise = random.next() * 2 - 1;
  const room = noise * gain(ROOM_DB);
  switch (sound.kind) {
    case 'silence':
      return room;
    case 'tone':
      return gain(sound.db) * Math.sin(2 * Math.PI * sound.hertz * t);
    case 'hiss':
      return gain(sound.db) * noise;
    case 'voice': {
      const pitch = sound.hertz * (1 + 0.08 * Math.sin(2 * Math.PI * 0.7 * t));
      let sum = 0;
      for (const [k, weight] of HARMONICS.entries()) {
        sum += weight * Math.sin(2 * Math.PI * pitch * (k + 1) * t);
      }
      const syllable = 0.15 + 0.85 * Math.abs(Math.sin(Math.PI * SYLLABLES_A_SECOND * t));
      return room + (gain(sound.db) * syllable * sum) / HARMONIC_SUM;
    }
  }
}

function gain(db: number): number {
  return 10 ** (db / 20);
}

function writeHeader(bytes: Buffer, { sampleRate, channels, bits }: WavForm, dataBytes: number) {
  const frameBytes = (channels * bits) / 8;
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + dataBytes, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(bits === 32 ? 3 : 1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * frameBytes, 28);
  bytes.writeUInt16LE(frameBytes, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(dataBytes, 40);
}

function writeSample(bytes: Buffer, at: number, value: number, bits: WavForm['bits']): void {
  if (bits === 8) bytes.writeUInt8(Math.round(value * 127) + 128, at);
  else if (bits === 16) bytes.writeInt16LE(Math.round(value * 32_767), at);
  else if (bits === 24) bytes.writeIntLE(Math.round(value * 8_388_607), at, 3);
  else bytes.writeFloatLE(value, at);
}
