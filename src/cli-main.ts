/** The entry of the command line: joins the program with the composition root. */
import { resolve } from 'node:path';
import { systemCode } from './base/errors.ts';
import { runProgram } from './cli/program.ts';
import type { Io, Purpose } from './cli/workbench.ts';
import type { ResolvedSettings } from './model/resolve-settings.ts';

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
  return runProgram(args, io, async (resolved, purpose = 'command') => {
    const { createWorkbench } = await import('./main.ts');
    const bench = createWorkbench(resolved, io, await serviceLog(resolved, io, purpose));
    // By name from here on, so that a server's jobs can be taken up by a command as well.
    for (const path of resolved.settings.collectors) {
      await bench.registry.register(resolve(io.cwd, path));
    }
    return bench;
  });
}

/** Services write JSON lines where machines read them; undefined = lines for people. */
async function serviceLog({ settings, origins }: ResolvedSettings, io: Io, purpose: Purpose) {
  const { logFormat } = settings;
  const wanted = logFormat === 'json' || (logFormat === 'auto' && io.stderr.isTTY !== true);
  if (purpose !== 'service' || !wanted) return undefined;
  const { pinoLogger } = await import('./server/pino-logger.ts');
  // What a person would find too much is what a service is asked for later.
  return pinoLogger(origins.logLevel.source === 'default' ? 'info' : settings.logLevel);
}

function leaveOnBrokenPipe(error: Error): void {
  if (systemCode(error) !== 'EPIPE') throw error;
  process.exit(0);
}
