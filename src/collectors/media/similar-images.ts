/**
 * Pictures of a tenant that look alike. A picture is kept under each of the eight bytes of its
 * hash: two hashes that differ in seven bits or fewer have at least one byte in common, so who
 * looks under its own eight bytes finds all that are near. A picture is looked for after it is
 * kept: of two that come at the same time, the later one finds the other.
 */
import type { Keep } from '../../model/kept.ts';
import type { KeptReads } from '../collector.ts';
import { hashDistance } from './analyse/perceptual-hash.ts';
import type { SimilarImage } from './media-record.ts';

export const IMAGES = 'media-images';

/** Bits that may differ: one fewer than there are bytes. */
export const DISTANCE_MAX = 7;
const BANDS = 8;
const SIMILAR_MAX = 20;

interface Known {
  readonly file: string;
  readonly hash: string;
}

export function keepImage(hash: string, digest: string, file: string): Keep[] {
  const value: Known = { file, hash };
  return bands(hash).map((band) => {
    return { collection: IMAGES, key: `${band}${digest}`, value, op: 'first' };
  });
}

export async function similarImages(
  kept: KeptReads,
  hash: string,
  digest: string,
): Promise<SimilarImage[]> {
  const found = new Map<string, SimilarImage>();
  for (const band of bands(hash)) {
    for (const [key, value] of await kept.list(IMAGES, band)) {
      const known = value as Known;
      const other = key.slice(band.length);
      const distance = hashDistance(hash, known.hash);
      if (other === digest || distance > DISTANCE_MAX) continue;
      found.set(other, { file: known.file, digest: other, distance });
    }
  }
  return [...found.values()]
    .toSorted((a, b) => a.distance - b.distance || (a.file < b.file ? -1 : 1))
    .slice(0, SIMILAR_MAX);
}

/** `3-c5-`: its place and the byte. */
function bands(hash: string): string[] {
  return Array.from({ length: BANDS }, (_, at) => `${at}-${hash.slice(2 * at, 2 * at + 2)}-`);
}
