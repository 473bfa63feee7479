/** The commands around leads. */
import { type Command, Option } from 'commander';
import { LEAD_SOURCES } from '../collectors/leads/lead-source.ts';
import type { Load } from './program.ts';
import { withGlobals } from './program-globals.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;
type Add = (command: Command) => Command;

const collect = (value: string, before: string[] = []) => [...before, value];

/** `withWork` adds what commands share that work through a job and follow it. */
export function addLeadCommands(program: Command, run: Run, withWork: Add): void {
  const leads = program.command('leads').description('leads of X: lists, and collecting them');
  const work = () => import('./commands/leads.ts');
  withWork(withGlobals(leads.command('collect')))
    .description('bring what is new on the lists that are due, and follow it to the end')
    .option('--lead-list-id <id>', 'this list, due or not (repeatable)', collect)
    .option('--force', 'also lists that are not due, each read to its end anew')
    .option('--max-lists <count>', 'at most so many lists, longest not taken up first')
    .option('--batch <count>', 'new leads a list at most (default: batchSize of the settings)')
    .action(run(async () => (await work()).collectLeads));
  withGlobals(leads.command('schedule'))
    .description('have a server collect the lists that are due, again and again')
    .option('--every <duration>', 'such as 20m or 6h', '20m')
    .option('--max-lists <count>', 'at most so many lists a run')
    .option('--deliver <name>', 'deliver each run to this destination (repeatable)', collect)
    .action(run(async () => (await work()).scheduleLeads));
  addListCommands(leads, run);
}

function addListCommands(leads: Command, run: Run): void {
  const lists = leads.command('lists').description('what leads are collected of');
  const load = () => import('./commands/lead-lists.ts');
  const one = (name: string, description: string) =>
    withGlobals(lists.command(name))
      .description(description)
      .argument('<list>', 'number of the list');
  withGlobals(lists.command('ls'))
    .description('list them, with where they stand')
    .action(run(async () => (await load()).listLists));
  const add = withGlobals(lists.command('add')).description('store a list; prints its number');
  add.addArgument(add.createArgument('<source>', 'where leads come from').choices(LEAD_SOURCES));
  add
    .argument('<target>', 'a user (@name, id, address), the id of a list, or a query')
    .option('--name <name>', 'what it is called')
    .option('--max-leads <count>', 'leads that it may have')
    .action(run(async () => (await load()).addList));
  withGlobals(lists.command('import'))
    .description('store the lists of a file: source, target, name, max_leads, active, id')
    .argument('[file]', 'CSV, TSV or JSONL; - reads standard input', '-')
    .action(run(async () => (await load()).importLists));
  one('show', 'a list, its last run and what went wrong').action(
    run(async () => (await load()).showList),
  );
  one('set', 'change a list')
    .option('--name <name>', 'what it is called')
    .option('--max-leads <count>', 'leads that it may have; 0 = any number')
    .addOption(new Option('--disable', 'it is no longer due').conflicts('enable'))
    .addOption(new Option('--enable', 'it is due again'))
    .action(run(async () => (await load()).setList));
  one('rm', 'remove a list; the leads it brought stay').action(
    run(async () => (await load()).removeList),
  );
}
