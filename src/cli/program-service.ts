/** The commands around the service: serving, and who may use it. */
import { type Command, Option } from 'commander';
import type { Load } from './program.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;
type Add = (command: Command) => Command;

const collect = (value: string, before: string[] = []) => [...before, value];

export function addServiceCommands(
  program: Command,
  run: Run,
  withGlobals: Add,
  withLimits: Add,
): void {
  withLimits(withGlobals(program.command('serve')))
    .description('serve the API, and work on the jobs that come in')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default 7070; 0 = any)')
    .option('--collector <file>', 'offer a collector of your own (repeatable)', collect)
    .option('--grace <duration>', 'how long work may go on after the first Ctrl-C (default 30s)')
    .action(run(async () => (await import('./commands/serve.ts')).runServe));

  const keys = program.command('keys').description('API keys');
  withGlobals(keys.command('create'))
    .description('make a key; it is printed once')
    .argument('[name]', 'what it is for')
    .option('--for <tenant>', 'tenant that it belongs to (default: the server itself)')
    .addOption(
      new Option('--scope <scope>', 'what it may do')
        .choices(['read', 'run', 'admin'])
        .default('run'),
    )
    .option('--expires <duration>', 'how long it is valid, such as 90d')
    .action(run(async () => (await import('./commands/keys.ts')).createKey));
  withGlobals(keys.command('ls'))
    .description('list keys')
    .action(run(async () => (await import('./commands/keys.ts')).listKeys));
  withGlobals(keys.command('revoke'))
    .description('make a key invalid')
    .argument('<key>', 'id of the key')
    .action(run(async () => (await import('./commands/keys.ts')).revokeKey));

  const tenants = program.command('tenants').description('who shares a server');
  const withQuotas: Add = (command) =>
    command
      .option('--weight <share>', 'share of the slots while others want them too')
      .option('--concurrency <count>', 'rows active at once; 0 = no limit')
      .option('--rows-per-day <count>', 'rows a day (UTC); 0 = no limit')
      .option('--upload-max <size>', 'largest upload, such as 2GiB; 0 = as the settings say');
  withGlobals(tenants.command('ls'))
    .description('list tenants')
    .action(run(async () => (await import('./commands/keys.ts')).listTenants));
  withQuotas(withGlobals(tenants.command('create')))
    .description('make a tenant')
    .argument('<name>')
    .action(run(async () => (await import('./commands/keys.ts')).createTenant));
  withQuotas(withGlobals(tenants.command('set')))
    .description('change what a tenant may use')
    .argument('<name>')
    .option('--disable', 'its keys open nothing any more')
    .option('--enable', 'its keys work again')
    .action(run(async () => (await import('./commands/keys.ts')).setTenant));
  withGlobals(tenants.command('rm'))
    .description('forget a tenant; its jobs stay')
    .argument('<name>')
    .action(run(async () => (await import('./commands/keys.ts')).removeTenant));
}
