import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const CHUNK_ROWS = 10_000;

/** Writes a CSV of `id,name`, however long, without holding it in memory. */
export async function writeNumberedRows(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('id,name\n');
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const lines: string[] = [];
    for (let n = from; n < Math.min(rows, from + CHUNK_ROWS); n += 1) lines.push(`${n},Row ${n}\n`);
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
