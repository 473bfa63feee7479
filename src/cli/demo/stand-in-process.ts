/** A stand-in of the sandbox as a process of its own; it ends with this one, however that ends. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../base/module-url.ts';

export interface StandInProcess {
  /** What it says of itself: at least `port` and `url`. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly url: string;
  close(): Promise<void>;
}

const MAIN = moduleUrl(import.meta.url, '../../../sandbox/main.ts');

/** `args`: a kind and its options, as in `sandbox/main.ts`. */
export async function startStandInProcess(args: readonly string[]): Promise<StandInProcess> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(MAIN), ...args, '--json', '--until-stdin-closes'],
    // A group of its own: Ctrl-C is for the run, which still needs it while it drains.
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
  const facts = JSON.parse(line) as Readonly<Record<string, unknown>>;
  return {
    facts,
    url: String(facts.url),
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
