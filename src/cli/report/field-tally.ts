/** What the values of each field of a job's records are like, in bounded memory. */

const FIELDS_MAX = 60;
const DEPTH_MAX = 2;
const DISTINCT_MAX = 200;
const VALUES_MAX = 50_000;
const TEXT_CHARS_MAX = 60;

export interface FieldTally {
  readonly name: string;
  /** Values that were there. */
  count: number;
  /** Times of each text, or of true and false; undefined: there are too many of them. */
  texts: Map<string, number> | undefined;
  /** The first of them. */
  readonly numbers: number[];
}

export class FieldTallies {
  readonly #fields = new Map<string, FieldTally>();

  /** A parsed record. */
  add(record: unknown): void {
    this.#walk(record, '', 1);
  }

  /** In the order in which they came. */
  get fields(): readonly FieldTally[] {
    return [...this.#fields.values()];
  }

  #walk(value: unknown, name: string, depth: number): void {
    if (Array.isArray(value)) {
      if (name !== '') this.#number(`${name} (how many)`, value.length);
      return;
    }
    if (typeof value === 'object' && value !== null) {
      if (depth > DEPTH_MAX) return;
      for (const [key, inner] of Object.entries(value)) {
        this.#walk(inner, name === '' ? key : `${name}.${key}`, depth + 1);
      }
      return;
    }
    if (typeof value === 'number') this.#number(name, value);
    else if (typeof value === 'boolean') this.#text(name, String(value));
    else if (typeof value === 'string' && value !== '') this.#text(name, value);
  }

  #number(name: string, value: number): void {
    const field = this.#field(name);
    if (!field) return;
    field.count += 1;
    if (field.numbers.length < VALUES_MAX) field.numbers.push(value);
  }

  #text(name: string, value: string): void {
    const field = this.#field(name);
    if (!field) return;
    field.count += 1;
    const key = value.slice(0, TEXT_CHARS_MAX).toWellFormed();
    field.texts?.set(key, (field.texts.get(key) ?? 0) + 1);
    if ((field.texts?.size ?? 0) > DISTINCT_MAX) field.texts = undefined;
  }

  #field(name: string): FieldTally | undefined {
    const known = this.#fields.get(name);
    if (known || this.#fields.size >= FIELDS_MAX) return known;
    const field: FieldTally = { name, count: 0, texts: new Map(), numbers: [] };
    this.#fields.set(name, field);
    return field;
  }
}
