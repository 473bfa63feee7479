import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../base/clock.ts';
import { moduleUrl } from '../base/module-url.ts';
import type { RunnerAnswer, StartRunner } from './runner.ts';

const MEMORY_LOOK_MS = 250;
const PAGE_BYTES = 4_096;
const MB = 1_024 * 1_024;
const TITLE_CHARS_MAX = 60;
/** The rest of a process beside its heap: code, stacks, buffers. */
const BESIDE_HEAP_MB = 64;
/** What Node says last when its heap is full, and enough of what stands around it. */
const LAST_WORDS_CHARS = 8_000;
const FULL_HEAP = '<--- Last few GCs --->';

export interface ProcessRunnerOptions {
  /** Resident memory of one process, MB. */
  readonly memoryMbMax: number;
  readonly clock: Clock;
  /** What it is called in a list of processes. Default: as Node calls it. */
  readonly title?: string;
}

/**
 * Processes of their own: what a call does to its process (exit, crash, run out of memory, block
 * for ever) does nothing to this one. Their memory is bounded twice: the heap by Node, and all of
 * it by looking, where the system tells (Linux).
 */
export function processRunner({ memoryMbMax, clock, title }: ProcessRunnerOptions): StartRunner {
  return ({ onOnline, onAnswers, onLost }) => {
    const heapMb = Math.max(16, memoryMbMax - BESIDE_HEAP_MB);
    const child = fork(
      fileURLToPath(moduleUrl(import.meta.url, './process-entry.ts')),
      [`${process.pid}`],
      {
        serialization: 'advanced',
        execArgv: [
          `--max-old-space-size=${heapMb}`,
          ...(title === undefined ? [] : [`--title=${plain(title)}`]),
        ],
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      },
    );
    let lastWords = '';
    let look: Timer | undefined;
    let over = false;
    const lost: typeof onLost = (code, detail) => {
      if (over) return;
      over = true;
      look?.cancel();
      onLost(code, detail);
    };
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_CHARS);
      // What Node tells of a full heap at length is told in one sentence instead.
      if (!lastWords.includes(FULL_HEAP)) process.stderr.write(text);
    });
    const watch = () => {
      look = clock.after(MEMORY_LOOK_MS, () => {
        const bytes = residentBytes(child.pid);
        if (bytes > memoryMbMax * MB) {
          lost('compute.memory', `${memoryMbMax} MB`);
          child.kill('SIGKILL');
        } else if (!over) watch();
      });
    };
    child.on('spawn', () => {
      onOnline();
      watch();
    });
    child.on('message', (answers) => onAnswers(answers as unknown as readonly RunnerAnswer[]));
    child.on('error', (error) => lost('compute.crashed', error.message));
    // What it wrote last arrives before this, which is after its exit.
    child.on('close', (code, signal) => {
      if (lastWords.includes(FULL_HEAP)) lost('compute.memory', `${memoryMbMax} MB`);
      else lost('compute.crashed', signal ? `signal ${signal}` : `exit code ${code}`);
    });
    return {
      send: (calls) => void child.send([...calls], () => {}),
      hold(held) {
        if (held) {
          child.ref();
          child.channel?.ref();
        } else {
          child.unref();
          child.channel?.unref();
        }
      },
      async stop() {
        over = true;
        look?.cancel();
        if (child.exitCode !== null || child.signalCode !== null) return;
        // Waited for, even where nothing else keeps this process alive.
        child.ref();
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      },
    };
  };
}

/** A name from elsewhere, as an argument. */
function plain(title: string): string {
  return title.replace(/\p{Cc}/gu, ' ').slice(0, TITLE_CHARS_MAX);
}

/** 0 where the system does not tell. */
function residentBytes(pid: number | undefined): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * PAGE_BYTES || 0;
  } catch {
    return 0;
  }
}
