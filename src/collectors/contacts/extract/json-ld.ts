/**
 * Reads the body of a JSON-LD script as people really write them: several values in a row, trailing
 * commas, comments, CDATA and HTML comment wrappers, raw line breaks in strings, entities.
 *
 * A body that is valid JSON costs one `JSON.parse`; only a broken one is repaired, in one pass that
 * is linear in its length. What cannot be repaired gives nothing: a page is never refused for it.
 */

/** Bodies beyond this many characters are ignored: real ones stay below a tenth of it. */
export const JSON_LD_CHARS_MAX = 262_144;
const VALUES_MAX = 64;

/** The top-level values of one script body; empty when nothing can be read. */
export function parseJsonLd(body: string): unknown[] {
  if (body.length > JSON_LD_CHARS_MAX) return [];
  const direct = tryParse(body);
  if (direct !== undefined) return [direct];
  let found = repairedValues(body);
  if (found.length === 0 && body.includes('&quot;')) found = repairedValues(unescapeEntities(body));
  return found;
}

/** Entities that a template engine leaves behind in JSON strings. */
export function unescapeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:quot|#34|#x22|apos|#0?39|#x27|lt|gt|nbsp|amp|#0?38);/gi, (entity) => {
    return ENTITIES[entity.toLowerCase()] ?? entity;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&#34;': '"',
  '&#x22;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#039;': "'",
  '&#x27;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&nbsp;': ' ',
  '&amp;': '&',
  '&#38;': '&',
  '&#038;': '&',
};

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function repairedValues(body: string): unknown[] {
  const values: unknown[] = [];
  for (const text of splitValues(body)) {
    const value = tryParse(text);
    if (value !== undefined) values.push(value);
    if (values.length >= VALUES_MAX) break;
  }
  return values;
}

/**
 * One pass that copies JSON, leaves out comments and trailing commas, escapes control characters in
 * strings, and cuts where the brackets of a top-level value close. Text between values is dropped.
 */
function* splitValues(body: string): Generator<string> {
  let out = '';
  let depth = 0;
  let at = 0;
  while (at < body.length) {
    const char = body[at]!;
    if (char === '"' && depth > 0) {
      const [text, next] = readString(body, at);
      out += text;
      at = next;
      continue;
    }
    if (char === '/' && (body[at + 1] === '*' || body[at + 1] === '/')) {
      at = skipComment(body, at);
      continue;
    }
    at++;
    if (char === '{' || char === '[') depth++;
    if (depth === 0) continue;
    if (char === ',' && closesNext(body, at)) continue;
    out += char;
    if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) {
        yield out;
        out = '';
      }
    }
  }
  if (depth > 0) yield out;
}

function readString(body: string, start: number): [string, number] {
  let out = '"';
  let at = start + 1;
  while (at < body.length) {
    const char = body[at]!;
    at++;
    if (char === '\\') {
      out += char + (body[at] ?? '');
      at++;
    } else if (char === '"') {
      return [`${out}"`, at];
    } else {
      out += char < ' ' ? ' ' : char;
    }
  }
  return [`${out}"`, at];
}

function skipComment(body: string, at: number): number {
  const block = body[at + 1] === '*';
  const end = block ? body.indexOf('*/', at + 2) : body.indexOf('\n', at);
  return end < 0 ? body.length : end + (block ? 2 : 1);
}

/** Whether only white space stands between `at` and a closing bracket (or another comma). */
function closesNext(body: string, at: number): boolean {
  for (let next = at; next < body.length && next < at + 200; next++) {
    const code = body.charCodeAt(next);
    if (code === 32 || (code >= 9 && code <= 13)) continue;
    return code === 125 || code === 93 || code === 44;
  }
  return false;
}
