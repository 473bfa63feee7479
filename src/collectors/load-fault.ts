/** What keeps a user's file from being loaded, with the place in the code. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../base/errors.ts';

const CHECK_MS = 10_000;
const CODE_CHARS_MAX = 120;
/** Of the files that one imports, so many are looked through for the one that cannot be read. */
const FILES_MAX = 8;

/**
 * `line 4: Unexpected token ';', in …`: what `error` says, thrown as `path` was imported; `loaded`
 * are the files of which that consists.
 */
export async function loadFault(
  error: unknown,
  path: string,
  loaded: readonly string[],
): Promise<string> {
  const message = messageOf(error);
  const files = [path, ...loaded.filter((file) => file !== path).reverse()].slice(0, FILES_MAX);
  for (const file of files) {
    const line = lineIn(error, file) ?? (await checkedLine(error, file));
    if (line === undefined) continue;
    const where = file === path ? `line ${line}` : `line ${line} of ${file}`;
    const code = error instanceof SyntaxError ? await codeAt(file, line) : '';
    return `${where}: ${message}${code === '' ? '' : `, in \`${code}\``}`;
  }
  return message;
}

/** Where the error tells of a place in the file: Node writes it into the stack alone. */
function lineIn(error: unknown, file: string): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const name of [file, pathToFileURL(file).href]) {
    const [, rest] = stack.split(`${name}:`, 2);
    const line = /^\d+/.exec(rest ?? '');
    if (line) return Number(line[0]);
  }
  return undefined;
}

/** Of an ES module that cannot be read Node tells the place only where it checks it by itself. */
async function checkedLine(error: unknown, file: string): Promise<number | undefined> {
  if (!(error instanceof SyntaxError) || !/\.[cm]?js$/.test(file)) return undefined;
  const told = await new Promise<string>((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const options = { env, timeout: CHECK_MS, windowsHide: true };
    execFile(process.execPath, ['--check', file], options, (_, __, stderr) => resolve(stderr));
  });
  const line = /^.*:(\d+)\r?\n/.exec(told);
  return line && told.includes(`SyntaxError: ${error.message}`) ? Number(line[1]) : undefined;
}

async function codeAt(file: string, line: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const code = (text.split('\n')[line - 1] ?? '').trim();
  return code.length > CODE_CHARS_MAX ? `${code.slice(0, CODE_CHARS_MAX)}…` : code;
}
