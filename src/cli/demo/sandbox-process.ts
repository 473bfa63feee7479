/**
 * The sandbox's parts as processes of their own, so that they do not share a thread with what is
 * shown. It ends with this process however that ends: its standard input closes then.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../base/module-url.ts';

export interface StandIn<Facts> {
  /** What it said of itself when it was ready. */
  readonly facts: Facts;
  close(): Promise<void>;
}

export interface SandboxProcess {
  readonly port: number;
  readonly csvFile: string;
  readonly truthFile: string;
  /** What --resolve needs. */
  readonly resolveRules: readonly string[];
  /** Makes every site as on the first day. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const MAIN = moduleUrl(import.meta.url, '../../../sandbox/main.ts');

/** Starts `count` sites; their list and its truth are written to `directory`. */
export async function startSandboxProcess(
  count: number,
  directory: string,
  pageLatencyScale = 1,
): Promise<SandboxProcess> {
  const { facts, close } = await startStandIn<Omit<SandboxProcess, 'reset' | 'close'>>('sites', [
    ...['--count', String(count), '--dir', directory],
    ...['--page-latency-scale', String(pageLatencyScale)],
  ]);
  return {
    ...facts,
    close,
    async reset() {
      const url = `http://127.0.0.1:${facts.port}/__reset`;
      await (await fetch(url, { method: 'POST' })).arrayBuffer();
    },
  };
}

/** Starts a stand-in of a kind that `sandbox/main.ts` knows. */
export async function startStandIn<Facts>(
  kind: string,
  args: readonly string[],
): Promise<StandIn<Facts>> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(MAIN), kind, '--json', '--until-stdin-closes', ...args],
    // A group of its own: Ctrl-C is for the run, which still needs the sites while it drains.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    exited.then(() => reject(new Error('the sandbox did not start')));
  });
  return {
    facts: JSON.parse(line) as Facts,
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
