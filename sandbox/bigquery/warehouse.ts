/**
 * Datasets and tables, held by a DuckDB in memory. What the service knows of a table beyond that
 * (descriptions, modes, when it expires, rows that have just been streamed) is kept beside it. One
 * statement runs at a time, and each is whole or not at all.
 */
import { DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { fieldOf } from './cells.ts';
import { readStatement, type Statement } from './google-sql.ts';
import { duplicate, notFound, Problem } from './problems.ts';
import { duckType, type Field, jsonShape, quoted } from './table-schema.ts';

export interface Dataset {
  readonly id: string;
  readonly location: string;
  readonly createdMs: number;
}

export interface Table {
  readonly datasetId: string;
  readonly id: string;
  readonly createdMs: number;
  fields: readonly Field[];
  expirationMs: number | undefined;
  clustering: unknown;
  /** Rows that came one by one, not as a file: until then no statement may change the table. */
  streamedUntilMs: number;
}

export interface Found {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  readonly changed: number;
}

export interface QueryRules {
  readonly dataset: string | undefined;
  readonly parameters: Readonly<Record<string, DuckDBValue>>;
}

/** Functions and types that queries of the service use, in the words of DuckDB. */
const PRELUDE = [
  "SET TimeZone = 'UTC'",
  'CREATE TYPE FLOAT64 AS DOUBLE',
  'CREATE MACRO TO_JSON_STRING(x) AS CAST(to_json(x) AS VARCHAR)',
  'CREATE MACRO TIMESTAMPTZ(x) AS CAST(x AS TIMESTAMPTZ)',
  'CREATE MACRO STRING(x) AS CAST(x AS VARCHAR)',
  'CREATE MACRO TIMESTAMP_MICROS(x) AS make_timestamptz(x)',
  'CREATE MACRO UNIX_MICROS(x) AS epoch_us(x)',
  'CREATE MACRO COUNTIF(x) AS count_if(x)',
];
const ROWS_AT_ONCE = 2_000;

export class Warehouse {
  readonly project: string;
  readonly datasets = new Map<string, Dataset>();
  readonly #tables = new Map<string, Table>();
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #nowMs: () => number;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    project: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    nowMs: () => number,
  ) {
    this.project = project;
    this.#instance = instance;
    this.#connection = connection;
    this.#nowMs = nowMs;
  }

  static async open(project: string, nowMs: () => number): Promise<Warehouse> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await DuckDBConnection.create(instance);
    for (const sql of PRELUDE) await connection.run(sql);
    return new Warehouse(project, instance, connection, nowMs);
  }

  /** In the order of their making. */
  get tables(): readonly Table[] {
    const all = [...this.#tables.values()];
    for (const { datasetId, id } of all.filter((table) => this.#isOver(table))) {
      void this.dropTable(datasetId, id).catch(() => {});
    }
    return all.filter((table) => !this.#isOver(table));
  }

  dataset(id: string): Dataset {
    const found = this.datasets.get(id);
    if (!found) throw notFound(`Dataset ${this.project}:${id}`);
    return found;
  }

  /** Throws `notFound`, also for a table that has expired. */
  table(datasetId: string, id: string): Table {
    this.dataset(datasetId);
    const found = this.tables.find((one) => one.datasetId === datasetId && one.id === id);
    if (!found) throw notFound(`Table ${this.project}:${datasetId}.${id}`);
    return found;
  }

  has(datasetId: string, id: string): boolean {
    return this.tables.some((one) => one.datasetId === datasetId && one.id === id);
  }

  createDataset(id: string, location: string): Promise<Dataset> {
    return this.#alone(async () => {
      if (this.datasets.has(id)) throw duplicate(`Dataset ${this.project}:${id}`);
      await this.#connection.run(`CREATE SCHEMA ${quoted(id)}`);
      const dataset = { id, location, createdMs: this.#nowMs() };
      this.datasets.set(id, dataset);
      return dataset;
    });
  }

  dropDataset(id: string, contents: boolean): Promise<void> {
    return this.#alone(async () => {
      this.dataset(id);
      const inside = [...this.#tables].filter(([, { datasetId }]) => datasetId === id);
      if (inside.length > 0 && !contents) {
        throw new Problem(400, 'resourceInUse', `Dataset ${this.project}:${id} is still in use`);
      }
      await this.#connection.run(`DROP SCHEMA ${quoted(id)} CASCADE`);
      for (const [name] of inside) this.#tables.delete(name);
      this.datasets.delete(id);
    });
  }

  createTable(
    datasetId: string,
    id: string,
    fields: readonly Field[],
    more: Partial<Pick<Table, 'expirationMs' | 'clustering'>> = {},
  ): Promise<Table> {
    return this.#alone(async () => {
      this.dataset(datasetId);
      if (this.has(datasetId, id)) throw duplicate(`Table ${this.project}:${datasetId}.${id}`);
      await this.#make(datasetId, id, fields);
      return this.#known(datasetId, id, fields, more);
    });
  }

  dropTable(datasetId: string, id: string): Promise<void> {
    return this.#alone(async () => {
      if (!this.#tables.delete(`${datasetId}.${id}`)) {
        throw notFound(`Table ${this.project}:${datasetId}.${id}`);
      }
      await this.#connection.run(`DROP TABLE ${quoted(datasetId)}.${quoted(id)}`);
    });
  }

  /** New columns may be added, and REQUIRED ones become NULLABLE; nothing else. */
  changeFields(table: Table, fields: readonly Field[]): Promise<void> {
    return this.#alone(async () => {
      const misfit = (detail: string) => {
        const name = `${this.project}:${table.datasetId}.${table.id}`;
        return new Problem(
          400,
          'invalid',
          `Provided Schema does not match Table ${name}. ${detail}`,
        );
      };
      for (const before of table.fields) {
        const now = fields.find(({ name }) => name.toLowerCase() === before.name.toLowerCase());
        if (!now) throw misfit(`Field ${before.name} is missing in new schema`);
        if (now.type !== before.type) {
          throw misfit(`Field ${before.name} has changed type from ${before.type} to ${now.type}`);
        }
      }
      const names = new Set(table.fields.map(({ name }) => name.toLowerCase()));
      const added = fields.filter(({ name }) => !names.has(name.toLowerCase()));
      const required = added.find(({ mode }) => mode === 'REQUIRED');
      if (required)
        throw misfit(`Cannot add required fields to an existing schema. (field: ${required.name})`);
      for (const field of added) {
        await this.#connection.run(
          `ALTER TABLE ${nameOf(table)} ADD COLUMN ${quoted(field.name)} ${duckType(field)}`,
        );
      }
      table.fields = fields;
    });
  }

  /** All of them or none. `replace` empties the table before, also where the columns change. */
  insert(
    table: Table,
    rows: readonly Readonly<Record<string, unknown>>[],
    replace: false | { readonly fields: readonly Field[] } = false,
  ): Promise<void> {
    return this.#alone(() =>
      this.#whole(async () => {
        if (replace) {
          await this.#connection.run(`DROP TABLE ${nameOf(table)}`);
          await this.#make(table.datasetId, table.id, replace.fields);
        }
        const fields = replace ? replace.fields : table.fields;
        const names = fields.map(({ name }) => quoted(name)).join(', ');
        const shape = Object.fromEntries(fields.map((field) => [field.name, jsonShape(field)]));
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          await this.#connection.run(
            `INSERT INTO ${nameOf(table)} (${names})
             SELECT unnest(from_json($rows, $shape), max_depth := 2)`.replace(
              '$shape',
              `'${JSON.stringify([shape]).replaceAll("'", "''")}'`,
            ),
            { rows: JSON.stringify(rows.slice(at, at + ROWS_AT_ONCE)) },
          );
        }
        if (replace) table.fields = replace.fields;
      }),
    );
  }

  /** Throws `invalidQuery` and `notFound`. */
  read(text: string, dataset: string | undefined): Statement {
    const statement = readStatement(text, { project: this.project, dataset });
    if (statement.kind === 'SCRIPT') {
      throw new Problem(400, 'invalidQuery', 'The stand-in takes one statement a query', 'query');
    }
    return statement;
  }

  async query(text: string, rules: QueryRules): Promise<Found> {
    const statement = this.read(text, rules.dataset);
    for (const name of statement.tables) {
      const makes = statement.kind.startsWith('CREATE') || /\bIF EXISTS\b/i.test(statement.sql);
      if (!makes || name !== statement.target) this.table(...partsOf(name));
    }
    this.#refuseWhileStreamed(statement);
    return this.#alone(() => this.#whole(() => this.#run(statement, rules)));
  }

  /** Ends what runs, and lets go. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  #isOver({ expirationMs }: Table): boolean {
    return (expirationMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs();
  }

  #refuseWhileStreamed({ kind, target }: Statement): void {
    if (!['UPDATE', 'DELETE', 'MERGE'].includes(kind) || target === undefined) return;
    const table = this.table(...partsOf(target));
    if (table.streamedUntilMs <= this.#nowMs()) return;
    const name = `${this.project}.${target}`;
    const what = 'would affect rows in the streaming buffer, which is not supported';
    throw new Problem(400, 'invalidQuery', `${kind} statement over table ${name} ${what}`, 'query');
  }

  async #run({ sql, kind, parameters }: Statement, rules: QueryRules): Promise<Found> {
    const given = Object.entries(rules.parameters).filter(
      ([name]) => parameters.includes(name) || /^\d+$/.test(name),
    );
    const missing = parameters.find((name) => rules.parameters[name] === undefined);
    if (missing !== undefined) {
      throw new Problem(400, 'invalidQuery', `Query parameter '${missing}' not found`, 'query');
    }
    const result = await this.#connection
      .run(sql, Object.fromEntries(given))
      .catch((error: Error) => {
        throw new Problem(400, 'invalidQuery', error.message.split('\n')[0] ?? '', 'query');
      });
    if (kind !== 'SELECT') {
      const changed = result.rowsChanged;
      await this.#learn();
      return { fields: [], rows: [], changed };
    }
    const types = result.columnTypes();
    const fields = result
      .columnNames()
      .map((name, i) => fieldOf(name, types[i] as (typeof types)[0]));
    return { fields, rows: await result.getRows(), changed: 0 };
  }

  /** Tables and columns that a statement has made, changed or dropped. */
  async #learn(): Promise<void> {
    const seen = new Set<string>();
    const result = await this.#connection.run(
      `SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal`,
    );
    for (const [datasetId, id] of (await result.getRows()) as [string, string][]) {
      seen.add(`${datasetId}.${id}`);
      const name = `${quoted(datasetId)}.${quoted(id)}`;
      const empty = await this.#connection.run(`SELECT * FROM ${name} LIMIT 0`);
      const types = empty.columnTypes();
      const found = empty
        .columnNames()
        .map((one, i) => fieldOf(one, types[i] as (typeof types)[0]));
      const table = this.#tables.get(`${datasetId}.${id}`) ?? this.#known(datasetId, id, found, {});
      table.fields = found.map((field) => {
        const before = table.fields.find(({ name }) => name === field.name);
        return before?.type === field.type ? before : field;
      });
    }
    for (const name of this.#tables.keys()) if (!seen.has(name)) this.#tables.delete(name);
  }

  async #make(datasetId: string, id: string, fields: readonly Field[]): Promise<void> {
    // DuckDB has no table without columns; the service has.
    const columns = fields.map((field) => `${quoted(field.name)} ${duckType(field)}`);
    const made = columns.length > 0 ? columns.join(', ') : '"_empty" BOOLEAN';
    await this.#connection.run(`CREATE TABLE ${quoted(datasetId)}.${quoted(id)} (${made})`);
  }

  #known(
    datasetId: string,
    id: string,
    fields: readonly Field[],
    { expirationMs, clustering }: Partial<Pick<Table, 'expirationMs' | 'clustering'>>,
  ): Table {
    const createdMs = this.#nowMs();
    const table = {
      datasetId,
      id,
      createdMs,
      fields,
      expirationMs,
      clustering,
      streamedUntilMs: 0,
    };
    this.#tables.set(`${datasetId}.${id}`, table);
    return table;
  }

  async #whole<T>(work: () => Promise<T>): Promise<T> {
    await this.#connection.run('BEGIN');
    try {
      const result = await work();
      await this.#connection.run('COMMIT');
      return result;
    } catch (error) {
      await this.#connection.run('ROLLBACK');
      throw error;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

function nameOf({ datasetId, id }: Table): string {
  return `${quoted(datasetId)}.${quoted(id)}`;
}

function partsOf(name: string): [datasetId: string, id: string] {
  const at = name.indexOf('.');
  return [name.slice(0, at), name.slice(at + 1)];
}
