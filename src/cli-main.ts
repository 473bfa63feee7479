/** The entry of the command line: joins the program with the composition root. */
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
  return runProgram(args, io, async (resolved) => {
    const { createWorkbench } = await import('./main.ts');
    return createWorkbench(resolved, io);
  });
}
