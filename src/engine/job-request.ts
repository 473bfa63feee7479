/**
 * Step 1: from what a user asks for to a job that can be stored. Everything that can be checked
 * before the first row is checked here, so a mistake is answered at once. The input is copied into
 * the data directory: the job can be resumed and downloaded whatever happens to the original.
 */
import { createWriteStream } from 'node:fs';
import { constants, copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { nearest } from '../base/suggest.ts';
import { syncFile } from '../base/sync-file.ts';
import type { Collector } from '../collectors/collector.ts';
import type { Registry } from '../collectors/registry.ts';
import type { JobInput, JobSpec } from '../model/job.ts';
import { syncDirectory } from '../sinks/durable-file.ts';
import type { InputFile } from '../sources/input-file.ts';
import type { InputWarning } from '../sources/input-warning.ts';
import type { InputWishes } from '../sources/inspect-input.ts';
import { type OpenedSource, openSource } from '../sources/open-source.ts';

export interface JobRequest {
  /** Registered name or path of a collector file. */
  readonly collector: string;
  /** What the input is called. Default: its path, or standard input. */
  readonly inputName?: string;
  /**
   * Path of the input, a stream (standard input), a file on its way in, a small one in memory that
   * the caller puts where it belongs, or undefined.
   */
  readonly input: string | Readable | ArrivingInput | HeldInput | undefined;
  readonly column: string | undefined;
  /** What the user says about the file; anything else is found out. */
  readonly wishes: InputWishes;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tenant: string;
  /** Share among the tenant's jobs; 1 where nothing is said. */
  readonly weight?: number | undefined;
  /** 0 = by the collector or the settings. */
  readonly concurrency: number;
  /** undefined = by the collector or the settings. */
  readonly retries: number | undefined;
  readonly idempotencyKey: string | undefined;
  readonly callerWaitsMs?: number | undefined;
}

/** An input that somebody else writes to its place; only a part of it may be there. */
export interface ArrivingInput {
  /** The job's: its input's name on disk is made from it. */
  readonly jobId: string;
  /** In the data directory. */
  readonly path: string;
  /** For people; its end says what is in it. */
  readonly name: string;
  readonly file: InputFile;
}

export interface HeldInput {
  readonly bytes: Buffer;
}

export interface JobRequestParts {
  readonly registry: Registry;
  readonly dataDir: string;
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly retries: number;
}

export interface PreparedJob {
  readonly spec: JobSpec;
  readonly collector: Collector;
  readonly warnings: readonly InputWarning[];
}

/** Rejects with `collector.*`, `input.*`, `usage.invalid` or `store.*`; leaves nothing behind then. */
export async function prepareJob(
  request: JobRequest,
  parts: JobRequestParts,
): Promise<PreparedJob> {
  const name = parts.registry.canonicalName(request.collector, parts.cwd);
  const collector = await parts.registry.get(name);
  const options = checkOptions(collector, request.options);
  const id = isArriving(request.input)
    ? request.input.jobId
    : newId('j', parts.clock.wallMs(), parts.random);
  const { input, warnings } = await takeInput(id, collector, request, parts);
  const { callerWaitsMs } = request;
  return {
    collector,
    warnings,
    spec: {
      id,
      tenant: request.tenant,
      collector: name,
      options,
      input,
      weight: request.weight ?? 1,
      concurrency: request.concurrency,
      retries: request.retries ?? collector.defaults?.retries ?? parts.retries,
      idempotencyKey: request.idempotencyKey,
      ...(callerWaitsMs === undefined ? {} : { callerWaitsMs }),
      createdMs: parts.clock.wallMs(),
    },
  };
}

/** The options as they were given, once the collector's schema takes them. */
export function checkOptions(
  collector: Collector,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!collector.options) return options;
  const known = optionNames(collector);
  for (const name of Object.keys(options)) {
    if (known.length === 0 || known.includes(name)) continue;
    const near = nearest(name, known);
    throw new SluiceError('usage.unknown', {
      kind: `option of ${collector.name}`,
      name,
      suggestion: near ? `Did you mean ${near}?` : `There are: ${known.join(', ')}.`,
    });
  }
  const parsed = collector.options.safeParse(options);
  if (parsed.success) return options;
  const issue = parsed.error.issues[0];
  throw new SluiceError('usage.invalid', {
    detail: `The option ${issue?.path.map(String).join('.')} of ${collector.name} is wrong: ${issue?.message} (\`sluice collectors describe\`, or GET /v1/collectors/${collector.name}, shows the options)`,
  });
}

/** Names of a collector's options, where its schema is an object. */
export function optionNames(collector: Collector): readonly string[] {
  const schema = collector.options as { shape?: Record<string, unknown> } | undefined;
  return Object.keys(schema?.shape ?? {});
}

/** Throws `usage.invalid` where the collector cannot work without an input. */
export function checkNoInput({ name, columnFor, plan }: Collector): void {
  // Without a plan of its own there is a task a row.
  if (columnFor === undefined && plan) return;
  throw new SluiceError('usage.invalid', {
    detail: `${name} needs an input, such as websites.csv, - for standard input, or that of a job (--input-of); by HTTP a file to POST /v1/uploads, or \`input\` of POST /v1/jobs`,
  });
}

async function takeInput(
  id: string,
  collector: Collector,
  request: JobRequest,
  parts: JobRequestParts,
): Promise<{ input: JobInput; warnings: readonly InputWarning[] }> {
  const { input } = request;
  if (input === undefined) {
    checkNoInput(collector);
    return { input: { path: '', name: '', format: 'none', dialect: {} }, warnings: [] };
  }
  const inspect = async (path: InputFile, name: string) => {
    const source = await openSource(
      { path, name, format: undefined, dialect: {} },
      {
        wishes: request.wishes,
        ...(request.column === undefined ? {} : { column: request.column }),
        ...(collector.columnFor === undefined ? {} : { columnFor: collector.columnFor }),
      },
    );
    checkNoSecrets(collector, source.columns, name);
    return source;
  };
  if (isArriving(input)) {
    const source = await inspect(input.file, input.name);
    return { input: inputOf(input.path, input.name, source), warnings: source.warnings };
  }
  const path = join('inputs', id);
  if (isHeld(input)) {
    const name = request.inputName ?? 'rows';
    const source = await inspect({ name, bytes: input.bytes }, name);
    return { input: inputOf(path, name, source), warnings: source.warnings };
  }
  const original = typeof input === 'string' ? resolve(parts.cwd, input) : undefined;
  // A file that cannot be used is refused before anything is copied.
  const early = original === undefined ? undefined : await inspect(original, input as string);
  const place = path + (original === undefined ? '' : extname(original));
  const copy = join(parts.dataDir, place);
  await mkdir(join(parts.dataDir, 'inputs'), { recursive: true, mode: 0o700 });
  try {
    if (original === undefined) {
      await pipeline(input as Readable, createWriteStream(copy, { mode: 0o600 }));
    } else {
      await copyFile(original, copy, constants.COPYFILE_FICLONE);
    }
    // The job that it becomes survives a power cut: so do all of its rows.
    await syncFile(copy);
    await syncDirectory(dirname(copy));
    const name =
      request.inputName ?? (original === undefined ? 'standard input' : (input as string));
    const source = early ?? (await inspect(copy, name));
    return { input: inputOf(place, name, source), warnings: source.warnings };
  } catch (error) {
    await rm(copy, { force: true });
    throw copyError(error, parts.dataDir);
  }
}

function checkNoSecrets(
  { name: collector, secretColumns = [] }: Collector,
  columns: readonly string[],
  input: string,
): void {
  const column = columns.find((each) => secretColumns.includes(each.trim().toLowerCase()));
  if (column === undefined) return;
  throw new SluiceError('input.holds_secrets', { input, column, collector });
}

export function isArriving(input: unknown): input is ArrivingInput {
  return typeof input === 'object' && input !== null && 'jobId' in input;
}

export function isHeld(input: JobRequest['input']): input is HeldInput {
  return typeof input === 'object' && 'bytes' in input;
}

function inputOf(path: string, name: string, source: OpenedSource): JobInput {
  const { format, dialect, column } = source;
  return { path, name, format, dialect, ...(column === undefined ? {} : { column }) };
}

function copyError(error: unknown, dataDir: string): unknown {
  const code = systemCode(error);
  if (error instanceof SluiceError || code === undefined) return error;
  if (code === 'ENOSPC') return new SluiceError('store.full', { path: dataDir }, { cause: error });
  return new SluiceError('store.unwritable', { path: dataDir, detail: messageOf(error) });
}
