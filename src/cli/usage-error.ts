/** What commander found wrong with the words of a command, as an error of our own. */
import type { CommanderError } from 'commander';
import { SluiceError } from '../base/errors.ts';
import { nearestKey, settingsOfKey } from '../model/setting-keys.ts';
import { SETTINGS } from '../model/settings.ts';

/** Of an option's value or an argument's, where only some are allowed. */
const CHOICE =
  /^(?:option|command-argument value) '(.+?)'(?: argument '(.*)')? is invalid(?: for argument '(.*)')?\. Allowed choices are (.*)\.$/i;

/** `error: unknown option '--colum'\n(Did you mean --column?)` becomes `usage.unknown`. */
export function usageError({ message }: CommanderError): SluiceError {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown (command|option) '(.*)'$/.exec(first);
  if (unknown?.[1] !== undefined && unknown[2] !== undefined) {
    const [, kind, name] = unknown;
    const help = kind === 'option' ? unknownOption(name) : 'See sluice --help.';
    const suggestion = second.replace(/^\((.*)\)$/, '$1') || help;
    return new SluiceError('usage.unknown', { kind, name, suggestion });
  }
  const detail = wrongChoice(first) ?? noValue(first) ?? first.replace(/\.$/, '');
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1);
  return new SluiceError('usage.invalid', { detail: sentence });
}

/** Most settings have no option of their own: `--max-workers` is in the file or the environment. */
function unknownOption(option: string): string {
  const key = option
    .replace(/^-+/, '')
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const near = settingsOfKey(key).length > 0 ? key : nearestKey(key)?.split(' ', 1)[0];
  const [name] = settingsOfKey(near ?? '');
  if (name === undefined) return 'See the command with --help.';
  return `See the command with --help; there is a setting ${name} (${SETTINGS[name].env[0]}).`;
}

function wrongChoice(message: string): string | undefined {
  const [, first = '', ofOption, argument, choices = ''] = CHOICE.exec(message) ?? [];
  if (choices === '') return undefined;
  const [what, given] =
    ofOption === undefined ? [`[${argument}]`, first] : [flagOf(first), ofOption];
  const words = choices.split(', ');
  const last = words.pop();
  const all = words.length === 0 ? last : `${words.join(', ')} or ${last}`;
  return `${what} takes ${all}, not "${given}"`;
}

function noValue(message: string): string | undefined {
  const flags = /^option '(.*)' argument missing$/.exec(message)?.[1];
  if (flags === undefined) return undefined;
  return `${flagOf(flags)} takes ${/<.*>/.exec(flags)?.[0] ?? 'a value'}, and none was given`;
}

/** `-o, --output <file>` as `--output`. */
function flagOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}
