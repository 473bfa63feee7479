/** Lead lists in a file: every row of it as an import takes it. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../base/errors.ts';
import { cellsOf } from '../collectors/leads/list-input.ts';
import { type OpenOptions, openSource } from '../sources/open-source.ts';
import type { ImportRow } from './lead-list-book.ts';

const ROWS_MAX = 20_000;

/** Rejects with `input.*` where the file is no list of rows. */
export async function readListFile(
  path: string,
  name: string,
  wishes: NonNullable<OpenOptions['wishes']> = {},
): Promise<readonly ImportRow[]> {
  const source = await openSource({ path, name, format: undefined, dialect: {} }, { wishes });
  const rows: ImportRow[] = [];
  for await (const row of source.rows()) {
    if (row.damage)
      throw new SluiceError('lead_list.invalid', { detail: lowered(row.damage.message) });
    if (rows.length === ROWS_MAX) throw new SluiceError('lead_list.too_many', { max: ROWS_MAX });
    rows.push({ line: row.line, cells: cellsOf(row) });
  }
  return rows;
}

/** The same for a file that is on its way in. */
export async function receiveListFile(
  body: AsyncIterable<Buffer>,
  name: string,
  wishes: NonNullable<OpenOptions['wishes']>,
): Promise<readonly ImportRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lists-'));
  try {
    const path = join(folder, 'lists');
    await pipeline(Readable.from(body), createWriteStream(path, { mode: 0o600 }));
    return await readListFile(path, name, wishes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lowered(sentence: string): string {
  const text = sentence.replace(/\.$/, '');
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
