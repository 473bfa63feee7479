/**
 * Flags that commands share: each command lists those that do something for it. How work is shown
 * may be said of all of them: scripts give one set of flags to every command.
 */
import { type Command, Option } from 'commander';

const JSON_FLAG = '--json';

/** Of every command. */
export function withBasics(command: Command): Command {
  for (const option of displayOptions()) command.addOption(option.hideHelp());
  return command
    .option('--config <file>', 'configuration file (default ./sluice.json, if there is one)')
    .option(JSON_FLAG, 'NDJSON on standard output', false)
    .option('-q, --quiet', 'say nothing but errors', false)
    .option('-v, --verbose', 'say more, and show stacks', false);
}

/** Of commands that work in a data directory and never ask a server. */
export function withData(command: Command): Command {
  return command.option('--data <dir>', 'data directory (default ./.sluice)');
}

export function withTenant(command: Command): Command {
  return command.option('--tenant <name>', 'tenant that the jobs belong to');
}

/** Of commands about what a data directory or a server has. */
export function withGlobals(command: Command): Command {
  return withTenant(withData(withBasics(command)))
    .option('--server <url>', 'speak to this server instead of working here')
    .option('--token <key>', 'key for the server (better: SLUICE_TOKEN)');
}

/** Of commands that show work while it goes on. */
export function withDisplay(command: Command): Command {
  const names = displayOptions().map(({ long }) => long);
  for (const option of command.options) if (names.includes(option.long)) option.hideHelp(false);
  return command;
}

function displayOptions(): readonly Option[] {
  return [
    new Option('--progress <kind>', 'how to show progress')
      .choices(['auto', 'tty', 'plain', 'none'])
      .default('auto'),
    new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
  ];
}

/** Of commands whose output has a format of its own: what is told of an error is JSON alone. */
export function errorsAsJson(command: Command): Command {
  const flag = command.options.find(({ long }) => long === JSON_FLAG);
  if (flag !== undefined) flag.description = 'errors as NDJSON on standard output';
  return command;
}
