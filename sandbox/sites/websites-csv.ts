/** The CSV of websites and the file of the truth, as text in chunks and as files. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { siteRows } from './site-rows.ts';
import { sitesTruth } from './truth.ts';

/** The CSV, record by record: `id,name,website,notes`, RFC 4180, LF. */
export function* sitesCsv(seed: number, count: number): Generator<string> {
  yield 'id,name,website,notes\n';
  for (const { row, name, website, notes } of siteRows(seed, count)) {
    yield `${[String(row), name, website, notes].map(csvCell).join(',')}\n`;
  }
}

/** The truth as JSON Lines, one line a row of the CSV. */
export function* truthLines(seed: number, count: number): Generator<string> {
  for (const row of sitesTruth(seed, count)) yield `${JSON.stringify(row)}\n`;
}

export interface SiteFiles {
  readonly csvFile: string;
  readonly truthFile: string;
}

/** Writes `websites.csv` and `truth.jsonl` into a directory, which is made if need be. */
export async function writeSiteFiles(
  directory: string,
  seed: number,
  count: number,
): Promise<SiteFiles> {
  await mkdir(directory, { recursive: true });
  const csvFile = join(directory, 'websites.csv');
  const truthFile = join(directory, 'truth.jsonl');
  await pipeline(Readable.from(sitesCsv(seed, count)), createWriteStream(csvFile));
  await pipeline(Readable.from(truthLines(seed, count)), createWriteStream(truthFile));
  return { csvFile, truthFile };
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
