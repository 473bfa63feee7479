/** Many files at once into S3-compatible storage, as a map of a task manager. */
import { basename, isAbsolute, normalize, resolve, sep } from 'node:path';
import { systemClock } from './base/clock.ts';
import { systemRandom } from './base/random.ts';
import type { Uploading } from './cli/workbench.ts';
import type { MapRun } from './engine/tasks/map-run.ts';
import type { TaskManager } from './engine/tasks/task-manager.ts';
import { mapOptionsOf } from './engine/tasks/task-options.ts';
import type { MapOptions, TaskContext } from './engine/tasks/task-types.ts';
import type { BenchParts } from './main-parts.ts';
import type { S3Upload, Uploaded } from './sinks/s3-upload.ts';

/** A path; or one with the name that it gets behind the prefix. */
export type UploadFile = string | { readonly path: string; readonly as: string };

export interface UploadOptions extends MapOptions {
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly to: string;
  /** Default: AWS_ENDPOINT_URL_S3, else that of AWS for the region. */
  readonly endpoint?: string;
  /** Default: AWS_REGION, else us-east-1. */
  readonly region?: string;
  /** Default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. */
  readonly keyId?: string;
  readonly keySecret?: string;
  readonly sessionToken?: string;
  readonly addressing?: 'auto' | 'path' | 'host';
  /** Default: application/octet-stream. */
  readonly contentType?: string;
  /** Bytes of a part of a large file, 5 MiB at least. Default: 8 MiB. */
  readonly partBytes?: number;
  /** Told of each part that is there: bytes of all files that were begun. */
  readonly onBytes?: (progress: UploadBytes) => void;
  /** Uploads behind the prefix that nobody ended for so long are given up, ms. Default: 7 days. */
  readonly leftoversMs?: number;
}

export interface UploadBytes {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export type { Uploaded } from './sinks/s3-upload.ts';

/** Those that a map does not have; a new one that is missing here does not compile. */
const OF_UPLOADS: Readonly<Record<Exclude<keyof UploadOptions, keyof MapOptions>, true>> = {
  to: true,
  endpoint: true,
  region: true,
  keyId: true,
  keySecret: true,
  sessionToken: true,
  addressing: true,
  contentType: true,
  partBytes: true,
  onBytes: true,
  leftoversMs: true,
};
const LEFTOVERS_MS = 7 * 24 * 3_600_000;
/** A file may take long: what bounds it are its parts, each of which has a limit of its own. */
const FILE_TIMEOUT_MS = 24 * 3_600_000;
const PART_BYTES = 8 * 2 ** 20;

/**
 * Uploads files, several parts at once (`upload` of the task manager's kinds). What an earlier,
 * interrupted run has sent of a file is found again and not sent twice. Awaited or iterated, as a
 * map is; fails with `files.*`.
 */
export function uploadFiles(
  tasks: TaskManager,
  files: Iterable<UploadFile> | AsyncIterable<UploadFile>,
  options: UploadOptions,
): MapRun<UploadFile, Uploaded> {
  let opening: Promise<S3Upload> | undefined;
  return mapUploads(tasks, files, options, () => {
    opening ??= openUpload(tasks, options);
    return opening;
  });
}

function mapUploads(
  tasks: TaskManager,
  files: Iterable<UploadFile> | AsyncIterable<UploadFile>,
  options: UploadOptions,
  open: () => Promise<S3Upload>,
): MapRun<UploadFile, Uploaded> {
  const { contentType = 'application/octet-stream', onBytes } = options;
  const bytes = { doneBytes: 0, totalBytes: 0 };
  const one = async (file: UploadFile, ctx: TaskContext): Promise<Uploaded> => {
    const [upload, { openFileSource }] = await Promise.all([
      open(),
      import('./sinks/file-source.ts'),
    ]);
    const { path, as } = typeof file === 'string' ? { path: file, as: nameOf(file) } : file;
    const source = await openFileSource(path);
    let doneBefore = 0;
    bytes.totalBytes += source.size;
    try {
      return await upload.put({
        path: as,
        contentType,
        source,
        signal: ctx.signal,
        onProgress(done, total) {
          ctx.progress(done, total, as);
          bytes.doneBytes += done - doneBefore;
          doneBefore = done;
          onBytes?.({ ...bytes });
        },
      });
    } finally {
      await source.close();
    }
  };
  const ofMap = mapOptionsOf(options, OF_UPLOADS);
  return tasks.map(files, one, { kind: 'upload', timeoutMs: FILE_TIMEOUT_MS, ...ofMap });
}

async function openUpload(tasks: TaskManager, options: UploadOptions): Promise<S3Upload> {
  const [{ S3Client }, { s3Place }, { S3Upload }, { clearLeftovers }] = await Promise.all([
    import('./sinks/s3-client.ts'),
    import('./sinks/s3-place.ts'),
    import('./sinks/s3-upload.ts'),
    import('./sinks/s3-uploads.ts'),
  ]);
  const client = new S3Client(s3Place({ to: options.to, ...keysOf(options) }), {
    clock: systemClock,
    random: systemRandom,
  });
  const workers = tasks.plan.kinds.get('upload')?.workers ?? 1;
  const parallel = typeof workers === 'number' ? workers : workers.max;
  const upload = new S3Upload(client, { parallel, partBytes: options.partBytes ?? PART_BYTES });
  await clearLeftovers(client, options.leftoversMs ?? LEFTOVERS_MS);
  return upload;
}

interface UploadHere {
  readonly files: readonly string[];
  readonly to: string;
  readonly onBytes: (progress: UploadBytes) => void;
}

/** The same for the command line: with the address, the key and the workers of the settings. */
export async function uploadHere(
  { resolved: { settings }, cwd }: Pick<BenchParts, 'resolved' | 'cwd'>,
  { files, to, onBytes }: UploadHere,
): Promise<Uploading> {
  const { TaskManager } = await import('./engine/tasks/task-manager.ts');
  const tasks = new TaskManager({ kinds: { upload: { workers: settings.uploadWorkers } } });
  const named = files.map((file) => ({ path: resolve(cwd, file), as: nameOf(file) }));
  const options: UploadOptions = {
    to,
    endpoint: settings.filesEndpoint,
    region: settings.filesRegion,
    keyId: settings.filesKeyId,
    keySecret: settings.filesKeySecret,
    sessionToken: settings.filesSessionToken,
    addressing: settings.filesAddressing,
    onBytes,
    goOn: true,
  };
  // At once, so that a place of no use is told once and not for each file.
  const opening = openUpload(tasks, options);
  const opened = opening.then(() => {});
  opened.catch(() => {});
  const uploads = mapUploads(tasks, named, options, () => opening);
  return { uploads, opened, [Symbol.asyncDispose]: () => tasks.close({ graceMs: 0 }) };
}

function keysOf(given: Partial<UploadOptions>) {
  const { env } = process;
  return {
    endpoint: given.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? '',
    region: given.region ?? env.AWS_REGION ?? 'us-east-1',
    keyId: given.keyId ?? env.AWS_ACCESS_KEY_ID ?? '',
    keySecret: given.keySecret ?? env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: given.sessionToken ?? env.AWS_SESSION_TOKEN ?? '',
    addressing: given.addressing ?? 'auto',
  };
}

/** Relative paths keep their folders; others are known by their names alone. */
function nameOf(path: string): string {
  const plain = normalize(path).split(sep).join('/');
  const inside = !isAbsolute(path) && !plain.startsWith('../');
  return inside ? plain : basename(path);
}
