/** What commander found wrong with the words of a command, as an error of our own. */
import type { CommanderError } from 'commander';
import { SluiceError } from '../base/errors.ts';

/** `error: unknown option '--colum'\n(Did you mean --column?)` becomes `usage.unknown`. */
export function usageError({ message }: CommanderError): SluiceError {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown (command|option) '(.*)'$/.exec(first);
  if (unknown?.[1] !== undefined && unknown[2] !== undefined) {
    const [, kind, name] = unknown;
    const help = kind === 'option' ? 'See the command with --help.' : 'See sluice --help.';
    const suggestion = second.replace(/^\((.*)\)$/, '$1') || help;
    return new SluiceError('usage.unknown', { kind, name, suggestion });
  }
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  return new SluiceError('usage.invalid', { detail: sentence.replace(/\.$/, '') });
}
