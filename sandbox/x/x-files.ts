/** The files for those who try a collector on the stand-in: accounts, lists and the truth. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Accounts } from './accounts.ts';
import { xTruth } from './truth.ts';
import type { World } from './world.ts';

export interface XFiles {
  readonly accountsFile: string;
  readonly listsFile: string;
  readonly truthFile: string;
}

/** The accounts, `name,token,scopes`; scopes are parted by spaces. */
export function accountsCsv(accounts: Accounts): string {
  const rows = accounts.accounts.map(({ name, token, scopes }) => [name, token, scopes.join(' ')]);
  return csv([['name', 'token', 'scopes'], ...rows]);
}

/** The lists, `id,name,source,target`. */
export function listsCsv(world: World): string {
  const rows = world.lists.map(({ id, name, source, target }) => [id, name, source, target]);
  return csv([['id', 'name', 'source', 'target'], ...rows]);
}

/** The truth of now as JSON Lines. */
export function* truthLines(world: World): Generator<string> {
  for (const line of xTruth(world)) yield `${JSON.stringify(line)}\n`;
}

/** Writes the three files into a directory, which is made if need be. */
export async function writeXFiles(
  directory: string,
  world: World,
  accounts: Accounts,
): Promise<XFiles> {
  await mkdir(directory, { recursive: true });
  const files = {
    accountsFile: join(directory, 'accounts.csv'),
    listsFile: join(directory, 'lead-lists.csv'),
    truthFile: join(directory, 'truth.jsonl'),
  };
  await writeFile(files.accountsFile, accountsCsv(accounts));
  await writeFile(files.listsFile, listsCsv(world));
  await pipeline(Readable.from(truthLines(world)), createWriteStream(files.truthFile));
  return files;
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
