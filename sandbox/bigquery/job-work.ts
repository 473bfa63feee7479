/** What jobs do: load a file into a table, or run a statement. */
import type { DuckDBValue } from '@duckdb/node-api';
import { type LoadRules, readLoadFile, recordError } from './load-file.ts';
import { type ErrorProto, invalid, notFound, Problem } from './problems.ts';
import { parametersOf } from './query-parameters.ts';
import { type Field, fieldsIn, quoted } from './table-schema.ts';
import type { Found, Warehouse } from './warehouse.ts';

export interface JobResult {
  readonly statistics: Readonly<Record<string, unknown>>;
  /** Why it failed although its work was done, such as for too many bad records. */
  readonly error?: ErrorProto;
  readonly errors?: readonly ErrorProto[];
  readonly found?: Found;
}

/** `partial`: some rows are not taken, for no fault of theirs. */
export type JobWork = (partial: boolean) => Promise<JobResult>;

type Configuration = Readonly<Record<string, unknown>>;

interface TablePlace {
  readonly datasetId: string;
  readonly tableId: string;
}

/** Every so many rows one is left out where a part goes wrong. */
const PARTIAL_EVERY = 3;

/** Throws `invalid` and `invalidQuery` for what is known to be wrong at once. */
export function workOf(
  warehouse: Warehouse,
  kind: 'load' | 'query',
  configuration: Configuration,
  bytes: Buffer | undefined,
): JobWork {
  if (kind === 'load') {
    const place = configuration.destinationTable as TablePlace | undefined;
    if (place === undefined) throw invalid('Required parameter is missing: destinationTable');
    if (bytes === undefined)
      throw invalid('Load configuration must specify at least one source URI');
    return (partial) => load(warehouse, { ...configuration, bytes, place, partial });
  }
  const text = String(configuration.query ?? '');
  if (text.trim() === '')
    throw new Problem(400, 'invalidQuery', 'Required parameter is missing: query', 'query');
  if (configuration.useLegacySql !== false) {
    throw new Problem(
      400,
      'invalidQuery',
      'The stand-in knows no legacy SQL: send useLegacySql: false',
      'query',
    );
  }
  const dataset = (configuration.defaultDataset as Partial<TablePlace> | undefined)?.datasetId;
  warehouse.read(text, dataset);
  const parameters = parametersOf(configuration.queryParameters);
  return () => query(warehouse, { configuration, text, dataset, parameters });
}

interface Query {
  readonly configuration: Configuration;
  readonly text: string;
  readonly dataset: string | undefined;
  readonly parameters: Readonly<Record<string, DuckDBValue>>;
}

async function query(
  warehouse: Warehouse,
  { configuration, text, dataset, parameters }: Query,
): Promise<JobResult> {
  const { kind } = warehouse.read(text, dataset);
  const place = configuration.destinationTable as TablePlace | undefined;
  if (place !== undefined && kind === 'SELECT') {
    await intoTable(warehouse, { text, dataset, parameters }, place, configuration);
  }
  const found = await warehouse.query(text, { dataset, parameters });
  const dml = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(kind);
  return {
    found,
    statistics: {
      totalBytesProcessed: '0',
      query: {
        statementType: kind,
        totalBytesProcessed: '0',
        cacheHit: false,
        ...(dml && { numDmlAffectedRows: String(found.changed) }),
      },
    },
  };
}

/** What a query finds, into the table that its job names. */
async function intoTable(
  warehouse: Warehouse,
  { text, dataset, parameters }: Omit<Query, 'configuration'>,
  { datasetId, tableId }: TablePlace,
  configuration: Configuration,
): Promise<void> {
  const name = `${quoted(datasetId)}.${quoted(tableId)}`.replaceAll('"', '`');
  const isThere = warehouse.has(datasetId, tableId);
  const write = configuration.writeDisposition ?? 'WRITE_EMPTY';
  if (isThere && write === 'WRITE_EMPTY') {
    throw new Problem(
      409,
      'duplicate',
      `Already Exists: Table ${warehouse.project}:${datasetId}.${tableId}`,
    );
  }
  const statement =
    isThere && write === 'WRITE_APPEND'
      ? `INSERT INTO ${name} ${text}`
      : `CREATE OR REPLACE TABLE ${name} AS ${text}`;
  await warehouse.query(statement, { dataset, parameters });
}

interface Load extends Configuration {
  readonly bytes: Buffer;
  readonly place: TablePlace;
  readonly partial: boolean;
}

async function load(warehouse: Warehouse, job: Load): Promise<JobResult> {
  const { bytes, place } = job;
  const write = String(job.writeDisposition ?? 'WRITE_APPEND');
  const fields = await fieldsOf(warehouse, job, write);
  const rules = rulesOf(job);
  const file = readLoadFile(bytes, fields, rules);
  const lost = job.partial ? (_: unknown, i: number) => i % PARTIAL_EVERY === 0 : () => false;
  const errors = [
    ...file.errors,
    ...file.rows.filter(lost).map(() => {
      const message = 'Error encountered during execution. Retrying may solve the problem.';
      return recordError({ reason: 'backendError', message }, 0, rules.format);
    }),
  ];
  const maxBad = Number(job.maxBadRecords ?? 0);
  if (errors.length > maxBad) {
    const kind = rules.format === 'CSV' ? 'CSV' : 'JSON';
    const rows = file.rows.length + file.errors.length;
    const message = `Error while reading data, error message: ${kind} processing encountered too many errors, giving up. Rows: ${rows}; errors: ${errors.length}; max bad: ${maxBad}; error percent: 0`;
    return { error: { reason: 'invalid', message }, errors, statistics: {} };
  }
  const rows = file.rows.filter((row, i) => !lost(row, i));
  const table = warehouse.table(place.datasetId, place.tableId);
  await warehouse.insert(table, rows, write === 'WRITE_TRUNCATE' ? { fields } : false);
  return {
    errors,
    statistics: {
      load: {
        inputFiles: '1',
        inputFileBytes: String(bytes.length),
        outputRows: String(rows.length),
        outputBytes: String(bytes.length),
        badRecords: String(errors.length),
      },
    },
  };
}

/** The columns that the file has; the table is made where it may be. */
async function fieldsOf(
  warehouse: Warehouse,
  { place, schema, createDisposition }: Load,
  write: string,
): Promise<readonly Field[]> {
  const { datasetId, tableId } = place;
  const given = fieldsIn(schema);
  if (!warehouse.has(datasetId, tableId)) {
    if (createDisposition === 'CREATE_NEVER') {
      throw notFound(`Table ${warehouse.project}:${datasetId}.${tableId}`);
    }
    if (given.length === 0) throw invalid('No schema specified on job or table.');
    await warehouse.createTable(datasetId, tableId, given);
    return given;
  }
  const table = warehouse.table(datasetId, tableId);
  if (write === 'WRITE_EMPTY') {
    const { rows } = await warehouse.query(`SELECT count(*) FROM \`${datasetId}.${tableId}\``, {
      dataset: undefined,
      parameters: {},
    });
    if (rows[0]?.[0] !== 0n) {
      throw new Problem(
        409,
        'duplicate',
        `Already Exists: Table ${warehouse.project}:${datasetId}.${tableId}`,
      );
    }
  }
  return write === 'WRITE_TRUNCATE' && given.length > 0 ? given : table.fields;
}

function rulesOf(job: Load): LoadRules {
  const format = String(job.sourceFormat ?? 'CSV');
  if (format !== 'CSV' && format !== 'NEWLINE_DELIMITED_JSON') {
    throw invalid(`The stand-in reads CSV and NEWLINE_DELIMITED_JSON, not ${format}`);
  }
  return {
    format,
    skipLeadingRows: Number(job.skipLeadingRows ?? 0),
    delimiter: String(job.fieldDelimiter ?? ','),
    nullMarker: String(job.nullMarker ?? ''),
    ignoreUnknown: job.ignoreUnknownValues === true,
  };
}
