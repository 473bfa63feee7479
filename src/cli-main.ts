/** The entry of the command line: joins the program with the composition root. */
import { systemCode } from './base/errors.ts';
import { runProgram } from './cli/program.ts';
import type { Io } from './cli/workbench.ts';

/** Runs one command; resolves with the exit code. */
export function runCli(args: readonly string[]): Promise<number> {
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  };
  // Where the reader of the output goes away (`| head`), the command ends quietly.
  io.stdout.on('error', (error) => leaveOnBrokenPipe(error));
  io.stderr.on('error', () => {});
  return runProgram(args, io, async (resolved) => {
    const { createWorkbench } = await import('./main.ts');
    return createWorkbench(resolved, io);
  });
}

function leaveOnBrokenPipe(error: Error): void {
  if (systemCode(error) !== 'EPIPE') throw error;
  process.exit(0);
}
