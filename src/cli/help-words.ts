/** `sluice help …`: commander shows the help of whatever it can find; a wrong word is an error. */
import type { Command } from 'commander';
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';

/**
 * The command whose help `args` ask for by the word `help`; undefined where they ask for none.
 * Throws `usage.unknown` where there is no such command.
 */
export function askedHelp(program: Command, args: readonly string[]): Command | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  let command = program;
  let asked = false;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) {
      command = next;
      continue;
    }
    const isHelp = word === 'help' && command.commands.length > 0;
    // `sluice help help` has nothing more to say.
    if (!asked && !isHelp) return undefined;
    if (!isHelp) throw unknownCommand(command, word);
    asked = true;
  }
  return asked ? command : undefined;
}

function unknownCommand(command: Command, word: string): SluiceError {
  const path: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) {
    path.unshift(each.name());
  }
  const names = command.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'));
  const near = nearest(word, names);
  return new SluiceError('usage.unknown', {
    kind: 'command',
    name: [...path.slice(1), word].join(' '),
    suggestion: near === undefined ? `See ${path.join(' ')} --help.` : `Did you mean ${near}?`,
  });
}
