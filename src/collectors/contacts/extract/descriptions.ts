import { foldSpace } from './fold-space.ts';
import type { FoundText } from './found.ts';
import type { PageView } from './page-view.ts';
import type { StructuredData } from './structured-data.ts';

/** What the site says it is, best first: its JSON-LD, the meta description, OpenGraph, Twitter. */

const CHARS_MIN = 15;
const CHARS_MAX = 1_000;
const META: readonly (readonly [name: string, confidence: number])[] = [
  ['description', 0.8],
  ['og:description', 0.75],
  ['twitter:description', 0.65],
  ['dc.description', 0.6],
];

/** Descriptions of the organisation or its page; equal ones once. */
export function findDescriptions(view: PageView, structured?: StructuredData): FoundText[] {
  const found: FoundText[] = [];
  const seen = new Set<string>();
  const add = (raw: string, method: string, confidence: number): void => {
    const value = foldSpace(raw.slice(0, CHARS_MAX * 2)).slice(0, CHARS_MAX);
    const key = value.toLowerCase();
    if (value.length < CHARS_MIN || !value.includes(' ') || seen.has(key)) return;
    seen.add(key);
    found.push({ value, method, confidence });
  };
  for (const one of structured?.descriptions ?? []) add(one.value, one.method, one.confidence);
  for (const [name, confidence] of META) {
    const value = view.meta.get(name);
    if (value !== undefined) add(value, name.startsWith('og:') ? 'opengraph' : 'meta', confidence);
  }
  return found.sort((one, other) => other.confidence - one.confidence);
}
