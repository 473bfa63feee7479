import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WavForm, wavBytes } from '../../../../sandbox/media/wav-bytes.ts';
import { seededRandom } from '../../../base/random.ts';
import { analyseAudio } from './audio.ts';
import { LoudnessMeter } from './loudness.ts';
import { readWav, WavError } from './wav.ts';

const MONO: WavForm = { sampleRate: 48_000, channels: 1, bits: 16 };

function sine(db: number, form: WavForm, seconds = 3, hertz = 997): Buffer {
  return wavBytes([{ kind: 'tone', seconds, hertz, db }], form, seededRandom(1));
}

describe('loudness', () => {
  // EBU Tech 3341, cases 1 and 2: a stereo sine of 1 kHz at -23 and at -33 dBFS a channel.
  for (const { db, channels, expected } of [
    { db: -23, channels: 2, expected: -23 },
    { db: -33, channels: 2, expected: -33 },
    { db: -20, channels: 1, expected: -23 },
  ]) {
    for (const sampleRate of [8_000, 44_100, 48_000]) {
      it(`is ${expected} for ${channels} × ${db} dBFS at ${sampleRate} Hz`, async () => {
        const { audio } = await analyseAudio(
          sine(db, { sampleRate, channels, bits: 16 }),
          'audio/wav',
        );
        assert.ok(Math.abs((audio.loudnessLufs ?? 0) - expected) <= 0.1, `${audio.loudnessLufs}`);
        assert.ok(Math.abs((audio.peakDb ?? 0) - db) <= 0.1);
      });
    }
  }

  it('leaves out what is far quieter than the rest (EBU Tech 3341, case 3)', () => {
    const meter = new LoudnessMeter(48_000, 2);
    for (const [db, seconds] of [
      [-36, 10],
      [-23, 60],
      [-36, 10],
    ] as const) {
      const frames = 48_000 * seconds;
      const gain = 10 ** (db / 20);
      const samples = Float32Array.from({ length: frames }, (_, i) => {
        return gain * Math.sin((2 * Math.PI * 1_000 * i) / 48_000);
      });
      meter.add([samples, samples], frames);
    }
    assert.ok(Math.abs((meter.integrated ?? 0) + 23) <= 0.1, `${meter.integrated}`);
  });

  it('has no number for silence, nor for less than a block', async () => {
    const silent = wavBytes([{ kind: 'silence', seconds: 1 }], MONO, seededRandom(1));
    assert.equal((await analyseAudio(silent, 'audio/wav')).audio.loudnessLufs, undefined);
    assert.equal(
      (await analyseAudio(sine(-20, MONO, 0.2), 'audio/wav')).audio.loudnessLufs,
      undefined,
    );
  });
});

describe('voice', () => {
  it('is where it rises and falls, not in tones, hiss and silence', async () => {
    const sounds = [
      { kind: 'silence', seconds: 0.5 },
      { kind: 'voice', seconds: 1, hertz: 140, db: -12 },
      { kind: 'silence', seconds: 1 },
      { kind: 'tone', seconds: 1, hertz: 440, db: -12 },
      { kind: 'silence', seconds: 1 },
      { kind: 'hiss', seconds: 1, db: -20 },
    ] as const;
    const { audio } = await analyseAudio(wavBytes(sounds, MONO, seededRandom(2)), 'audio/wav');
    assert.equal(audio.voice?.length, 1, JSON.stringify(audio.voice));
    assert.ok(Math.abs((audio.voice?.[0]?.start ?? 0) - 0.5) < 0.1);
    assert.ok(Math.abs((audio.voiceS ?? 0) - 1) < 0.15);
  });
});

describe('WAV', () => {
  it('is read in every width', () => {
    for (const bits of [8, 16, 24, 32] as const) {
      const wav = readWav(sine(-6, { ...MONO, bits }, 0.1, 480));
      const samples = new Float32Array(4_800);
      assert.equal(wav.read(0, [samples]), 4_800);
      const peak = Math.max(...samples);
      assert.ok(Math.abs(peak - 10 ** (-6 / 20)) < 0.01, `${bits} bits: ${peak}`);
    }
  });

  it('is refused with a reason, or read as far as it goes', () => {
    const whole = sine(-6, MONO, 0.1);
    const cases: [string, (bytes: Buffer) => Buffer, RegExp][] = [
      ['cut in its format', (bytes) => bytes.subarray(0, 30), /format/],
      ['without data', (bytes) => bytes.subarray(0, 36), /no data/],
      ['compressed', withNumber(20, 0x55), /compressed/],
      ['no channels', withNumber(22, 0), /0 channels/],
      ['no rate', withNumber(24, 0, 4), /0 Hz/],
    ];
    for (const [name, damage, reason] of cases) {
      const read = () => readWav(damage(Buffer.from(whole)));
      assert.throws(read, (error) => error instanceof WavError && reason.test(error.message), name);
    }
    const cut = readWav(whole.subarray(0, 44 + 96));
    assert.deepEqual([cut.frames, cut.truncated], [48, true]);
  });

  it('ends for chunks without end', () => {
    const bytes = Buffer.alloc(12 + 8 * 20_000);
    bytes.write('RIFF');
    bytes.write('WAVE', 8);
    assert.throws(() => readWav(bytes), WavError);
  });
});

it('damage in other formats costs the header, not the file', async () => {
  const noise = Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(300, 7)]);
  const { steps } = await analyseAudio(noise, 'audio/flac');
  assert.ok(steps.some(({ step, state }) => step === 'loudness' && state === 'skipped'));
});

/** Writes a number into a copy's header. */
function withNumber(at: number, value: number, width = 2) {
  return (bytes: Buffer) => {
    bytes.writeUIntLE(value, at, width);
    return bytes;
  };
}
