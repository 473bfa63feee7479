/** PCM out of a WAV file, whatever its width; truncated data is taken as far as it goes. */

export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  readonly isFloat: boolean;
}

export interface Wav extends WavFormat {
  /** Samples of one channel. */
  readonly frames: number;
  /** The header promises more data than the file has. */
  readonly truncated: boolean;
  /** Copies frames from `start` on into one array a channel; how many there were. */
  read(start: number, into: readonly Float32Array[]): number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const CHUNKS_MAX = 10_000;
const CHANNELS_MAX = 32;
const RATE_MAX = 768_000;

/** Why a WAV file cannot be read: a sentence. */
export class WavError extends Error {}

/** Throws `WavError`. */
export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
  for (let at = 12, chunks = 0; at + 8 <= bytes.length; chunks += 1) {
    if (chunks > CHUNKS_MAX) throw new WavError('It has too many chunks.');
    const id = Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).toString('latin1');
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === 'fmt ') format = readFormat(view, start, size);
    if (id === 'data') {
      if (format === undefined) throw new WavError('Its data come before their format.');
      return openData(view, format, start, size);
    }
    at = start + size + (size & 1);
  }
  throw new WavError(format ? 'It has no data.' : 'It has no format.');
}

function readFormat(view: DataView, start: number, size: number): WavFormat {
  if (size < 16 || start + 16 > view.byteLength) throw new WavError('Its format is cut off.');
  let code = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const bitsPerSample = view.getUint16(start + 14, true);
  if (code === EXTENSIBLE && size >= 40 && start + 26 <= view.byteLength) {
    code = view.getUint16(start + 24, true);
  }
  const isFloat = code === FLOAT;
  const widths = isFloat ? [32, 64] : [8, 16, 24, 32];
  if ((code !== PCM && !isFloat) || !widths.includes(bitsPerSample)) {
    throw new WavError(`Its samples are compressed or unusual (format ${code}).`);
  }
  if (channels < 1 || channels > CHANNELS_MAX || sampleRate < 1 || sampleRate > RATE_MAX) {
    throw new WavError(`It claims ${channels} channels at ${sampleRate} Hz.`);
  }
  return { sampleRate, channels, bitsPerSample, isFloat };
}

function openData(view: DataView, format: WavFormat, start: number, size: number): Wav {
  const width = format.bitsPerSample / 8;
  const frameBytes = width * format.channels;
  const there = view.byteLength - start;
  // A recorder that was cut off, or wrote to a pipe, leaves 0 or the largest number.
  const streamed = size === 0 || size === 0xffff_ffff;
  const frames = Math.floor(Math.min(streamed ? there : size, there) / frameBytes);
  const sample = sampleReader(view, format);
  return {
    ...format,
    frames,
    truncated: !streamed && size > there,
    read(from, into) {
      const count = Math.max(0, Math.min(frames - from, into[0]?.length ?? 0));
      for (let channel = 0; channel < into.length; channel += 1) {
        const samples = into[channel] as Float32Array;
        let at = start + from * frameBytes + channel * width;
        for (let i = 0; i < count; i += 1, at += frameBytes) samples[i] = sample(at);
      }
      return count;
    },
  };
}

/** A sample between -1 and 1. */
function sampleReader(view: DataView, { isFloat, bitsPerSample }: WavFormat) {
  switch (bitsPerSample) {
    case 8:
      return (at: number) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (at: number) => view.getInt16(at, true) / 32_768;
    case 24:
      return (at: number) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608;
    case 64:
      return (at: number) => finite(view.getFloat64(at, true));
    default:
      return isFloat
        ? (at: number) => finite(view.getFloat32(at, true))
        : (at: number) => view.getInt32(at, true) / 2_147_483_648;
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
