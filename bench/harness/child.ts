/**
 * A contender is a process of its own: nothing that one leaves in memory or in a warm compiler helps
 * or hurts the next. It gets its task as JSON in its last argument and answers with one line of JSON
 * on standard output; what it used of the machine is told by the kernel when it exits.
 */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const REPORT_USAGE = new URL('./report-usage.mjs', import.meta.url);
const TIMEOUT_MS = 600_000;
const ERROR_CHARS = 4_000;

export interface ChildOptions {
  readonly file: URL;
  /** Given as JSON, the last argument; undefined = none. */
  readonly input?: unknown;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `json`: the last line of standard output is the answer. `none`: there is no answer. */
  readonly answer?: 'json' | 'none';
  readonly timeoutMs?: number;
}

export interface ChildRun<T> {
  /** undefined where there is no answer. */
  readonly value: T;
  /** From the start of the process to its end. */
  readonly wallMs: number;
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  /** The most memory it held at one time, with all its threads. */
  readonly peakBytes: number;
}

export interface Usage {
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/** Rejects when the process fails, says nothing or takes too long. */
export async function runChild<T>(options: ChildOptions): Promise<ChildRun<T>> {
  const { file, args = [], nodeFlags = [], timeoutMs = TIMEOUT_MS } = options;
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...nodeFlags,
      `--import=${REPORT_USAGE.href}`,
      fileURLToPath(file),
      ...args,
      ...(options.input === undefined ? [] : [JSON.stringify(options.input)]),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      // Compiled code is kept between runs, for every contender alike.
      env: {
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
        ...process.env,
        SLUICE_BENCH_USAGE_FD: '3',
        ...options.env,
      },
    },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [, out, err, usage] = child.stdio;
  const texts = Promise.all([read(out), read(err), read(usage as Readable)]);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
  });
  clearTimeout(timer);
  const wallMs = performance.now() - startedMs;
  const [answer, errors, used] = await texts;
  if (code !== 0) {
    throw new Error(`${fileURLToPath(file)} ended with ${code}: ${errors.slice(-ERROR_CHARS)}`);
  }
  const wanted = options.answer ?? 'json';
  const value = wanted === 'json' ? (JSON.parse(lastLine(answer)) as T) : (undefined as T);
  return { value, wallMs, ...(JSON.parse(used || '{}') as Usage) };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

async function read(stream: Readable | null): Promise<string> {
  let text = '';
  stream?.setEncoding('utf8');
  for await (const chunk of stream ?? []) text += chunk as string;
  return text;
}
