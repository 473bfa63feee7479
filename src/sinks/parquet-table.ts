/**
 * A table as a Parquet file, written group by group: what is held is one group of rows and, for the
 * end of the file, a few hundred bytes a group and column.
 */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { Cell, ColumnType, TableColumn, TableSink } from '../model/table.ts';
import type { Output } from './output.ts';

/** A group is encoded in one go: more rows would hold up everything else for longer. */
const GROUP_ROWS = 5_000;
/** Text of a group in UTF-16 units at most, but for its last row. */
const GROUP_CHARS = 16 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;

const TYPES = {
  text: 'STRING',
  // Readers take the type for JSON for plain bytes more often than not.
  json: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const satisfies Record<ColumnType, string>;

export class ParquetTable implements TableSink {
  readonly #columns: readonly TableColumn[];
  readonly #output: Output;
  readonly #writer = new ByteWriter();
  readonly #parquet: ParquetWriter;
  #data: (string | bigint | number | boolean | Date | undefined)[][];
  #rows = 0;
  #chars = 0;

  constructor(columns: readonly TableColumn[], output: Output) {
    this.#columns = columns;
    this.#output = output;
    const columnData = columns.map(({ name, type }) => ({ name, type: TYPES[type], data: [] }));
    const schema = schemaFromColumnData({ columnData });
    this.#parquet = new ParquetWriter({ writer: this.#writer, schema, createdBy: 'sluice' });
    this.#data = columns.map(() => []);
  }

  get full(): boolean {
    return this.#rows >= GROUP_ROWS || this.#chars >= GROUP_CHARS;
  }

  get bytes(): number {
    return this.#writer.offset;
  }

  add(cells: readonly Cell[]): void {
    for (const [at, { type }] of this.#columns.entries()) {
      const cell = cells[at];
      if (typeof cell === 'string') this.#chars += cell.length;
      (this.#data[at] as unknown[]).push(parquetValue(cell, type));
    }
    this.#rows += 1;
  }

  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    const columnData = this.#columns.map(({ name }, at) => ({
      name,
      data: this.#data[at] as unknown[],
    }));
    this.#parquet.write({ columnData, rowGroupSize: this.#rows });
    this.#data = this.#columns.map(() => []);
    this.#rows = 0;
    this.#chars = 0;
    await this.#handOn();
  }

  async finish(): Promise<void> {
    await this.flush();
    this.#parquet.finish();
    await this.#handOn();
  }

  async discard(): Promise<void> {}

  async #handOn(): Promise<void> {
    // The writer goes on at the beginning of its buffer; a chunk must not change meanwhile.
    const bytes = Buffer.from(this.#writer.getBytes());
    this.#writer.index = 0;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      await this.#output.write(bytes.subarray(at, at + CHUNK_BYTES));
    }
  }
}

function parquetValue(cell: Cell, type: ColumnType) {
  if (cell === undefined) return undefined;
  if (type === 'integer') return BigInt(cell);
  return type === 'time' ? new Date(String(cell)) : cell;
}
