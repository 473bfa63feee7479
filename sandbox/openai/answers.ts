/** What the stand-in says: made from what it was given, so that everybody can work it out. */
import { createHash } from 'node:crypto';

const WORDS = [
  ...['please', 'send', 'the', 'order', 'before', 'friday', 'because', 'our', 'customers', 'are'],
  ...['waiting', 'for', 'it', 'and', 'nobody', 'knows', 'where', 'those', 'boxes', 'went'],
];
const WORDS_A_TEXT = 12;

/** The words that are heard in a recording. */
export function transcriptOf(bytes: Uint8Array): string {
  const digest = createHash('sha256').update(bytes).digest();
  const words = Array.from(
    digest.subarray(0, WORDS_A_TEXT),
    (byte) => WORDS[byte % WORDS.length] as string,
  );
  const [first = ''] = words;
  return `${first.charAt(0).toUpperCase()}${words.join(' ').slice(1)}.`;
}

/** By hue: what somebody would call it. */
export function colourName([r, g, b]: readonly [number, number, number]): string {
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  if (high - low < 30) return high > 200 ? 'white' : high < 60 ? 'black' : 'grey';
  if (r === high) return g > 0.75 * r ? 'yellow' : g > 0.4 * r ? 'orange' : 'red';
  return g === high ? 'green' : 'blue';
}

export function captionOf(colour: string, width: number, height: number): string {
  const form = width > height ? 'wide' : width < height ? 'tall' : 'square';
  return `A ${form} picture that is mostly ${colour}.`;
}

/** Nobody would take it for a translation, and its original can be told. */
export function translationOf(text: string, to: string): string {
  return `[${to}] ${text}`;
}
