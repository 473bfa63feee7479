/** A stand-in server in a process of its own, so that its work is not its clients'. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SANDBOX = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));

export interface Farm {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What the server has counted so far. */
  stats<T>(): Promise<T>;
  close(): Promise<void>;
}

/** Resolves once it listens on loopback; it also ends when this process goes away. */
export async function startFarm(kind: string, flags: readonly string[] = []): Promise<Farm> {
  const child = spawn(
    process.execPath,
    [SANDBOX, kind, '--json', '--until-stdin-closes', ...flags],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the ${kind} server ended with ${code}`)));
  });
  const { port } = JSON.parse(first) as { port: number };
  const url = `http://127.0.0.1:${port}`;
  return {
    port,
    url,
    stats: async <T>() => (await (await fetch(`${url}/__stats`)).json()) as T,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
