/** Where a row's file is: at an address, or in a directory that may be read. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../../base/errors.ts';
import { hostLane } from '../../model/lane.ts';

export type MediaPlace =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string };

/** An absolute path, or the bytes themselves. */
export type MediaBytes = string | Uint8Array;

const FILE_CHARS_MAX = 4_000;

/** What a cell names, or the end of a sentence that says why it names nothing. */
export function readPlace(cell: string): MediaPlace | { readonly problem: string } {
  const text = cell.trim();
  if (text === '') return { problem: 'it is empty' };
  if (text.length > FILE_CHARS_MAX) return { problem: `it is longer than ${FILE_CHARS_MAX}` };
  if (text.includes('\0')) return { problem: 'it has a character that no path can have' };
  if (/^https?:\/\//i.test(text)) {
    const url = URL.parse(text);
    return url ? { kind: 'url', url: url.href } : { problem: 'it is no address' };
  }
  if (/^file:\/\//i.test(text)) {
    try {
      return { kind: 'path', path: fileURLToPath(text) };
    } catch {
      return { problem: 'it is no address of a file here' };
    }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { problem: 'only http and https are spoken' };
  return { kind: 'path', path: text };
}

export function placeLanes(place: MediaPlace): ReturnType<typeof hostLane>[] {
  return place.kind === 'url' ? [hostLane(new URL(place.url).host)] : [];
}

export interface LocalFiles {
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Whether any file may be read: the user is the one who started this process. */
  readonly any: boolean;
  /** Else only those in these. */
  readonly from: readonly string[];
}

/** The path as the system knows it, behind all links. Rejects with `media.*`. */
export async function localPath(path: string, files: LocalFiles): Promise<string> {
  const found = await firstThere(candidates(path, files));
  if (files.any) {
    if (found !== undefined) return found;
    throw new SluiceError('media.file', { path, detail: 'there is no such file' });
  }
  const roots = await Promise.all(files.from.map((root) => whereIs(resolve(files.cwd, root))));
  if (found !== undefined && roots.some((root) => root !== undefined && isIn(found, root))) {
    return found;
  }
  // Whether it is there is nobody's business who may not read it.
  const inside = candidates(path, files).some((at) =>
    files.from.some((root) => isIn(at, resolve(files.cwd, root))),
  );
  if (inside && found === undefined) {
    throw new SluiceError('media.file', { path, detail: 'there is no such file' });
  }
  throw new SluiceError('media.not_allowed', { path });
}

function candidates(path: string, { cwd, any, from }: LocalFiles): string[] {
  if (isAbsolute(path)) return [resolve(path)];
  const roots = any ? [cwd, ...from] : from;
  return roots.map((root) => resolve(cwd, root, path));
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await whereIs(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function whereIs(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function isIn(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
