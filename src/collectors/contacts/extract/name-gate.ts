/**
 * Whether an attribute that lists names may hold one of some: read from the page's units, without a
 * string of any. Generous: another name may pass as well.
 */
const PLACES = 1 << 10;
const START = 1;
const AMPERSAND = 38;
const SPACE = 32;

export class NameGate {
  /** Made for the first name: most pages have none. */
  #known: Uint8Array | undefined;

  add(name: string): void {
    let hash = START;
    for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
    this.#known ??= new Uint8Array(PLACES);
    this.#known[placeOf(hash)] = 1;
  }

  /** Looks in `[start, end)`; a reference, or a unit that is not ASCII, may stand for anything. */
  within(units: Uint16Array, start: number, end: number): boolean {
    const known = this.#known;
    if (known === undefined) return false;
    let hash = START;
    for (let i = start; i <= end; i++) {
      const unit = i < end ? units[i]! : SPACE;
      if (unit >= 128 || unit === AMPERSAND) return true;
      if (unit > SPACE) hash = (hash * 31 + unit) | 0;
      else {
        if (known[placeOf(hash)] === 1) return true;
        hash = START;
      }
    }
    return false;
  }
}

function placeOf(hash: number): number {
  return (hash ^ (hash >>> 10)) & (PLACES - 1);
}
