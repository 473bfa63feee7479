/** The commands around channels. */
import { type Command, Option } from 'commander';
import type { Load } from './program.ts';
import { withGlobals } from './program-globals.ts';

type Run = (load: Load) => (...args: unknown[]) => Promise<void>;
type Add = (command: Command) => Command;

const collect = (value: string, before: string[] = []) => [...before, value];

/** `withWork` adds what commands share that work through a job and follow it. */
export function addChannelCommands(program: Command, run: Run, withWork: Add): void {
  const channels = program.command('channels').description('messages of Telegram channels');
  const load = () => import('./commands/channels.ts');
  withWork(withGlobals(channels.command('collect')))
    .description('bring what is new in channels, and what was edited or deleted')
    .argument('<channels...>', 'names, @names or links')
    .addOption(
      new Option(
        '--reader <way>',
        'by the public preview, an account, or what is possible',
      ).choices(['preview', 'mtproto', 'auto']),
    )
    .option('--since <when>', 'messages from then on: 2026-01-31, or 30d ago')
    .option('--max-messages <count>', 'newest messages of each channel')
    .option('--no-images', 'leave the pictures')
    .option('--concurrent-limit <count>', 'channels at once, 1 = one after another, or adaptive')
    .option('--opt <name=value>', 'any other option of the collector (repeatable)', collect)
    .option('--retries <count>', 'attempts after the first')
    .action(run(async () => (await load()).collectChannels));
  withGlobals(channels.command('ls'))
    .description('channels that were collected, and how far')
    .action(run(async () => (await load()).listChannels));
}
