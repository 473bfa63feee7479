import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemCode } from './errors.ts';

/**
 * How the process and its machine are doing: event loop, memory against what the container allows
 * (cgroup version 1 or 2), open files. What cannot be read here is left out, never guessed.
 */
export interface MachineReadings {
  /** 99th percentile of the event loop's delay since the last reading, ms. */
  readonly loopDelayMs?: number;
  readonly memoryBytes?: number;
  readonly memoryBytesMax?: number;
  readonly openFiles?: number;
  readonly openFilesMax?: number;
  /** Share of the cores that were busy since the last reading: the machine's, or ours of ours. */
  readonly cpuShare?: number;
}

/**
 * Reads files and folders; undefined where there is none, and no end of files where no more can
 * be opened. For tests of other machines' files.
 */
export interface FileReader {
  text(path: string): string | undefined;
  count(path: string): number | undefined;
}

const RESOLUTION_MS = 10;
const CGROUP_ROOT = '/sys/fs/cgroup';

interface CgroupFiles {
  readonly folder: string;
  readonly usage: string;
  readonly limit: string;
  /** Field of memory.stat: file pages that the kernel drops when memory is short. */
  readonly reclaimable: string;
}

export class Machine {
  readonly #files: FileReader;
  readonly #totalBytes: number;
  readonly #openFilesMax: number | undefined;
  readonly #memory: { readonly files: CgroupFiles; readonly bytesMax: number } | undefined;
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>;
  #cpu = readCpu();

  constructor(files: FileReader = systemFiles, totalBytes = totalmem()) {
    this.#files = files;
    this.#totalBytes = totalBytes;
    this.#memory = findMemoryLimit(files, totalBytes);
    this.#openFilesMax = readOpenFilesMax(files);
    this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#loop.enable();
  }

  /** Never throws: it is read by timers, and most when the machine is short of everything. */
  read(): MachineReadings {
    const memoryBytes = this.#memoryBytes();
    const openFiles = this.#openFiles();
    const loopDelayMs = this.#loopDelayMs();
    const before = this.#cpu;
    this.#cpu = readCpu();
    const cpuShare = busyShare(before, this.#cpu);
    return {
      ...(cpuShare === undefined ? {} : { cpuShare }),
      ...(loopDelayMs === undefined ? {} : { loopDelayMs }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      memoryBytesMax: this.#memory?.bytesMax ?? this.#totalBytes,
      ...(openFiles === undefined ? {} : { openFiles }),
      ...(this.#openFilesMax === undefined ? {} : { openFilesMax: this.#openFilesMax }),
    };
  }

  close(): void {
    this.#loop.disable();
  }

  #loopDelayMs(): number | undefined {
    if (this.#loop.count === 0) return undefined;
    // The histogram counts the time between two ticks of its timer, never less than its period.
    const delayMs = this.#loop.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#loop.reset();
    return Math.max(0, delayMs);
  }

  /** Where not even the folder can be opened, all of them are. */
  #openFiles(): number | undefined {
    const count = this.#files.count('/proc/self/fd');
    return count === Number.POSITIVE_INFINITY ? this.#openFilesMax : count;
  }

  #memoryBytes(): number | undefined {
    if (!this.#memory) {
      const available = /^MemAvailable: +(\d+) kB/m.exec(this.#files.text('/proc/meminfo') ?? '');
      const availableBytes = whole(available?.[1]);
      if (availableBytes === undefined) return residentBytes();
      return Math.max(0, this.#totalBytes - availableBytes * 1_024);
    }
    const { files } = this.#memory;
    const usage = whole(this.#files.text(`${files.folder}/${files.usage}`));
    if (usage === undefined) return residentBytes();
    const stat = this.#files.text(`${files.folder}/memory.stat`) ?? '';
    const reclaimable = new RegExp(`^${files.reclaimable} (\\d+)`, 'm').exec(stat)?.[1];
    return Math.max(0, usage - (whole(reclaimable) ?? 0));
  }
}

interface CpuReading {
  readonly atMs: number;
  /** Of this process, all threads. */
  readonly ownMs: number;
  /** Of the machine, since it began. */
  readonly busyMs: number;
  readonly allMs: number;
}

function readCpu(): CpuReading {
  const { user, system } = process.cpuUsage();
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of attempt(cpus) ?? []) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    allMs += busy + times.idle;
  }
  return { atMs: performance.now(), ownMs: (user + system) / 1_000, busyMs, allMs };
}

/** A container may have fewer cores than the machine, and all of them busy with this process. */
function busyShare(before: CpuReading, now: CpuReading): number | undefined {
  const spentMs = (now.atMs - before.atMs) * availableParallelism();
  if (spentMs <= 0) return undefined;
  const allMs = now.allMs - before.allMs;
  const machine = allMs > 0 ? (now.busyMs - before.busyMs) / allMs : 0;
  return Math.min(1, Math.max(machine, (now.ownMs - before.ownMs) / spentMs));
}

/** The tightest limit from this process's group up to the root, if one is below the total. */
function findMemoryLimit(files: FileReader, totalBytes: number) {
  let found: { files: CgroupFiles; bytesMax: number } | undefined;
  for (const candidate of cgroupFolders(files.text('/proc/self/cgroup') ?? '')) {
    const bytesMax = whole(files.text(`${candidate.folder}/${candidate.limit}`));
    if (bytesMax !== undefined && bytesMax < (found?.bytesMax ?? totalBytes)) {
      found = { files: candidate, bytesMax };
    }
  }
  return found;
}

function cgroupFolders(cgroup: string): CgroupFiles[] {
  const folders: CgroupFiles[] = [];
  for (const line of cgroup.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const second = controllers === '';
    if (!second && !controllers.split(',').includes('memory')) continue;
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const root = second ? CGROUP_ROOT : `${CGROUP_ROOT}/memory`;
      const folder = [root, ...parts.slice(0, depth)].join('/');
      folders.push(
        second
          ? { folder, usage: 'memory.current', limit: 'memory.max', reclaimable: 'inactive_file' }
          : {
              folder,
              usage: 'memory.usage_in_bytes',
              limit: 'memory.limit_in_bytes',
              reclaimable: 'total_inactive_file',
            },
      );
    }
  }
  return folders;
}

function whole(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined;
}

const systemFiles: FileReader = {
  text: (path) => attempt(() => readFileSync(path, 'latin1')),
  count(path) {
    try {
      return readdirSync(path).length;
    } catch (error) {
      return systemCode(error) === 'EMFILE' ? Number.POSITIVE_INFINITY : undefined;
    }
  },
};

/** Files that this process may have open at once; undefined where the system does not tell. */
export function readOpenFilesMax(files: FileReader = systemFiles): number | undefined {
  const limits = files.text('/proc/self/limits') ?? '';
  return whole(/^Max open files +(\d+)/m.exec(limits)?.[1]);
}

/** Node, too, opens a file of the system for it. */
function residentBytes(): number | undefined {
  return attempt(() => process.memoryUsage.rss());
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** More threads than this gain little beside the main one and cost a heap each. */
const COMPUTE_THREADS_MAX = 4;

/**
 * Threads for CPU work: as set, or where nothing (0) is set, one a core but for one core, up to
 * four. Fetching, the database and the garbage collectors of all threads fill that core; a thread
 * on it too would only compile everything and hold its own heap once more.
 */
export function computeThreads(set: number): number {
  return set || Math.max(1, Math.min(COMPUTE_THREADS_MAX, availableParallelism() - 1));
}
