/**
 * Values as Postgres takes them. Long JSON texts go as one text that the server cuts up: what the
 * driver does to an array of texts (quoting each) costs more than the insert of their rows.
 */
import { hash } from 'node:crypto';

/** Between the JSON texts of one task; control characters stand in no JSON text. */
const RECORD_END = '\u001e';
/** Between the texts of several rows. In SQL: `chr(31)`. */
const ROW_END = '\u001f';

/** An array literal; undefined and null become NULL. */
export function numbers(values: readonly (number | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

/** For `texts('$n')` in SQL. None of them is empty, as no JSON text is. */
export function jsonTexts(values: readonly (string | null | undefined)[]): string {
  return values.map((value) => value ?? '').join(ROW_END);
}

/** What `jsonTexts` has joined, none of it missing. */
export function splitRows(joined: string): readonly string[] {
  return joined.split(ROW_END);
}

/** SQL that makes an array of such a parameter, with NULL where there is no text. */
export function texts(parameter: string): string {
  return `string_to_array(${parameter}, chr(31), '')`;
}

export function joinRecords(records: readonly string[]): string {
  return records.join(RECORD_END);
}

export function splitRecords(joined: string): readonly string[] {
  return joined.split(RECORD_END);
}

/** Half of a SHA-256 as a uuid: nobody can write two texts that share it. */
export function digest(text: string): string {
  const hex = hash('sha256', text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

const ESCAPE = '\u001a';
const UNSAFE = /[\u0000\u001a\ud800-\udfff]/u;
const UNSAFE_ALL = /[\u0000\u001a\ud800-\udfff]/gu;
const ESCAPED = /\u001a([0-9a-f]{4})/g;

/** Any name as Postgres can hold it: no text there has U+0000 or half a surrogate pair. */
export function toName(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(UNSAFE_ALL, (unit) => {
    const code = (unit.codePointAt(0) as number).toString(16).padStart(4, '0');
    return ESCAPE + code;
  });
}

export function fromName(name: string): string {
  if (!name.includes(ESCAPE)) return name;
  return name.replace(ESCAPED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The first text behind all that begin with `prefix`, in the order of UTF-8; undefined = none. */
export function successor(prefix: string): string | undefined {
  const points = [...prefix].map((each) => each.codePointAt(0) as number);
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    // Surrogates are no characters.
    const next = point === 0xd7ff ? 0xe000 : point + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return undefined;
}
