/** Checks what Sluice needs of the machine and the data directory, and says what to do about it. */
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { existsSync, statSync } from 'node:fs';
import { mkdir, open, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes } from '../../base/duration.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { computeThreads, Machine } from '../../base/machine.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import type { Workbench } from '../workbench.ts';
import { judgeDatabase } from './doctor-database.ts';

export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'error';
  readonly detail: string;
}

const SPACE_BYTES_LOW = 500 * 2 ** 20;
const OPEN_FILES_LOW = 1_024;

export async function runDoctor(invocation: Invocation): Promise<number> {
  const { io, flags } = invocation;
  const bench = await invocation.workbench();
  const findings = [
    checkNode(),
    await checkDirectory(bench),
    await checkSpace(bench),
    ...(await checkStore(bench)),
    ...checkMachine(),
    await checkThreads(bench),
    await checkNames(),
  ];
  for (const finding of findings) {
    const { check, verdict, detail } = finding;
    if (flags.json) io.stdout.write(`${JSON.stringify(finding)}\n`);
    else io.stdout.write(`${verdict.padEnd(8)}${check.padEnd(16)}${detail}\n`);
  }
  return findings.some((finding) => finding.verdict === 'error') ? EXIT.internal : EXIT.ok;
}

function checkNode(): Finding {
  return { check: 'node', verdict: 'ok', detail: process.version };
}

async function checkDirectory(bench: Workbench): Promise<Finding> {
  const check = 'data directory';
  const there = nearestThere(bench.dataDir);
  if (there !== bench.dataDir) return { check, ...(await judgeAbsent(bench.dataDir, there)) };
  const isDirectory = statSync(there).isDirectory();
  if (!isDirectory) return { check, verdict: 'error', detail: `${there} is no directory` };
  const probe = join(bench.dataDir, `.doctor-${randomUUID()}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    await file.write('probe');
    await file.sync();
    await file.close();
    return { check, verdict: 'ok', detail: `${bench.dataDir} can be written` };
  } catch (error) {
    return { check, verdict: 'error', detail: `${bench.dataDir}: ${messageOf(error)}` };
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

/** It may be a mistyped one, so none is made: only something beside it, for a moment. */
async function judgeAbsent(dataDir: string, there: string): Promise<Omit<Finding, 'check'>> {
  const probe = join(there, `.doctor-${randomUUID()}`);
  try {
    // Not asked of permissions alone: some file systems take no directories from anybody.
    await mkdir(probe, 0o700);
    await rmdir(probe);
    return { verdict: 'ok', detail: `${dataDir} is not there yet, and can be made` };
  } catch (error) {
    const [why] = messageOf(error).split(', mkdir');
    const detail = `${dataDir} is not there, and cannot be made in ${there}: ${why}`;
    return { verdict: 'error', detail };
  }
}

/** The path itself, or as much of it as there is. */
function nearestThere(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestThere(parent);
}

async function checkSpace(bench: Workbench): Promise<Finding> {
  const check = 'disk space';
  try {
    const { bavail, bsize } = await statfs(nearestThere(bench.dataDir));
    const free = bavail * bsize;
    const detail = `${formatBytes(free)} free`;
    return { check, verdict: free < SPACE_BYTES_LOW ? 'warning' : 'ok', detail };
  } catch (error) {
    return { check, verdict: 'warning', detail: messageOf(error) };
  }
}

async function checkStore(bench: Workbench): Promise<readonly Finding[]> {
  try {
    const exam = await bench.examineDatabase();
    return exam === undefined ? [await checkOwnStore(bench)] : judgeDatabase(exam);
  } catch (error) {
    return [{ check: 'postgres', verdict: 'error', detail: messageOf(error) }];
  }
}

async function checkOwnStore(bench: Workbench): Promise<Finding> {
  const check = 'database';
  try {
    await bench.checkThere();
    const session = await bench.openEngine('run');
    const jobs = await session.store.jobs({ states: ['running'], limit: 1_000 });
    await session.close();
    const detail =
      jobs.length === 0
        ? 'opens'
        : `opens; ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} can be resumed`;
    return { check, verdict: 'ok', detail };
  } catch (error) {
    const code = error instanceof SluiceError ? error.code : undefined;
    if (code === 'store.missing') return { check, verdict: 'ok', detail: 'there is none yet' };
    const busy = code === 'store.in_use';
    return { check, verdict: busy ? 'ok' : 'error', detail: messageOf(error) };
  }
}

function checkMachine(): Finding[] {
  const machine = new Machine();
  try {
    const { memoryBytes, memoryBytesMax, openFilesMax } = machine.read();
    const files = openFilesMax ?? 0;
    return [
      {
        check: 'memory',
        verdict: 'ok',
        detail: `${formatBytes(memoryBytes ?? 0)} in use of ${formatBytes(memoryBytesMax ?? 0)}`,
      },
      {
        check: 'open files',
        verdict: files > 0 && files < OPEN_FILES_LOW ? 'warning' : 'ok',
        detail:
          files === 0
            ? 'the limit is not known'
            : `limit ${files}${files < OPEN_FILES_LOW ? '; raise it with ulimit -n' : ''}`,
      },
    ];
  } finally {
    machine.close();
  }
}

async function checkThreads(bench: Workbench): Promise<Finding> {
  const check = 'threads';
  const threads = computeThreads(bench.resolved.settings.threads);
  return { check, verdict: 'ok', detail: `${threads} for extraction, 1 for the database` };
}

async function checkNames(): Promise<Finding> {
  const check = 'name service';
  try {
    await lookup('localhost');
    return { check, verdict: 'ok', detail: 'answers' };
  } catch (error) {
    return { check, verdict: 'warning', detail: messageOf(error) };
  }
}
