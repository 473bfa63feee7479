/** Tables that are there from the start, and the truth about them. */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pick, randomInt } from '../../src/base/random.ts';
import { randomOf } from '../sites/seed.ts';
import { readLoadFile } from './load-file.ts';
import type { KeyFile } from './service-account.ts';
import type { Field } from './table-schema.ts';
import type { Warehouse } from './warehouse.ts';

export interface BigQueryFiles {
  /** What programs sign with: GOOGLE_APPLICATION_CREDENTIALS. */
  readonly keyFile: string;
  /** Every row of every table that was there from the start, a line each. */
  readonly truthFile: string;
}

export interface TruthRow {
  /** `dataset.table`. */
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

const NAMES = ['Zoë', 'Müller', 'O’Brien', '李雷', 'José', 'a "quoted" one', 'two\nlines'];

const PEOPLE: readonly Field[] = [
  { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'name', type: 'STRING', mode: 'NULLABLE' },
  { name: 'score', type: 'FLOAT', mode: 'NULLABLE' },
  { name: 'active', type: 'BOOLEAN', mode: 'NULLABLE' },
  { name: 'seen', type: 'TIMESTAMP', mode: 'NULLABLE' },
  { name: 'born', type: 'DATE', mode: 'NULLABLE' },
  { name: 'balance', type: 'NUMERIC', mode: 'NULLABLE' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  { name: 'extra', type: 'JSON', mode: 'NULLABLE' },
  {
    name: 'address',
    type: 'RECORD',
    mode: 'NULLABLE',
    fields: [
      { name: 'city', type: 'STRING', mode: 'NULLABLE' },
      { name: 'zip', type: 'INTEGER', mode: 'NULLABLE' },
    ],
  },
];

export function* people(seed: number, rows: number): Generator<Readonly<Record<string, unknown>>> {
  for (let id = 1; id <= rows; id += 1) {
    const random = randomOf(seed, 'person', id);
    const day = String(randomInt(random, 1, 28)).padStart(2, '0');
    yield {
      id: String(id),
      name: random.next() < 0.1 ? null : `${pick(random, NAMES)} ${id}`,
      score: randomInt(random, 0, 10_000) / 8,
      active: random.next() < 0.5,
      seen: `2026-11-${day} 10:20:30.${String(randomInt(random, 0, 999_999)).padStart(6, '0')}+00`,
      born: `19${randomInt(random, 50, 99)}-05-${day}`,
      balance: `${randomInt(random, -9_999, 9_999)}.25`,
      tags: Array.from({ length: randomInt(random, 0, 3) }, () => pick(random, NAMES)),
      extra: random.next() < 0.2 ? null : { n: id, list: [1, 'two', null] },
      address: {
        city: pick(random, ['Köln', 'Porto']),
        zip: String(randomInt(random, 1e4, 99_999)),
      },
    };
  }
}

/** `samples.people`, and `campaigns.credentials` where a file has it. */
export async function makeSamples(
  warehouse: Warehouse,
  { seed, rows, location }: { seed: number; rows: number; location: string },
  credentials: string | undefined,
): Promise<void> {
  await warehouse.createDataset('samples', location);
  const table = await warehouse.createTable('samples', 'people', PEOPLE);
  if (rows > 0) await warehouse.insert(table, [...people(seed, rows)]);
  if (credentials === undefined) return;
  const bytes = await readFile(credentials);
  const header = bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  const fields = header
    .split(',')
    .map((name): Field => ({ name: name.trim(), type: 'STRING', mode: 'NULLABLE' }));
  const rules = {
    ...({ format: 'CSV', skipLeadingRows: 1, delimiter: ',', nullMarker: '' } as const),
    ignoreUnknown: false,
  };
  const file = readLoadFile(bytes, fields, rules);
  if (file.errors[0]) throw new RangeError(file.errors[0].message);
  await warehouse.createDataset('campaigns', location);
  await warehouse.insert(
    await warehouse.createTable('campaigns', 'credentials', fields),
    file.rows,
  );
}

/** Every row there is now, in no order. */
export async function* truthRows(warehouse: Warehouse): AsyncGenerator<TruthRow> {
  for (const { datasetId, id } of warehouse.tables) {
    const found = await warehouse.query(
      `SELECT TO_JSON_STRING(t) FROM \`${datasetId}.${id}\` AS t`,
      { dataset: undefined, parameters: {} },
    );
    for (const [json] of found.rows) {
      yield { table: `${datasetId}.${id}`, row: JSON.parse(String(json)) };
    }
  }
}

export async function* truthLines(warehouse: Warehouse): AsyncGenerator<string> {
  for await (const row of truthRows(warehouse)) yield `${JSON.stringify(row)}\n`;
}

export async function writeBigQueryFiles(
  directory: string,
  warehouse: Warehouse,
  key: KeyFile,
): Promise<BigQueryFiles> {
  await mkdir(directory, { recursive: true });
  const files = {
    keyFile: join(directory, 'service-account.json'),
    truthFile: join(directory, 'truth.jsonl'),
  };
  await writeFile(files.keyFile, `${JSON.stringify(key, undefined, 2)}\n`, { mode: 0o600 });
  await pipeline(Readable.from(truthLines(warehouse)), createWriteStream(files.truthFile));
  return files;
}
