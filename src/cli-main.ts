/** The entry of the command line: joins the program with the composition root. */
import { resolve } from 'node:path';
import { SluiceError, systemCode } from './base/errors.ts';
import { runProgram } from './cli/program.ts';
import { reportError } from './cli/report-error.ts';
import type { Io, Purpose } from './cli/workbench.ts';
import type { ResolvedSettings } from './model/resolve-settings.ts';
import { writeFailure } from './sinks/durable-file.ts';

/** Runs one command; resolves with the exit code. */
export function runCli(args: readonly string[]): Promise<number> {
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  };
  io.stdout.on('error', (error) => leaveWithoutOutput(error, io, args));
  io.stderr.on('error', () => {});
  const open = async (resolved: ResolvedSettings, purpose: Purpose = 'command') => {
    const { createWorkbench } = await import('./main.ts');
    const bench = createWorkbench(resolved, io, await serviceLog(resolved, io, purpose));
    // By name from here on, so that a server's jobs can be taken up by a command as well.
    for (const path of resolved.settings.collectors) {
      await bench.registry.register(resolve(io.cwd, path));
    }
    return bench;
  };
  return runProgram(args, io, { open, prepareEngine });
}

/** What opening an engine waits for longest, begun while the command is loaded. */
async function prepareEngine({ settings }: ResolvedSettings): Promise<void> {
  if (settings.databaseUrl !== '') return;
  (await import('./store/thread/spare-thread.ts')).startSpareThread();
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

/** Where the reader of the output goes away (`| head`), the command ends quietly. */
function leaveWithoutOutput(error: Error, io: Io, args: readonly string[]): never {
  if (systemCode(error) === 'EPIPE') process.exit(0);
  const path = 'standard output';
  const { detail = error.message, full = false } = writeFailure(error) ?? {};
  const told = full
    ? new SluiceError('output.full', { path }, { cause: error })
    : new SluiceError('output.unwritable', { path, detail }, { cause: error });
  // Not on standard output, whatever was asked for: it takes nothing.
  const words = args.filter((arg) => arg !== '--json');
  process.exit(reportError(told, io, words));
}
