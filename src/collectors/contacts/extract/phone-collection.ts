/**
 * The numbers found so far, each once: a number that is written several times takes the best of
 * its sightings, and is a fax only where no sighting calls it a phone.
 */
import type { FoundPhone } from './found.ts';
import type { PhoneLabel } from './phone-labels.ts';

export interface PhoneSighting {
  readonly value: string;
  readonly extension: string;
  readonly label: PhoneLabel;
  readonly country: string;
  readonly raw: string;
  readonly method: string;
  readonly confidence: number;
  /** Place in the text, for the order. */
  readonly at: number;
}

interface Entry {
  best: PhoneSighting;
  at: number;
  fax: boolean;
  phone: boolean;
}

export class PhoneCollection {
  readonly #max: number;
  readonly #entries = new Map<string, Entry>();

  constructor(max: number) {
    this.#max = max;
  }

  add(sighting: PhoneSighting): void {
    const key =
      sighting.extension === '' ? sighting.value : `${sighting.value};${sighting.extension}`;
    const entry = this.#entries.get(key);
    const fax = sighting.label === 'fax';
    const phone = sighting.label === 'phone';
    if (entry === undefined) {
      if (this.#entries.size >= this.#max) return;
      this.#entries.set(key, { best: sighting, at: sighting.at, fax, phone });
      return;
    }
    if (sighting.confidence > entry.best.confidence) entry.best = sighting;
    entry.at = Math.min(entry.at, sighting.at);
    entry.fax ||= fax;
    entry.phone ||= phone;
  }

  list(): FoundPhone[] {
    const entries = [...this.#entries.values()].sort((a, b) => a.at - b.at);
    return entries.map(({ best, fax, phone }) => ({
      value: best.value,
      extension: best.extension,
      kind: fax && !phone ? 'fax' : 'phone',
      country: best.country,
      raw: best.raw,
      method: best.method,
      confidence: best.confidence,
    }));
  }
}
