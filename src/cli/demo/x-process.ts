/** The stand-in of X as a process of its own; it ends with this one, however that ends. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { XStats } from '../../../sandbox/x/x-stats.ts';
import { moduleUrl } from '../../base/module-url.ts';

export interface XProcess {
  readonly url: string;
  readonly accountsFile: string;
  readonly listsFile: string;
  readonly truthFile: string;
  command(command: Readonly<Record<string, unknown>>): Promise<void>;
  stats(): Promise<XStats>;
  close(): Promise<void>;
}

const MAIN = moduleUrl(import.meta.url, '../../../sandbox/main.ts');

/** `options` are those of `sandbox/main.ts x`; its files are written to `directory`. */
export async function startXProcess(
  directory: string,
  options: readonly string[],
): Promise<XProcess> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(MAIN), 'x', '--json', '--until-stdin-closes', '--dir', directory, ...options],
    // A group of its own: Ctrl-C is for the run, which still needs X while it drains.
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
  const facts = JSON.parse(line) as Omit<XProcess, 'command' | 'stats' | 'close'>;
  return {
    ...facts,
    async command(command) {
      const body = JSON.stringify(command);
      await (await fetch(`${facts.url}/__control`, { method: 'POST', body })).arrayBuffer();
    },
    stats: async () => (await (await fetch(`${facts.url}/__stats`)).json()) as XStats,
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
