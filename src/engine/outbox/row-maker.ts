/**
 * Makes rows of records. Columns are those of the collector's schema, and those that turn up;
 * a value that its column cannot hold widens it, for the rows before as well. So nothing is refused
 * and nothing is left out.
 */
import type { OutgoingColumn } from '../../model/outbox.ts';
import type { RecordField } from '../../model/record-file.ts';
import { type Cell, type ColumnType, commonType, type TableColumn } from '../../model/table.ts';
import { ID_COLUMN, VERSION_COLUMN } from '../../sinks/delivery-sink.ts';
import { recordFields } from '../record-fields.ts';

/** Properties beyond these share one column, as an object. */
const COLUMNS_MAX = 500;
const REST = 'sluice_rest';
const NAME_CHARS_MAX = 63;
/** What every destination reads alike. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

interface Column {
  readonly property: string;
  readonly name: string;
  type: ColumnType;
}

export class RowMaker {
  readonly #columns: Column[];
  readonly #byProperty: Map<string, number>;
  /** Whatever destination it is: some do not tell upper from lower case. */
  readonly #names = new Set([ID_COLUMN, VERSION_COLUMN, 'sluice_order', 'sluice_last']);
  #rows: Cell[][] = [];

  constructor(columns: readonly OutgoingColumn[]) {
    this.#columns = columns.map((column) => ({ ...column }));
    this.#byProperty = new Map(columns.map(({ property }, at) => [property, at]));
    for (const { name } of columns) this.#names.add(name.toLowerCase());
  }

  /** Columns that a schema names, where nothing is known yet. */
  begin(columns: readonly TableColumn[]): void {
    for (const { name, type } of columns.slice(0, COLUMNS_MAX)) this.#add(name, type);
  }

  /** Takes over the columns of a file; false, and nothing changed, where one has another type. */
  takeFile(fields: readonly RecordField[]): boolean {
    const added: [string, ColumnType][] = [];
    for (const field of fields) {
      const type = typeOfField(field);
      const at = this.#byProperty.get(field.property);
      if (at === undefined) added.push([field.property, type]);
      else if (this.#columns[at]?.type !== type) return false;
    }
    if (this.#columns.length + added.length > COLUMNS_MAX) return false;
    for (const [property, type] of added) this.#add(property, type);
    return true;
  }

  get columns(): readonly OutgoingColumn[] {
    return this.#columns.map((column) => ({ ...column }));
  }

  add(json: string): void {
    const fields = recordFields(JSON.parse(json));
    const row: Cell[] = [];
    this.#rows.push(row);
    let rest: Record<string, unknown> | undefined;
    for (const property of Object.keys(fields)) {
      const value = fields[property];
      if (value === null) continue;
      if (this.#byProperty.has(property) || this.#columns.length < COLUMNS_MAX) {
        this.#put(row, property, value);
      } else {
        rest = { ...rest, [property]: value };
      }
    }
    if (rest !== undefined) this.#put(row, REST, rest);
  }

  /** Takes the rows that were added, each with a cell for each column. */
  take(): readonly (readonly Cell[])[] {
    const rows = this.#rows;
    this.#rows = [];
    const width = this.#columns.length;
    for (const row of rows) {
      for (let at = row.length; at < width; at += 1) row.push(undefined);
    }
    return rows;
  }

  #put(row: Cell[], property: string, value: unknown): void {
    if (value === null || value === undefined) return;
    const found = typeOf(value);
    const at = this.#byProperty.get(property) ?? this.#add(property, found);
    const column = this.#columns[at] as Column;
    let cell: Cell = column.type === 'time' ? moment(value) : undefined;
    if (cell === undefined) {
      const type = commonType(column.type, found);
      if (type !== column.type) this.#widen(at, type);
      cell = cellOf(value, type);
    }
    // Cells before it that have no value are filled, so that rows stay plain lists.
    for (let i = row.length; i < at; i += 1) row.push(undefined);
    row[at] = cell;
  }

  #add(property: string, type: ColumnType): number {
    const at = this.#columns.length;
    this.#columns.push({ property, name: this.#nameFor(property), type });
    this.#byProperty.set(property, at);
    return at;
  }

  #nameFor(property: string): string {
    const plain = property.replaceAll('\0', '').toWellFormed().trim().slice(0, NAME_CHARS_MAX);
    let name = plain || 'column';
    for (let number = 2; this.#names.has(name.toLowerCase()); number += 1) {
      name = `${plain.slice(0, NAME_CHARS_MAX - 5)}_${number}`;
    }
    this.#names.add(name.toLowerCase());
    return name;
  }

  #widen(at: number, type: ColumnType): void {
    const column = this.#columns[at] as Column;
    if (type === 'json' || type === 'text') {
      for (const row of this.#rows) {
        const cell = row[at];
        if (cell !== undefined) row[at] = type === 'json' ? JSON.stringify(cell) : String(cell);
      }
    }
    column.type = type;
  }
}

function typeOfField(field: RecordField): ColumnType {
  if (!('as' in field) || field.as === 'lines') return 'text';
  return field.as;
}

function typeOf(value: unknown): ColumnType {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return 'json';
}

function cellOf(value: unknown, type: ColumnType): Cell {
  if (type === 'json') return JSON.stringify(value);
  if (type === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
  return value as Cell;
}

/** undefined: it is none. */
function moment(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return undefined;
  return MOMENT.test(value) ? value : new Date(ms).toISOString();
}
