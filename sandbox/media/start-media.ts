/** A folder and a site of generated media, with the list of them and its truth. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { answer, type StandIn, startStandIn } from '../servers/stand-in.ts';
import { audioFiles, oddAudioFiles } from './audio-files.ts';
import { imageFiles, oddImageFiles, wordFiles } from './image-files.ts';
import type { MediaFile, TruthMedia } from './media-truth.ts';
import { oddFiles, textFiles } from './text-files.ts';

export interface MediaOptions {
  readonly port?: number;
  readonly seed?: number;
  /** Recordings, scenes (three pictures each) and texts. */
  readonly count?: number;
  readonly directory: string;
}

export interface MediaStats {
  readonly requests: number;
}

export interface MediaSite extends StandIn<MediaStats> {
  readonly csvFile: string;
  readonly truthFile: string;
  readonly rows: readonly TruthMedia[];
}

/** Every so manieth row is an address instead of a path. */
const ADDRESS_EVERY = 3;
const WORD_PICTURES = 3;

/** Writes `files/`, `files.csv` (`file,note`) and `truth.jsonl`, and serves the files. */
export async function startMedia(options: MediaOptions): Promise<MediaSite> {
  const { seed = 1, count = 10 } = options;
  const directory = resolve(options.directory);
  const files = [
    ...audioFiles(seed, count),
    ...(await imageFiles(seed, count)),
    ...(await wordFiles(Math.min(count, WORD_PICTURES))),
    ...textFiles(seed, count),
    ...oddAudioFiles(seed),
    ...(await oddImageFiles(seed)),
    ...oddFiles(),
  ];
  const byName = new Map(files.map((file) => [file.name, file]));
  let requests = 0;
  const server = await startStandIn(
    options.port ?? 0,
    () => ({ requests }),
    (request, response) => {
      requests += 1;
      const bytes = byName.get((request.url ?? '').replace(/^\/files\//, ''))?.bytes;
      if (!bytes) return answer(response, 404, 'There is no such file.');
      // As many servers do, it says nothing of what it sends.
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    },
  );
  const folder = join(directory, 'files');
  await mkdir(folder, { recursive: true });
  const place = (file: MediaFile, at: number) =>
    at % ADDRESS_EVERY === ADDRESS_EVERY - 1
      ? `${server.url}/files/${file.name}`
      : join(folder, file.name);
  const rows = files.map((file, at) => ({ row: at + 1, file: place(file, at), ...file.truth }));
  for (const { name, bytes } of files) if (bytes) await writeFile(join(folder, name), bytes);
  const csvFile = join(directory, 'files.csv');
  const truthFile = join(directory, 'truth.jsonl');
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map(({ file, row }) => `${cell(file)},row ${row}\n`);
  await writeFile(csvFile, `file,note\n${lines.join('')}`);
  await writeFile(truthFile, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { ...server, csvFile, truthFile, rows };
}
