/**
 * A hash of what a picture looks like: 64 bits of its coarsest frequencies. Scaled, recompressed or
 * slightly retouched pictures differ in a few bits; rotated, mirrored or cropped ones in many.
 */

export const GRID = 32;
const LOW = 8;
/** Grey levels; flatter pictures have no shape to be told by. */
const SPREAD_MIN = 2;

/** Of 32 by 32 grey values; 16 hex digits. undefined: the picture is plain. */
export function perceptualHash(grey: ArrayLike<number>): string | undefined {
  if (deviation(grey) < SPREAD_MIN) return undefined;
  const low = lowFrequencies(grey);
  // The first is the mean brightness: no shape.
  const sorted = Float64Array.from(low.slice(1)).sort();
  const median = ((sorted[31] as number) + (sorted[30] as number)) / 2;
  let hash = 0n;
  for (const value of low) hash = (hash << 1n) | (value > median ? 1n : 0n);
  return (hash & (2n ** 63n - 1n)).toString(16).padStart(16, '0');
}

/** Bits that differ. */
export function hashDistance(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits > 0n; bits &= bits - 1n) count += 1;
  return count;
}

function deviation(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
}

/** The 8 by 8 lowest of the discrete cosine transform, row by row. */
function lowFrequencies(grey: ArrayLike<number>): number[] {
  const rows = new Float64Array(GRID * LOW);
  for (let y = 0; y < GRID; y += 1) {
    for (let u = 0; u < LOW; u += 1) {
      let sum = 0;
      for (let x = 0; x < GRID; x += 1) sum += (grey[y * GRID + x] as number) * cosine(u, x);
      rows[y * LOW + u] = sum;
    }
  }
  const low: number[] = [];
  for (let v = 0; v < LOW; v += 1) {
    for (let u = 0; u < LOW; u += 1) {
      let sum = 0;
      for (let y = 0; y < GRID; y += 1) sum += (rows[y * LOW + u] as number) * cosine(v, y);
      low.push(sum);
    }
  }
  return low;
}

const COSINES = Float64Array.from({ length: LOW * GRID }, (_, at) =>
  Math.cos((Math.floor(at / GRID) * (2 * (at % GRID) + 1) * Math.PI) / (2 * GRID)),
);

function cosine(frequency: number, place: number): number {
  return COSINES[frequency * GRID + place] as number;
}
