/**
 * A table as a spreadsheet (XLSX), written as it comes. Text stands in its cell as text: whatever
 * it begins with, it is no formula. A sheet that is full is followed by a next one.
 */
import type { Cell, ColumnType, TableColumn, TableSink } from '../model/table.ts';
import type { Output } from './output.ts';
import { ZipStream } from './zip-stream.ts';

/** Lines of a sheet, with the names of the columns. */
export const SHEET_LINES_MAX = 1_048_576;
const CELL_CHARS_MAX = 32_767;
const BATCH_CHARS = 256 * 1_024;

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
/** Characters that XML cannot hold, and the form in which they would be written instead. */
const UNFIT = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_/g;

export class XlsxTable implements TableSink {
  readonly #columns: readonly TableColumn[];
  /** Names of the columns in the sheet: A, B, … AA. */
  readonly #letters: readonly string[];
  readonly #zip: ZipStream;
  readonly #linesMax: number;
  #lines = 0;
  #sheets = 0;
  /** Whether a sheet has been begun and not ended. */
  #open = false;
  #text: string[] = [];
  #chars = 0;

  constructor(columns: readonly TableColumn[], output: Output, linesMax = SHEET_LINES_MAX) {
    this.#columns = columns;
    this.#letters = columns.map((_, at) => letters(at));
    this.#zip = new ZipStream(output);
    this.#linesMax = linesMax;
  }

  /** A sheet has its end at a flush, so there is one before the next sheet. */
  get full(): boolean {
    return this.#chars >= BATCH_CHARS || this.#lines === this.#linesMax;
  }

  get bytes(): number {
    return this.#zip.bytes;
  }

  add(cells: readonly Cell[]): void {
    if (this.#lines === 0) this.#line(this.#columns.map(({ name }) => textCell(name)));
    this.#line(this.#columns.map(({ type }, at) => sheetCell(cells[at], type)));
  }

  async flush(): Promise<void> {
    if (this.#text.length === 0) return;
    if (!this.#open) await this.#beginSheet();
    await this.#zip.add(this.#text.join(''));
    this.#text = [];
    this.#chars = 0;
    if (this.#lines === this.#linesMax) await this.#endSheet();
  }

  async finish(): Promise<void> {
    if (this.#sheets === 0 && this.#lines === 0) {
      this.#line(this.#columns.map(({ name }) => textCell(name)));
    }
    await this.flush();
    if (this.#open) await this.#endSheet();
    const numbers = Array.from({ length: this.#sheets }, (_, at) => at + 1);
    await this.#part('xl/workbook.xml', workbook(numbers));
    await this.#part('xl/_rels/workbook.xml.rels', workbookRelations(numbers));
    await this.#part('_rels/.rels', RELATIONS);
    await this.#part('[Content_Types].xml', contentTypes(numbers));
    await this.#zip.finish();
  }

  async discard(): Promise<void> {
    this.#zip.discard();
  }

  #line(cells: readonly string[]): void {
    this.#lines += 1;
    const line = this.#lines;
    // Some readers want every row and cell to say where it is.
    const placed = cells.map((cell, at) => `<c r="${this.#letters[at]}${line}"${cell}`);
    const text = `<row r="${line}">${placed.join('')}</row>`;
    this.#text.push(text);
    this.#chars += text.length;
  }

  async #beginSheet(): Promise<void> {
    this.#open = true;
    this.#sheets += 1;
    await this.#zip.begin(`xl/worksheets/sheet${this.#sheets}.xml`);
    await this.#zip.add(`${XML}<worksheet xmlns="${MAIN}"><sheetData>`);
  }

  async #endSheet(): Promise<void> {
    await this.#zip.add('</sheetData></worksheet>');
    await this.#zip.end();
    this.#open = false;
    this.#lines = 0;
  }

  async #part(name: string, text: string): Promise<void> {
    await this.#zip.begin(name);
    await this.#zip.add(XML + text);
    await this.#zip.end();
  }
}

/** `A` for 0, `Z` for 25, `AA` for 26. */
function letters(at: number): string {
  const last = String.fromCharCode(65 + (at % 26));
  return at < 26 ? last : letters(Math.floor(at / 26) - 1) + last;
}

/** A cell behind its place: `/>`, or further attributes and what is in it. */
function sheetCell(cell: Cell, type: ColumnType): string {
  if (cell === undefined) return '/>';
  if (type === 'boolean') return ` t="b"><v>${cell ? 1 : 0}</v></c>`;
  if (typeof cell === 'number') return `><v>${cell}</v></c>`;
  return textCell(String(cell));
}

function textCell(text: string): string {
  const escaped = cut(text)
    .toWellFormed()
    .replace(UNFIT, (found) => {
      if (found.length > 1) return `_x005F${found}`;
      return `_x${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
  return ` t="inlineStr"><is><t xml:space="preserve">${escaped}</t></is></c>`;
}

/** What a spreadsheet takes of a text; the end says that there was more. */
function cut(text: string): string {
  return text.length <= CELL_CHARS_MAX ? text : `${text.slice(0, CELL_CHARS_MAX - 1)}…`;
}

const RELATIONS = relations([['rId1', 'officeDocument', 'xl/workbook.xml']]);

function relations(all: readonly (readonly [id: string, type: string, target: string])[]): string {
  const lines = all.map(
    ([id, type, target]) =>
      `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${PACKAGE}/relationships">${lines.join('')}</Relationships>`;
}

function workbookRelations(sheets: readonly number[]): string {
  return relations(
    sheets.map((n) => [`rId${n}`, 'worksheet', `worksheets/sheet${n}.xml`] as const),
  );
}

function workbook(sheets: readonly number[]): string {
  const lines = sheets.map((n) => `<sheet name="Results ${n}" sheetId="${n}" r:id="rId${n}"/>`);
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${lines.join('')}</sheets></workbook>`;
}

function contentTypes(sheets: readonly number[]): string {
  const part = (name: string, type: string) =>
    `<Override PartName="/xl/${name}.xml" ContentType="${TYPE}.${type}+xml"/>`;
  const parts = [
    part('workbook', 'sheet.main'),
    ...sheets.map((n) => part(`worksheets/sheet${n}`, 'worksheet')),
  ];
  return (
    `<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ' +
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${parts.join('')}</Types>`
  );
}
