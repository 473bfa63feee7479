/** The command line as a child process: what users start, with its output and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/sluice.js', import.meta.url));
const LIMIT_MS = 90_000;

export interface Ended {
  /** 128 + n where a signal ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What was written so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves once stdout or stderr matches; rejects when the process ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface Start {
  readonly cwd: string;
  readonly stdin?: string | Buffer;
  /** Standard input stays open, for keys. */
  readonly stdinOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of node and the program: for `script`, `prlimit` and the like. */
  readonly command?: readonly string[];
  /** As another user, which root alone may ask for. */
  readonly uid?: number | undefined;
  /** Ended by force after so long, ms; default 90 s. */
  readonly limitMs?: number;
}

/** Starts `sluice ARGS`; ends it by force after a while, so that a hang fails a test. */
export function start(args: readonly string[], options: Start): Running {
  const [file, ...before] = options.command ?? [process.execPath, BIN];
  const child = spawn(file as string, [...before, ...args], {
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...options.env },
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on('error', () => {});
  if (!options.stdinOpen) child.stdin.end(options.stdin ?? '');
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? LIMIT_MS);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? 128, signal, ...output });
      for (const listener of listeners) listener();
    });
  });
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output.stderr) ?? pattern.exec(output.stdout);
        if (found) {
          listeners.delete(look);
          resolve(found);
        } else if (child.exitCode !== null || child.signalCode !== null) {
          listeners.delete(look);
          reject(new Error(`ended without ${pattern}: ${output.stdout}${output.stderr}`));
        }
      };
      listeners.add(look);
      look();
    });
  return { child, ended, output, said };
}

/** Runs `sluice ARGS` to its end. */
export function sluice(args: readonly string[], options: Start): Promise<Ended> {
  return start(args, options).ended;
}

/** A fresh directory that is gone when the scope is left. */
export function scratch(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The job that a run said it works on. */
export async function jobIdOf(running: Running): Promise<string> {
  return (await running.said(/\bj_[a-z0-9]+/))[0];
}
