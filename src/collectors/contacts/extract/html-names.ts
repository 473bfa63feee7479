/**
 * Tag and attribute names, recognised by a rolling hash of their lower-case letters. The scanner
 * reads a name once, letter by letter, and never makes a string of it: most tags of a page say
 * nothing here.
 */

/** Folds one character code of a name into its hash; ASCII letters count as lower case. */
export function hashNext(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code >= 65 && code <= 90 ? code + 32 : code)) | 0;
}

export function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = hashNext(hash, name.charCodeAt(i));
  return hash;
}

/** Small numbers by hash, found by a look or two at two arrays. */
class HashTable {
  readonly #keys = new Int32Array(HASH_SLOTS);
  readonly #values = new Int16Array(HASH_SLOTS).fill(-1);

  set(hash: number, value: number): void {
    let at = slotFor(hash);
    while (this.#values[at] !== -1 && this.#keys[at] !== hash) at = (at + 1) & (HASH_SLOTS - 1);
    this.#keys[at] = hash;
    this.#values[at] = value;
  }

  /** The value of a hash, or -1. */
  get(hash: number): number {
    let at = slotFor(hash);
    for (;;) {
      const value = this.#values[at]!;
      if (value === -1 || this.#keys[at] === hash) return value;
      at = (at + 1) & (HASH_SLOTS - 1);
    }
  }
}

/** A power of two, several times the number of names. */
const HASH_SLOTS = 1024;

function slotFor(hash: number): number {
  return (hash ^ (hash >>> 10)) & (HASH_SLOTS - 1);
}

/** What a tag does to the text around it, as bits. */
export const TAG = {
  block: 1,
  cell: 2,
  void: 4,
  /** Its content is not markup and not visible: skipped up to the end tag. */
  raw: 8,
  /** Its content is markup but not visible text. */
  unseen: 16,
  /** Ends an open `p`, `li` and so on of its own kind when it opens. */
  sibling: 32,
  space: 64,
  inline: 128,
  /** A mark whatever its attributes are. */
  mark: 256,
} as const;

const KINDS: readonly (readonly [bits: number, names: string])[] = [
  [
    TAG.block,
    'article aside blockquote body center dialog dir div dl fieldset figcaption figure form h2 h3 h4 ' +
      'h5 h6 header hgroup html legend main menu nav ol pre search section table tbody tfoot thead ' +
      'ul details summary caption head frameset noframes optgroup option',
  ],
  [TAG.block | TAG.sibling, 'p li dt dd tr'],
  [TAG.block | TAG.mark, 'address footer h1'],
  [TAG.cell | TAG.sibling, 'td th'],
  [TAG.block | TAG.void, 'br hr'],
  [TAG.void, 'area base col embed frame img link meta param source track wbr bgsound basefont'],
  [TAG.void | TAG.space, 'input'],
  [TAG.raw, 'script style textarea iframe noembed xmp title'],
  [TAG.unseen, 'template svg math datalist select'],
  [TAG.space, 'button'],
  [TAG.inline, 'span b i em strong small font bdo bdi u s tt code label sup sub a noscript'],
  [TAG.inline | TAG.mark, 'time'],
];

const BITS = new HashTable();
for (const [bits, names] of KINDS) {
  for (const name of names.split(' ')) BITS.set(hashName(name), bits);
}

/** The bits of a tag by the hash of its name; -1 for a tag that HTML does not know. */
export function tagBits(hash: number): number {
  return BITS.get(hash);
}

/** Attributes that are kept, by slot; at most 31, for a mask in one small integer. */
export const ATTRIBUTES = [
  'href',
  'class',
  'id',
  'style',
  'hidden',
  'itemprop',
  'itemtype',
  'itemscope',
  'content',
  'datetime',
  'rel',
  'type',
  'lang',
  'name',
  'property',
  'http-equiv',
  'title',
  'alt',
  'aria-label',
  'dir',
  'typeof',
  'value',
  'onclick',
  'src',
  'itemid',
  'xml:lang',
  'xlink:href',
  'itemref',
] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];

const SLOTS = new HashTable();
for (const [slot, name] of ATTRIBUTES.entries()) SLOTS.set(hashName(name), slot);

/** The slot of an attribute by hash and length of its name, or -1. */
export function attributeSlot(hash: number, length: number): number {
  const slot = SLOTS.get(hash);
  return slot >= 0 && ATTRIBUTES[slot]!.length === length ? slot : -1;
}
