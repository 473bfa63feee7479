/**
 * A spreadsheet runs a cell that begins like a formula, also one that a stranger's website put
 * there. A leading apostrophe makes it text. What begins a formula: = + - @ and their full-width
 * forms, tab and CR, also after spaces and invisible characters, which some programs drop.
 *
 * Left alone: a sign followed by digits and their punctuation only, because that can call nothing:
 * negative numbers (-12.5) and phone numbers (+49 30 901820, which a spreadsheet may show as a
 * number). The check covers whole cells: with a separator other than the file's own, a spreadsheet
 * sees other cells.
 */
const FORMULA_START = /^[\s\p{Cf}\p{Zs}\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r]/u;
const SIGNED_NUMBER = /^[+-](?=.*\d)[\d\s().,/-]*$/;

export function safeCell(text: string): string {
  return FORMULA_START.test(text) && !SIGNED_NUMBER.test(text) ? `'${text}` : text;
}
