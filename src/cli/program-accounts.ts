/** The commands around accounts at services. */
import type { Command } from 'commander';
import type { Load } from './program.ts';
import { withGlobals } from './program-globals.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;

export function addAccountCommands(program: Command, run: Run): void {
  const accounts = program
    .command('accounts')
    .description('what work at services with limits is done with');
  const load = () => import('./commands/accounts.ts');
  const one = (name: string, description: string) =>
    withGlobals(accounts.command(name))
      .description(description)
      .argument('<account>', 'id of the account, or its name');
  withGlobals(accounts.command('ls'))
    .description('list accounts: their state, what is left, who uses them')
    .argument('[service]', 'only of this service, such as x')
    .action(run(async () => (await load()).listAccounts));
  withGlobals(accounts.command('add'))
    .description('add an account; its secret is read from stdin')
    .argument('<service>', 'where it is, such as x')
    .argument('<name>', 'what it is called here')
    .option('--secret-file <file>', 'read the secret from a file')
    .option('--secret <text>', 'the secret itself; other users of this machine may see it')
    .option('--replace', 'enter the secret of one that is there anew')
    .action(run(async () => (await load()).addAccount));
  withGlobals(accounts.command('import'))
    .description('add accounts from CSV or JSON lines, with service, name and secret')
    .argument('<file>', 'the file; - for stdin')
    .option('--service <name>', 'of those that name none')
    .option('--replace', 'enter the secrets of those that are there anew')
    .action(run(async () => (await load()).importAccounts));
  one('test', 'ask the service whether it lets an account in').action(
    run(async () => (await load()).testAccount),
  );
  one('rest', 'give an account rest for a while')
    .option('--for <duration>', 'so long (default: the setting accountRestMs)')
    .option('--why <text>', 'kept with it')
    .action(run(async () => (await load()).restAccount));
  one('ready', 'have an account used again').action(run(async () => (await load()).readyAccount));
  one('retire', 'have an account used no more, and keep it')
    .option('--why <text>', 'kept with it')
    .action(run(async () => (await load()).retireAccount));
  one('rm', 'remove an account with its secret').action(
    run(async () => (await load()).removeAccount),
  );
}
