import { randomOf } from '../sites/seed.ts';
import type { MediaFile } from './media-truth.ts';
import { moodOf, type SandboxText, textOf } from './text-bytes.ts';

const ENCODINGS = ['utf8', 'utf16le', 'utf8', 'html'] as const;

export function textFiles(seed: number, count: number): MediaFile[] {
  const texts = Array.from({ length: count }, (_, at) =>
    textFile(
      `text-${at}`,
      textOf(randomOf(seed, 'text', at), at),
      ENCODINGS[at % ENCODINGS.length],
    ),
  );
  const moods = (['positive', 'negative'] as const).map((mood) => textFile(mood, moodOf(mood)));
  return [...texts, ...moods];
}

function textFile(
  name: string,
  { text, ...truth }: SandboxText,
  encoding: (typeof ENCODINGS)[number] = 'utf8',
): MediaFile {
  const facts = { kind: 'text', format: 'text', mislabelled: false, text: truth } as const;
  if (encoding === 'utf16le') {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    return { name: `${name}.txt`, bytes, truth: facts };
  }
  if (encoding === 'utf8') return { name: `${name}.txt`, bytes: Buffer.from(text), truth: facts };
  const [body = '', foot = ''] = text.split('\n\n');
  const html = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${name}</title><style>p{color:red}</style></head><body><p>${body}</p><p>${foot}</p></body></html>`;
  return { name: `${name}.html`, bytes: Buffer.from(html), truth: facts };
}

/** What is nothing, or nothing that is known. */
export function oddFiles(): MediaFile[] {
  const noise = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 37) % 256));
  return [
    { name: 'noise.bin', bytes: noise, truth: { kind: 'other', format: 'unknown' } },
    {
      name: 'packed.txt',
      bytes: Buffer.from('504b0304140000000800', 'hex'),
      truth: { kind: 'other', format: 'zip', mislabelled: true },
    },
    { name: 'empty.txt', bytes: Buffer.alloc(0), truth: { kind: 'failed' } },
    { name: 'missing.wav', bytes: undefined, truth: { kind: 'failed' } },
  ];
}
