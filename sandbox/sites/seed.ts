/**
 * Seeds for parts of the sandbox. Every site, page and draw has a seed of its own, made from the
 * run's seed and the part's name, so a page is the same bytes whatever was rendered before it.
 */
import { type Random, seededRandom } from '../../src/base/random.ts';

/** A 32-bit seed from a seed and the name of a part (FNV-1a with a final mix). */
export function seedOf(seed: number, ...parts: readonly (string | number)[]): number {
  let hash = (2_166_136_261 ^ seed) >>> 0;
  for (const part of parts) {
    const text = String(part);
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
    }
    hash = Math.imul(hash ^ 0x1f, 16_777_619);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The generator of a part. */
export function randomOf(seed: number, ...parts: readonly (string | number)[]): Random {
  return seededRandom(seedOf(seed, ...parts));
}

/** Replaces each `#` by a digit and each `@` by a capital letter that postal codes allow. */
export function fillPattern(random: Random, pattern: string): string {
  const letters = 'ABDEFHJLNPRSTWXY';
  return pattern.replace(/[#@]/g, (mark) =>
    mark === '#'
      ? String(Math.floor(random.next() * 10))
      : (letters[Math.floor(random.next() * letters.length)] as string),
  );
}

/** `Müller & Söhne` to `mueller-soehne`: what such a firm would register. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[äöüßøåæłđ]/g, (letter) => FOLDED[letter] as string)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

const FOLDED: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  ø: 'o',
  å: 'a',
  æ: 'ae',
  ł: 'l',
  đ: 'd',
};
