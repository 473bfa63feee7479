/**
 * The command tree. Commands are loaded when they run; what every command shares (settings, errors,
 * exit codes) is done once, here.
 */
import { Command, CommanderError, Option } from 'commander';
import type { ResolvedSettings } from '../model/resolve-settings.ts';
import { EXIT } from './exit.ts';
import { askedHelp } from './help-words.ts';
import { loadSettings, type SettingFlags, warnOfVariables } from './load-settings.ts';
import { addCampaignCommands } from './program-campaigns.ts';
import { addChannelCommands } from './program-channels.ts';
import { errorsAsJson, withBasics, withData, withDisplay, withGlobals } from './program-globals.ts';
import { addLeadCommands } from './program-leads.ts';
import { addSandboxCommands } from './program-sandbox.ts';
import { addServiceCommands } from './program-service.ts';
import { reportError } from './report-error.ts';
import { usageError } from './usage-error.ts';
import type { Io, Purpose, Workbench } from './workbench.ts';

export interface Invocation {
  readonly io: Io;
  readonly flags: GlobalFlags;
  readonly resolved: ResolvedSettings;
  workbench(): Promise<Workbench>;
  /** A workbench with other settings than the invocation's. */
  open(resolved: ResolvedSettings, purpose?: Purpose): Promise<Workbench>;
}

export interface GlobalFlags extends SettingFlags {
  readonly json: boolean;
  readonly progress: 'auto' | 'tty' | 'plain' | 'none';
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet: boolean;
  readonly verbose: boolean;
}

type Handler = (invocation: Invocation, args: readonly string[], own: OwnFlags) => Promise<number>;
export type OwnFlags = Readonly<Record<string, unknown>>;

/** Loads a command's module and takes its function by name. */
export type Load = () => Promise<Handler>;

/** What the command line is given by the composition root. */
export interface Composition {
  open(resolved: ResolvedSettings, purpose?: Purpose): Promise<Workbench>;
  /** Told before a command is loaded that will open an engine here. */
  prepareEngine(resolved: ResolvedSettings): Promise<void>;
}

export async function runProgram(
  args: readonly string[],
  io: Io,
  { open, prepareEngine }: Composition,
): Promise<number> {
  let exitCode = 0;
  let where: OwnFlags = {};
  const program = new Command('sluice')
    .description(
      'Works through long lists of slow, rate-limited things: fast, fair, and resumable.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Told once, in the form of every other error.
      outputError: () => {},
    })
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'show the help of a command');

  const run =
    (load: Load, needs?: 'engine') =>
    async (...actionArgs: unknown[]) => {
      const command = actionArgs.at(-1) as Command;
      const { out, ...given } = command.optsWithGlobals() as GlobalFlags & OwnFlags;
      // Two names of one flag; everything behind this knows the first.
      const flags = out === undefined ? given : { output: out, ...given };
      where = flags;
      if (!flags.quiet) warnOfVariables(io);
      const resolved = loadSettings(io, flags);
      if (needs === 'engine' && flags.server === undefined) await prepareEngine(resolved);
      let workbench: Promise<Workbench> | undefined;
      const invocation: Invocation = {
        io,
        flags,
        resolved,
        open,
        workbench: () => {
          workbench ??= open(resolved);
          return workbench;
        },
      };
      exitCode = await (await load())(invocation, command.processedArgs.flat(), flags);
    };
  addCommands(program, run);
  addCompletion(
    program,
    io,
    (code) => {
      exitCode = code;
    },
    () => open(loadSettings(io, {})),
  );
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  try {
    const helped = askedHelp(program, args);
    if (helped !== undefined) {
      helped.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(args as string[], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, io, args, where);
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code === 'commander.help') return EXIT.usage;
    return reportError(usageError(error), io, args);
  }
}

function addCompletion(
  program: Command,
  io: Io,
  end: (exitCode: number) => void,
  open: () => Promise<Workbench>,
) {
  const load = () => import('./commands/completion.ts');
  program
    .command('completion')
    .description('print the completion script of a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => end((await load()).printCompletion(io, shell)));
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[]) =>
      end(await (await load()).complete(io, program, words, open)),
    );
}

type Run = (load: Load, needs?: 'engine') => (...args: unknown[]) => Promise<void>;

function addCommands(program: Command, run: Run) {
  const collect = (value: string, before: string[] = []) => [...before, value];

  const withLimits = (command: Command): Command =>
    command
      .option('--resolve <host=addr:port>', 'reach a host at a fixed address (repeatable)', collect)
      .option('--allow-host <host>', 'allow a private address by name (repeatable)', collect)
      .option('--no-robots', 'do not ask robots.txt')
      .option('--host-rate <rate>', 'requests a second to one host: 5/s, learned or none')
      .option('--host-concurrency <count>', 'requests to one host at once (0 = adaptive)')
      .option('--request-timeout <duration>', 'longest wait for one request, such as 10s')
      .option('--fresh', 'do not answer from results of earlier jobs');

  const withFollow = (command: Command): Command =>
    withDisplay(command)
      .option('--timeout <duration>', 'stop following after this long, resumably; exit code 124')
      .option('--allow-failed <n|p%>', 'exit with 0 up to so many failed rows')
      .option('--cancel-on-interrupt', 'with --server: Ctrl-C cancels the job');

  const withDownload = (command: Command): Command =>
    command
      .option(
        '-o, --output <file>',
        'write the results here (.csv .tsv .jsonl .json .xlsx .parquet .sqlite; - = stdout)',
      )
      .addOption(new Option('--out <file>', 'the same').hideHelp())
      .option('--to <url>', 'send the records to Postgres: postgres://user@host/db?table=name')
      .option('--format <format>', 'format, where the file name does not tell')
      .option('--records', 'one line a record instead of one a row')
      .option('--safe-formulas [cells]', 'keep cells from running as formulas: results or all');

  const withInput = (command: Command): Command =>
    command
      .argument('<collector>', 'name of a collector, or path of your own (./my-collector.ts)')
      .argument('[input]', 'CSV, TSV, JSONL or text file; - reads standard input')
      .option('-c, --column <name>', 'column that holds what to collect')
      .addOption(
        new Option('--input-format <format>', 'format of the input (default: found out)').choices([
          'csv',
          'jsonl',
          'text',
        ]),
      )
      .option('--delimiter <char>', 'delimiter of the input, or tab (default: found out)')
      .option('--quote <char>', 'quote of the input (default: found out)')
      .option('--encoding <name>', 'encoding of the input (default: found out)')
      .option('--no-header', 'the first line of the input is a row, not column names')
      .option('--opt <name=value>', 'an option of the collector (repeatable)', collect)
      .option('--concurrency <count>', 'rows active at once (default: adaptive)')
      .option('--retries <count>', 'attempts after the first')
      .option('--idempotency-key <key>', 'the same key again continues the same job')
      .option(
        '--deliver <url>',
        'deliver records while the job runs: duckdb:, parquet:, postgres:, … (repeatable)',
        collect,
      );

  withInput(withFollow(withDownload(withLimits(withGlobals(program.command('run'))))))
    .description('work through an input and follow it to the end')
    .action(run(async () => (await import('./commands/run.ts')).runJob, 'engine'));
  withInput(withGlobals(program.command('submit')))
    .description('give a server an input to work through, and print the id of the job')
    .action(run(async () => (await import('./commands/run-remote.ts')).submitJob));

  const jobs = program.command('jobs').description('jobs of this data directory, or of a server');
  const job = (name: string, description: string) =>
    withGlobals(jobs.command(name)).description(description).argument('<job>', 'id of the job');
  withGlobals(jobs.command('ls'))
    .description('list jobs, newest first')
    .option('--state <state>', 'only jobs in this state; waiting: running, and nothing of it moves')
    .option('-n, --limit <count>', 'at most so many', '50')
    .action(run(async () => (await import('./commands/jobs-read.ts')).listJobs));
  job('show', 'what a job is doing, and what failed')
    .option('--task <row>', 'one row instead, with its attempts')
    .option('--attempts', 'instead the attempts that are kept, the last begun first')
    .option('--latest', 'instead the latest attempts of all, as the server has them in memory')
    .option('--log [level]', 'instead what was said of it: debug, info, warn or error and above')
    .option('--events', 'instead its events, as the server has told them')
    .option('-n, --limit <count>', 'of these at most so many (default 50)')
    .action(run(async () => (await import('./commands/jobs-read.ts')).showJob));
  withDisplay(job('watch', 'follow a job that another process runs')).action(
    run(async () => (await import('./commands/jobs-watch.ts')).watchJob),
  );
  withDownload(errorsAsJson(job('download', 'results of a job, also while it runs')))
    .option('--failed', 'only rows that failed, with code and reason, as CSV')
    .option('--only <failure>', 'of these only the failures of this code or group')
    .option('--duplicates', 'with --failed: rows like an earlier one as well')
    .action(run(async () => (await import('./commands/jobs-read.ts')).downloadJob));
  job('pause', 'stop a job; resume continues it').action(
    run(async () => (await import('./commands/jobs-change.ts')).pauseJob),
  );
  withFollow(
    withDownload(withLimits(job('resume', 'continue a job and follow it to the end'))),
  ).action(run(async () => (await import('./commands/jobs-change.ts')).resumeJob));
  job('cancel', 'end a job; rows not done yet are cancelled').action(
    run(async () => (await import('./commands/jobs-change.ts')).cancelJob),
  );
  withFollow(withDownload(withLimits(job('retry', 'run the failed rows again'))))
    .option('--only <failure>', 'only failures of this code, or of the group that jobs show names')
    .action(run(async () => (await import('./commands/jobs-change.ts')).retryJob));
  job('deliver', 'deliver the records of a job, or go on where that has stopped')
    .argument('[urls...]', 'where to: duckdb:, parquet:, postgres: or a name of a destination')
    .action(run(async () => (await import('./commands/jobs-deliver.ts')).deliverJob));
  job('rm', 'delete a job and its results')
    .option('--yes', 'do not ask')
    .action(run(async () => (await import('./commands/jobs-change.ts')).removeJob));

  const collectors = program.command('collectors').description('what can be collected');
  withGlobals(collectors.command('ls'))
    .description('list collectors')
    .action(run(async () => (await import('./commands/collectors.ts')).listCollectors));
  withGlobals(collectors.command('describe'))
    .description('input, options and results of a collector')
    .argument('<collector>')
    .action(run(async () => (await import('./commands/collectors.ts')).describeCollector));

  const config = program.command('config').description('settings');
  withLimits(withGlobals(config.command('print')))
    .description('every setting, its value and where it comes from')
    .action(run(async () => (await import('./commands/config.ts')).printConfig));
  withLimits(withGlobals(config.command('check')))
    .description('check the configuration file and the environment')
    .action(run(async () => (await import('./commands/config.ts')).checkConfig));

  withData(withBasics(program.command('doctor')))
    .description('check this machine and this data directory')
    .action(run(async () => (await import('./commands/doctor.ts')).runDoctor));

  const bench = program.command('bench').description('what this machine can do');
  withData(withBasics(bench.command('here')))
    .description('what doing things at once brings on this machine, and what limits it')
    .option('--each <duration>', 'for how long each number of workers is measured', '1s')
    .action(run(async () => (await import('./commands/bench.ts')).runBenchHere));

  addServiceCommands(program, run, withLimits);
  const withWork = (command: Command) => withFollow(withDownload(withLimits(command)));
  addCampaignCommands(program, run, withWork);
  addLeadCommands(program, run, withWork);
  addChannelCommands(program, run, withWork);

  withBasics(program.command('upload'))
    .description('upload files into S3-compatible storage; large ones in parts, several at once')
    .argument('<files...>')
    .option('--to <place>', 's3://bucket or s3://bucket/prefix (default: filesTo)')
    .action(run(async () => (await import('./commands/upload.ts')).runUpload));

  addSandboxCommands(program, run);

  const demo = withDisplay(withBasics(program.command('demo')));
  demo
    .description('collect from stand-ins on this machine, and compare with the truth')
    .addArgument(
      demo
        .createArgument('[what]', 'contacts, leads, channels, campaigns or media')
        .choices(['contacts', 'leads', 'channels', 'campaigns', 'media'])
        .default('contacts'),
    )
    .option(
      '--count <count>',
      'number of sites (default 300), members a list (2,000), channels (8), clients (6) or recordings (12)',
    )
    .option('--keep', 'keep the files and the data directory')
    .action(run(async () => (await import('./commands/demo.ts')).runDemo));
}
