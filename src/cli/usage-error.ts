/** What commander found wrong with the words of a command, as an error of our own. */
import type { CommanderError } from 'commander';
import { SluiceError } from '../base/errors.ts';

/** `error: unknown option '--colum'\n(Did you mean --column?)` becomes `usage.unknown`. */
export function usageError({ message }: CommanderError): SluiceError {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown (command|option) '(.*)'$/.exec(first);
  if (unknown?.[1] !== undefined && unknown[2] !== undefined) {
    return new SluiceError('usage.unknown', {
      kind: unknown[1],
      name: unknown[2],
      suggestion: second.replace(/^\((.*)\)$/, '$1') || 'See sluice --help.',
    });
  }
  const sentence = first.charAt(0).toUpperCase() + first.slice(1);
  return new SluiceError('usage.invalid', { detail: sentence.replace(/\.$/, '') });
}
