/**
 * Reads the strings that a small inline script puts together: concatenations, `fromCharCode`,
 * `atob`, `unescape`, joins, reversals and variables that hold such strings. It runs nothing: it
 * is a reader of expressions that moves forward over the source once and gives up on what it does
 * not know.
 */
import { codeAt } from './code-at.ts';
import { decodeBase64, decodePercent, decodeTypo3, reversed, rot13 } from './email-decoders.ts';

const VALUES_MAX = 200;
const STRING_CHARS_MAX = 4_096;
const VARIABLES_MAX = 500;
const DEPTH_MAX = 16;
const ITEMS_MAX = 512;

type Value = string | number | Value[] | undefined;

export interface ScriptString {
  readonly text: string;
  /** Put together or decoded by the script, not written in it as it is. */
  readonly built: boolean;
}

/** Strings of the script that hold an `@` or a word for it. */
export function readScriptStrings(source: string): ScriptString[] {
  return new ScriptReader(source).read();
}

class ScriptReader {
  readonly #source: string;
  readonly #variables = new Map<string, Value>();
  readonly #found: ScriptString[] = [];
  #at = 0;
  #depth = 0;
  /** Inside a call that writes to the page. */
  #writing = 0;
  /** The expression being read called something or joined something. */
  #built = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): ScriptString[] {
    while (this.#at < this.#source.length && this.#found.length < VALUES_MAX) {
      const before = this.#at;
      this.#statement();
      if (this.#at === before) this.#at++;
    }
    return this.#found;
  }

  #statement(): void {
    this.#space();
    const name = this.#peekName();
    if (name === '') {
      this.#expression();
      return;
    }
    const start = this.#at;
    this.#at += name.length;
    this.#space();
    const rest = this.#source.slice(this.#at, this.#at + 2);
    if (rest[0] === '=' && rest[1] !== '=') {
      this.#at++;
      this.#assign(name, this.#expression());
    } else if (rest === '+=') {
      this.#at += 2;
      const added = this.#expression();
      this.#assign(name, joined(this.#variables.get(name), added));
      const whole = this.#variables.get(name);
      if (typeof whole === 'string') this.#keep(whole, true);
    } else if (name === 'var' || name === 'let' || name === 'const' || name === 'return') {
      return;
    } else {
      this.#at = start;
      this.#expression();
    }
  }

  #assign(name: string, value: Value): void {
    if (this.#variables.size < VARIABLES_MAX || this.#variables.has(name)) {
      this.#variables.set(name, value);
    }
  }

  /** Terms joined by `+`; undefined where one of them is not known. */
  #expression(): Value {
    if (++this.#depth > DEPTH_MAX) {
      this.#depth--;
      return undefined;
    }
    const builtBefore = this.#built;
    this.#built = false;
    let whole = this.#term();
    let piece = whole;
    let known = whole !== undefined;
    this.#space();
    while (this.#source[this.#at] === '+' && this.#source[this.#at + 1] !== '=') {
      this.#at++;
      const term = this.#term();
      if (term === undefined) {
        this.#keepValue(piece);
        piece = undefined;
        known = false;
      } else {
        piece = piece === undefined ? term : joined(piece, term);
        this.#built = true;
      }
      whole = piece;
      this.#space();
    }
    this.#keepValue(piece);
    this.#built = builtBefore;
    this.#depth--;
    return known ? whole : undefined;
  }

  #term(): Value {
    this.#space();
    const code = codeAt(this.#source, this.#at);
    let value: Value;
    if (code === 34 || code === 39 || code === 96) value = this.#string(code);
    else if (code >= 48 && code <= 57) value = this.#number();
    else if (code === 40) {
      this.#at++;
      value = this.#list(41).at(-1);
    } else if (code === 91) {
      this.#at++;
      value = this.#list(93);
    } else value = this.#name();
    return this.#chain(value);
  }

  /** Comma-separated expressions up to the closing character. */
  #list(close: number): Value[] {
    const items: Value[] = [];
    while (this.#at < this.#source.length) {
      this.#space();
      const code = codeAt(this.#source, this.#at);
      if (code === close) {
        this.#at++;
        break;
      }
      if (code === 44) {
        this.#at++;
        continue;
      }
      // `;` or `}`: the list is broken, or this was no list.
      if (code === 59 || code === 125 || code === 123) break;
      const before = this.#at;
      const item = code === 47 ? this.#pattern() : this.#expression();
      if (items.length < ITEMS_MAX) items.push(item);
      if (this.#at === before) this.#at++;
    }
    return items;
  }

  #name(): Value {
    let name = this.#peekName();
    if (name === '') return undefined;
    this.#at += name.length;
    while (
      this.#source[this.#at] === '.' &&
      !CHAINED.test(this.#source.slice(this.#at, this.#at + 12))
    ) {
      this.#at++;
      const next = this.#peekName();
      if (next === '') break;
      name = next;
      this.#at += next.length;
    }
    this.#space();
    if (codeAt(this.#source, this.#at) !== 40) return this.#variables.get(name);
    this.#at++;
    const writes = /^(?:write|writeln|html|append|insertAdjacentHTML)$/.test(name);
    if (writes) this.#writing++;
    const args = this.#list(41);
    if (writes) this.#writing--;
    return this.#called(name, args);
  }

  #called(name: string, args: Value[]): Value {
    const first = args[0];
    if (name === 'fromCharCode' || name === 'fromCodePoint') {
      this.#built = true;
      return characters(args);
    }
    if (typeof first !== 'string') return undefined;
    const lower = name.toLowerCase();
    let decoded = '';
    if (lower === 'atob') decoded = decodeBase64(first);
    else if (lower === 'unescape' || lower.startsWith('decodeuri')) decoded = decodePercent(first);
    else if (lower.includes('rot13')) decoded = rot13(first);
    else if (lower.includes('crypt')) {
      decoded = decodeTypo3(first);
      if (decoded === '' && first.includes('@')) decoded = rot13(first);
      if (decoded !== '') this.#keep(decoded, true);
    }
    if (decoded !== '') this.#built = true;
    return decoded === '' ? undefined : decoded;
  }

  /** Methods and indexes behind a value. */
  #chain(from: Value): Value {
    let value = from;
    for (let links = 0; links < 16; links++) {
      const code = codeAt(this.#source, this.#at);
      if (code === 91 && value !== undefined) {
        this.#at++;
        const index = this.#list(93)[0];
        value = Array.isArray(value) && typeof index === 'number' ? value[index] : undefined;
        continue;
      }
      if (code !== 46) return value;
      this.#at++;
      const method = this.#peekName();
      this.#at += method.length;
      this.#space();
      if (codeAt(this.#source, this.#at) !== 40) return undefined;
      this.#at++;
      value = applied(value, method, this.#list(41));
      this.#built = true;
    }
    return undefined;
  }

  #string(quote: number): string {
    const source = this.#source;
    let out = '';
    let from = ++this.#at;
    let i = from;
    for (; i < source.length; i++) {
      const code = codeAt(source, i);
      if (code === quote) break;
      if (code === 10 && quote !== 96) break;
      if (code === 92) {
        out += source.slice(from, i);
        const read = readEscape(source, i + 1);
        out += read.text;
        if (read.hides) this.#built = true;
        i = read.end - 1;
        from = read.end;
      }
    }
    out += source.slice(from, i);
    this.#at = i + 1;
    return quote === 96 ? this.#filled(out) : out;
  }

  #filled(template: string): string {
    return template.replace(/\$\{\s*(\w{1,40})\s*\}/g, (hole, name) => {
      const value = this.#variables.get(name);
      return typeof value === 'string' ? value : hole;
    });
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#source)?.[0] ?? '0';
    this.#at += digits.length;
    return Number(digits);
  }

  /** A regular expression: only one that stands for plain characters is of use. */
  #pattern(): Value {
    PATTERN.lastIndex = this.#at;
    const match = PATTERN.exec(this.#source);
    if (match === null) {
      this.#at++;
      return undefined;
    }
    this.#at += match[0].length;
    const plain = match[1]!.replace(/\\([^\w])/g, '$1');
    return /^[\w\s@.\-[\](){}<>#]+$/.test(plain) ? plain : undefined;
  }

  #peekName(): string {
    NAME.lastIndex = this.#at;
    return NAME.exec(this.#source)?.[0] ?? '';
  }

  #space(): void {
    const source = this.#source;
    for (;;) {
      const code = codeAt(source, this.#at);
      if (code <= 32) this.#at++;
      else if (code === 47 && codeAt(source, this.#at + 1) === 47) {
        const line = source.indexOf('\n', this.#at);
        this.#at = line < 0 ? source.length : line + 1;
      } else if (code === 47 && codeAt(source, this.#at + 1) === 42) {
        const close = source.indexOf('*/', this.#at + 2);
        this.#at = close < 0 ? source.length : close + 2;
      } else return;
    }
  }

  #keepValue(value: Value): void {
    if (typeof value === 'string') this.#keep(value, this.#built);
  }

  #keep(text: string, built: boolean): void {
    if (this.#found.length >= VALUES_MAX || text.length < 6) return;
    if (SIGN.test(text)) this.#found.push({ text, built: built || this.#writing > 0 });
  }
}

/** The sign as itself, as a reference, or as a word in brackets. */
const SIGN = /@|&#64\b|&#x40\b|&commat;|[[({]\s?at\s?[\])}]/i;
const NAME = /[A-Za-z_$][\w$]{0,60}/y;
const NUMBER = /0[xX][\da-fA-F]{1,8}|\d{1,12}(?:\.\d{1,12})?/y;
const PATTERN = /\/((?:[^/\\\n]|\\.){1,40})\/[gimsuy]{0,4}/y;
const CHAINED = /^\.(?:join|split|reverse|replace|concat|toLowerCase|charAt)\b/;

function readEscape(source: string, at: number): { text: string; end: number; hides: boolean } {
  const letter = source[at] ?? '';
  const size = letter === 'x' ? 2 : letter === 'u' ? 4 : 0;
  if (size > 0) {
    const code = Number.parseInt(source.slice(at + 1, at + 1 + size), 16);
    return {
      text: Number.isNaN(code) ? '' : String.fromCharCode(code),
      end: at + 1 + size,
      hides: true,
    };
  }
  const octal = /^[0-7]{2,3}/.exec(source.slice(at, at + 3))?.[0];
  if (octal !== undefined) {
    return {
      text: String.fromCharCode(Number.parseInt(octal, 8)),
      end: at + octal.length,
      hides: true,
    };
  }
  return { text: 'nrt'.includes(letter) ? ' ' : letter, end: at + 1, hides: false };
}

function joined(left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (Array.isArray(left) || Array.isArray(right)) return undefined;
  return `${left}${right}`.slice(0, STRING_CHARS_MAX);
}

function characters(codes: readonly Value[]): string | undefined {
  let out = '';
  for (const code of codes) {
    if (typeof code !== 'number' || code < 0 || code > 0x10ffff) return undefined;
    out += String.fromCodePoint(Math.trunc(code));
  }
  return out;
}

function applied(value: Value, method: string, args: readonly Value[]): Value {
  const [first, second] = args;
  if (Array.isArray(value)) {
    if (method === 'reverse') return value.toReversed();
    if (method === 'join' && value.every((item) => typeof item === 'string')) {
      return value.join(typeof first === 'string' ? first : ',').slice(0, STRING_CHARS_MAX);
    }
    return undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (method === 'split' && typeof first === 'string') return value.split(first, ITEMS_MAX);
  if (method === 'replace' && typeof first === 'string' && typeof second === 'string') {
    return value.replaceAll(first, () => second).slice(0, STRING_CHARS_MAX);
  }
  if (method === 'concat') return args.reduce<Value>(joined, value);
  if (method === 'reverse') return reversed(value);
  return method === 'toLowerCase' ? value.toLowerCase() : undefined;
}
