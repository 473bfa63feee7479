/** The colours that a picture is mostly made of. */
import type { ColourShare } from '../media-record.ts';

const COLOURS_MAX = 5;
/** Bits of each channel that tell one bucket from another. */
const BITS = 3;
/** Nearer colours are one, in steps of the three channels. */
const NEAR = 48;
const SHARE_MIN = 0.02;

interface Bucket {
  readonly sum: [number, number, number];
  count: number;
}

/** Of pixels as red, green, blue bytes in a row. */
export function dominantColours(rgb: Uint8Array): ColourShare[] {
  const buckets = new Map<number, Bucket>();
  const pixels = Math.floor(rgb.length / 3);
  for (let at = 0; at < pixels * 3; at += 3) {
    const [r, g, b] = [rgb[at], rgb[at + 1], rgb[at + 2]] as [number, number, number];
    const shift = 8 - BITS;
    const key = ((r >> shift) << (2 * BITS)) | ((g >> shift) << BITS) | (b >> shift);
    const bucket = buckets.get(key) ?? { sum: [0, 0, 0], count: 0 };
    bucket.sum[0] += r;
    bucket.sum[1] += g;
    bucket.sum[2] += b;
    bucket.count += 1;
    buckets.set(key, bucket);
  }
  const merged: Bucket[] = [];
  for (const bucket of [...buckets.values()].toSorted((a, b) => b.count - a.count)) {
    const near = merged.find((other) => distance(meanOf(other), meanOf(bucket)) < NEAR);
    if (!near) {
      merged.push(bucket);
      continue;
    }
    for (const channel of [0, 1, 2] as const) near.sum[channel] += bucket.sum[channel];
    near.count += bucket.count;
  }
  return merged
    .toSorted((a, b) => b.count - a.count)
    .map((bucket) => ({ colour: hex(meanOf(bucket)), share: round(bucket.count / pixels) }))
    .filter(({ share }) => share >= SHARE_MIN)
    .slice(0, COLOURS_MAX);
}

function meanOf({ sum, count }: Bucket): [number, number, number] {
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, at) => value - (b[at] as number)));
}

function hex(colour: readonly number[]): string {
  return `#${colour.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

function round(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
