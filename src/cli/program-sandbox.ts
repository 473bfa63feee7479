/** The commands that start a stand-in: one of a shape for each in the table. */
import type { Command } from 'commander';
import type { Load } from './program.ts';
import { withBasics } from './program-globals.ts';
import { STAND_INS } from './stand-ins.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;

export function addSandboxCommands(program: Command, run: Run): void {
  const sandbox = program.command('sandbox').description('stand-ins to try everything with');
  for (const standIn of STAND_INS) {
    const { kind, description, seeded, files, options = [] } = standIn;
    const command = withBasics(sandbox.command(kind))
      .description(`${description}, on this machine until Ctrl-C`)
      .option('--port <port>', 'port (0 = any)', '0');
    for (const [flags, meaning] of options) command.option(flags, meaning);
    if (seeded !== undefined) {
      command.option('--seed <seed>', `the same seed gives ${seeded}`, '1');
    }
    if (files !== undefined) {
      command.option('--out <dir>', `where ${files} are written`, `./sandbox-${kind}`);
    }
    command.action(
      run(async () => (await import('./commands/sandbox.ts')).runSandbox.bind(undefined, standIn)),
    );
  }
}
