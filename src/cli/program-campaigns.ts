/** The commands around campaigns of call centres. */
import type { Command } from 'commander';
import type { Load } from './program.ts';
import { withGlobals } from './program-globals.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;
type Add = (command: Command) => Command;

const CREDENTIALS =
  'CSV (or a table: postgres://…?table=NAME, bigquery://…): campaign, client, url, user, password …';

const collect = (value: string, before: string[] = []) => [...before, value];

/** `withWork` adds what commands share that work through a job and follow it. */
export function addCampaignCommands(program: Command, run: Run, withWork: Add): void {
  const campaigns = program
    .command('campaigns')
    .description('calls of VICIdial call centres: logins, and collecting them');
  const work = () => import('./commands/campaigns.ts');
  withWork(withGlobals(campaigns.command('collect')))
    .description('bring the calls that are new or have changed, cycle after cycle')
    .argument('<credentials>', CREDENTIALS)
    .option('--single', 'one cycle, then the end')
    .option('--every <minutes>', 'minutes between the begins of cycles (default: of the settings)')
    .option('--from <hour>', 'one cycle over the hours from here, such as 2026-11-01')
    .option('--until <hour>', 'up to and without this hour (default: now); --to takes it as well')
    .option(
      '--deliver <url>',
      'deliver the calls while they come: bigquery:, … (repeatable)',
      collect,
    )
    .option('--opt <name=value>', 'an option of the collector (repeatable)', collect)
    .action(run(async () => (await work()).collectCampaigns));
  withGlobals(campaigns.command('import'))
    .description('keep the logins of a list as accounts; prints the list without them')
    .argument('[credentials]', CREDENTIALS)
    .option('--from <address>', 'the list is here: postgres://…?table=NAME, bigquery://…')
    .option('-o, --output <file>', 'write the list without passwords here, for `sluice run`')
    .action(run(async () => (await import('./commands/campaigns-import.ts')).importCredentials));
}
