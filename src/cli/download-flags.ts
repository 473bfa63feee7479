/** Writes a job's results as the download flags ask for. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { Collector } from '../collectors/collector.ts';
import {
  type DownloadCounts,
  type DownloadRequest,
  downloadToFile,
  writeDownload,
} from '../engine/download.ts';
import { type FailuresRequest, writeFailures } from '../engine/download-failures.ts';
import { collectorLeft, jobDownload, jobWithInput } from '../engine/job-download.ts';
import { sendToPostgres, type TableTarget, tableTarget } from '../engine/send-to-postgres.ts';
import type { Job } from '../model/job.ts';
import {
  EXPORT_FORMATS,
  type ExportFormat,
  exportFormat,
  namedFormat,
} from '../sinks/export-format.ts';
import { writeWhole } from '../sinks/file-output.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { Store } from '../store/store.ts';
import type { OwnFlags } from './program.ts';
import type { Io, Workbench } from './workbench.ts';

/** A download that is known to be possible: flags are checked before the job runs. */
export interface DownloadPlan {
  /** Where it goes, for people; undefined = stdout. */
  readonly path: string | undefined;
  /** The records go there instead of into a file. */
  readonly table: TableTarget | undefined;
  readonly format: ExportFormat;
  readonly shape: DownloadRequest['shape'] | undefined;
  readonly safeFormulas: DownloadRequest['safeFormulas'];
}

/**
 * undefined: no file was asked for. Throws `output.*` or `usage.invalid`: before the work, not
 * after.
 */
export function planDownload(
  own: OwnFlags,
  fallback: 'stdout' | 'none',
  cwd: string,
): DownloadPlan | undefined {
  const output = own.output === undefined ? undefined : String(own.output);
  if (own.to !== undefined) {
    if (output !== undefined || own.format !== undefined) {
      throw new SluiceError('usage.invalid', {
        detail: '--to takes neither --output nor --format',
      });
    }
    const table = tableTarget(String(own.to));
    return { path: table.name, table, shape: 'record', format: 'jsonl', safeFormulas: 'off' };
  }
  if (output === undefined && fallback === 'none') return undefined;
  const path = output === undefined || output === '-' ? undefined : output;
  if (path !== undefined) checkWritable(path, cwd);
  return {
    path,
    table: undefined,
    shape: own.records ? 'record' : undefined,
    format: formatOf(own.format, path),
    safeFormulas: safeFormulasOf(own.safeFormulas),
  };
}

function checkWritable(path: string, cwd: string): void {
  const file = resolve(cwd, path);
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
      throw new SluiceError('output.unwritable', { path, detail: 'it is a directory' });
    }
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const code = systemCode(error);
    const detail =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no directory ${dirname(path)}`
        : messageOf(error);
    throw new SluiceError('output.unwritable', { path, detail });
  }
}

export async function runDownload(
  plan: DownloadPlan,
  job: Job,
  collector: Collector | undefined,
  store: Store,
  bench: Workbench,
  io: Io,
): Promise<DownloadCounts> {
  await bench.inputHere(job.input.path);
  const request = jobDownload(job, collector, { store, dataDir: bench.dataDir }, plan);
  if (plan.table !== undefined) {
    return sendToPostgres(request, plan.table, bench.resolved.settings.exportConnections);
  }
  if (plan.path !== undefined) return downloadToFile(request, resolve(io.cwd, plan.path));
  return writeDownload(request, new StreamOutput(io.stdout));
}

/** The same where the job's collector, a user's file, may be gone since; `say` is told of that. */
export async function runDownloadLeft(
  plan: DownloadPlan,
  job: Job,
  store: Store,
  bench: Workbench,
  io: Io,
  say: (line: string) => void,
): Promise<DownloadCounts> {
  const collector = await collectorLeft(bench.registry, job, ({ message }) => {
    say(`warning: ${message} The columns are those of the job’s records.`);
  });
  return runDownload(plan, job, collector, store, bench, io);
}

/** Failed rows alone, of all failures or of those that are named so. */
export interface FailedRows {
  readonly only?: string;
  /** Rows like an earlier one as well. */
  readonly duplicates?: boolean;
}

/** Writes them as CSV; resolves with their number. */
export async function runFailures(
  plan: DownloadPlan & FailedRows,
  job: Job,
  store: Store,
  bench: Workbench,
  io: Io,
): Promise<number> {
  const { only, duplicates, safeFormulas } = plan;
  await bench.inputHere(job.input.path);
  const stored = jobWithInput(job, bench.dataDir);
  const wish = { which: 'failed', only, duplicates, safeFormulas } as const;
  const request: FailuresRequest = { job: stored, store, ...wish };
  if (plan.path === undefined) return writeFailures(request, new StreamOutput(io.stdout));
  return writeWhole(resolve(io.cwd, plan.path), (output) => writeFailures(request, output));
}

function formatOf(flag: unknown, path: string | undefined): ExportFormat {
  if (flag === undefined) return path === undefined ? 'csv' : exportFormat(path);
  const known = namedFormat(String(flag));
  if (known) return known;
  throw new SluiceError('usage.unknown', {
    kind: 'format',
    name: String(flag),
    suggestion: `There are: ${EXPORT_FORMATS.join(', ')}.`,
  });
}

function safeFormulasOf(flag: unknown): DownloadRequest['safeFormulas'] {
  if (flag === undefined || flag === false) return 'off';
  if (flag === true || flag === 'results') return 'results';
  if (flag === 'all') return 'all';
  throw new SluiceError('usage.invalid', {
    detail: `--safe-formulas takes results or all, not ${String(flag)}`,
  });
}
