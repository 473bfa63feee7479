/** The commands around the service: serving, and who may use it. */
import { type Command, Option } from 'commander';
import type { Load } from './program.ts';
import { addAccountCommands } from './program-accounts.ts';
import { errorsAsJson, withBasics, withData, withGlobals, withTenant } from './program-globals.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;
type Add = (command: Command) => Command;

const collect = (value: string, before: string[] = []) => [...before, value];

export function addServiceCommands(program: Command, run: Run, withLimits: Add): void {
  withLimits(withTenant(withData(withBasics(program.command('serve')))))
    .description('serve the API, and work on the jobs that come in')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default 7070; 0 = any)')
    .option('--collector <file>', 'offer a collector of your own (repeatable)', collect)
    .option('--grace <duration>', 'how long work may go on after the first Ctrl-C (default 30s)')
    .action(run(async () => (await import('./commands/serve.ts')).runServe));

  withLimits(withData(withBasics(program.command('worker'))))
    .description('work on the jobs of a cluster, as one more node')
    .option('--host <address>', 'address for its health and metrics (default 127.0.0.1)')
    .option('--port <port>', 'port for its health and metrics (default 0: none)')
    .option('--collector <file>', 'a collector of your own that jobs name (repeatable)', collect)
    .option('--grace <duration>', 'how long work may go on after the first Ctrl-C (default 30s)')
    .action(run(async () => (await import('./commands/worker.ts')).runWorker));

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

  addScheduleCommands(program, run);
  addWebhookCommands(program, run);
  addAccountCommands(program, run);

  addCollectionCommands(program, run);

  errorsAsJson(withGlobals(program.command('report')))
    .description('what came of a job as one HTML page with charts, which needs nothing else')
    .argument('<job>', 'id of the job')
    .option('-o, --output <file>', 'write it here (- = stdout)')
    .action(run(async () => (await import('./commands/report.ts')).writeReport));

  const files = program.command('files').description('files that collectors have kept');
  errorsAsJson(withGlobals(files.command('manifest')))
    .description('the files that the records of a job name, as JSON lines')
    .argument('<job>', 'id of the job')
    .option('-o, --output <file>', 'write them here (- = stdout)')
    .action(run(async () => (await import('./commands/files.ts')).printManifest));

  const limits = program.command('limits').description('what work waits for, on a server');
  withGlobals(limits.command('ls'))
    .description('the busiest limits: hosts, accounts, endpoints')
    .option('-n, --limit <count>', 'at most so many', '50')
    .action(run(async () => (await import('./commands/limits.ts')).listLimits));
  withGlobals(limits.command('why'))
    .description('what a job waits for')
    .argument('<job>', 'id of the job')
    .action(run(async () => (await import('./commands/limits.ts')).explainJob));

  withGlobals(limits.command('set'))
    .description('set a limit over what is learned; says first what that does')
    .argument('<lane>', 'such as host:example.com or job:j_1')
    .option('--at-once <count>', 'so many at once')
    .option('--per-second <rate>', 'so many starts a second, such as 0.5')
    .option('--dry-run', 'only say what it would do')
    .action(run(async () => (await import('./commands/limits.ts')).setLimit));
  withGlobals(limits.command('reset'))
    .description('give a limit back to be learned')
    .argument('<lane>', 'such as host:example.com or job:j_1')
    .action(run(async () => (await import('./commands/limits.ts')).resetLimit));

  const nodes = program.command('nodes').description('who shares the work of a cluster');
  withGlobals(nodes.command('ls'))
    .description('the nodes and what each holds; * is the one that answers')
    .action(run(async () => (await import('./commands/nodes.ts')).listNodes));
  withGlobals(nodes.command('drain'))
    .description('let a node come to its end; its process ends')
    .argument('<node>', 'id of the node')
    .action(run(async () => (await import('./commands/nodes.ts')).drainNode));

  const db = program.command('db').description('the database of this data directory');
  withData(withBasics(db.command('backup')))
    .description('copy the data directory while work goes on')
    .argument('<directory>', 'a new directory')
    .action(run(async () => (await import('./commands/db.ts')).backUp));
  withData(withBasics(db.command('copy')))
    .description('copy the data directory into an empty Postgres, for several nodes')
    .option('--to <url>', 'postgres://user:password@host/database (default SLUICE_DATABASE_URL)')
    .action(run(async () => (await import('./commands/db.ts')).copyDatabase));
}

function addCollectionCommands(program: Command, run: Run): void {
  const collections = program.command('collections').description('what is kept across jobs');
  const load = () => import('./commands/collections.ts');
  const one = (name: string, description: string) =>
    withGlobals(collections.command(name))
      .description(description)
      .argument('<collection>', 'its name')
      .option('--prefix <text>', 'only keys that begin so')
      .option('--changed-since <time>', 'only what changed since: a day, a time, or 24h');
  withGlobals(collections.command('ls'))
    .description('list collections')
    .action(run(async () => (await load()).listCollections));
  one('show', 'the first entries of a collection')
    .option('-n, --limit <count>', 'at most so many', '20')
    .action(run(async () => (await load()).showCollection));
  errorsAsJson(one('export', 'write the entries of a collection to a file'))
    .option('-o, --output <file>', 'write them here (.csv .parquet .sqlite .jsonl …; - = stdout)')
    .addOption(new Option('--out <file>', 'the same').hideHelp())
    .option('--format <format>', 'format, where the file name does not tell')
    .option('--to <url>', 'send them to Postgres: postgres://user@host/db?table=name')
    .option(
      '--deliver <url>',
      'a row a key, there as it is now: duckdb:, postgres:, bigquery: or a name (repeatable)',
      collect,
    )
    .option('--safe-formulas [cells]', 'keep cells from running as formulas: results or all')
    .action(run(async () => (await load()).exportCollection));
}

function addScheduleCommands(program: Command, run: Run): void {
  const schedules = program.command('schedules').description('jobs that start by cron');
  const load = () => import('./commands/schedules.ts');
  const one = (name: string, description: string) =>
    withGlobals(schedules.command(name))
      .description(description)
      .argument('<schedule>', 'id of the schedule');
  const zone = ['--time-zone <name>', 'IANA name, such as Europe/Paris (default UTC)'] as const;
  withGlobals(schedules.command('ls'))
    .description('list schedules')
    .action(run(async () => (await load()).listSchedules));
  withGlobals(schedules.command('create'))
    .description('start a job at every tick of a cron expression')
    .argument('<collector>', 'name of a collector')
    .requiredOption('--cron <expression>', 'such as "30 6 * * 1-5", or @daily')
    .option(...zone)
    .option('--name <name>', 'what it is for')
    .option('--input-of <job>', 'work through the input of this job, each time')
    .option('-c, --column <name>', 'column that holds what to collect')
    .option('--opt <name=value>', 'an option of the collector (repeatable)', collect)
    .option('--concurrency <count>', 'rows active at once (default: adaptive)')
    .option('--retries <count>', 'attempts after the first')
    .addOption(
      new Option('--overlap <policy>', 'while the job of the run before is not over').choices([
        'skip',
        'queue',
        'replace',
      ]),
    )
    .option(
      '--deliver <name>',
      'deliver the records of each run to this destination of the server (repeatable)',
      collect,
    )
    .option('--jitter <duration>', 'start each run up to so long after its tick')
    .option('--paused', 'nothing starts before it is resumed')
    .action(run(async () => (await load()).createSchedule));
  one('show', 'a schedule and its next runs').action(run(async () => (await load()).showSchedule));
  one('rm', 'remove a schedule; its jobs stay').action(
    run(async () => (await load()).removeSchedule),
  );
  one('pause', 'start nothing more; what runs goes on').action(
    run(async () => (await load()).pauseSchedule),
  );
  one('resume', 'go on with the next tick').action(run(async () => (await load()).resumeSchedule));
  one('run', 'start a run now').action(run(async () => (await load()).runSchedule));
  one('history', 'the last runs')
    .option('-n, --limit <count>', 'at most so many', '20')
    .action(run(async () => (await load()).listRuns));
  withGlobals(schedules.command('preview'))
    .description('when an expression ticks next')
    .argument('<cron>', 'five fields, six with seconds first, or @daily, @hourly, …')
    .option(...zone)
    .option('-n, --count <count>', 'so many ticks', '5')
    .action(run(async () => (await load()).previewCron));
}

function addWebhookCommands(program: Command, run: Run): void {
  const webhooks = program.command('webhooks').description('who is told of the end of jobs');
  const load = () => import('./commands/webhooks.ts');
  const event = [
    '--event <event>',
    'job.completed, job.failed or job.cancelled (repeatable; default: all)',
    collect,
  ] as const;
  const one = (name: string, description: string) =>
    withGlobals(webhooks.command(name))
      .description(description)
      .argument('<webhook>', 'id of the webhook');
  withGlobals(webhooks.command('ls'))
    .description('list webhooks')
    .action(run(async () => (await load()).listWebhooks));
  withGlobals(webhooks.command('create'))
    .description('have an address told; the secret that signs is printed once')
    .argument('<url>', 'where it is told')
    .option(...event)
    .action(run(async () => (await load()).createWebhook));
  one('set', 'change a webhook')
    .option('--url <url>', 'where it is told')
    .option(...event)
    .option('--disable', 'it is told nothing any more')
    .option('--enable', 'it is told again, of what ends from now on')
    .action(run(async () => (await load()).setWebhook));
  one('rm', 'remove a webhook with its deliveries').action(
    run(async () => (await load()).removeWebhook),
  );
  one('test', 'send a ping now, and say what became of it').action(
    run(async () => (await load()).testWebhook),
  );
  one('deliveries', 'what was sent of late, and what waits')
    .option('-n, --limit <count>', 'at most so many', '50')
    .action(run(async () => (await load()).listDeliveries));
}
