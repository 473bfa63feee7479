/**
 * Ends processes (`kill -9`, frozen ones too) when the process that started them is gone, however it
 * went: a shell beside it waits for the end of a pipe that only the latter holds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const GUARD = `
  pids=' '
  while read -r sign pid; do
    case "$sign" in
      +) pids="$pids$pid " ;;
      -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
    esac
  done
  for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done`;

export class ProcessGuard {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', GUARD], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.unref();
    this.#shell.stdin?.on('error', () => {});
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  /** From now on until it ends by itself. */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#shell.stdin?.write(`+ ${pid}\n`);
    // Its number may soon belong to another.
    child.once('exit', () => this.#shell.stdin?.write(`- ${pid}\n`));
  }

  /** Ends what is left, and the guard. */
  async close(): Promise<void> {
    const exit = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await exit;
  }
}
