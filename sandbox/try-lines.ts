/** The end of what a stand-in says of itself: commands that work as they are pasted. */
import { shellWord } from '../src/cli/shell-word.ts';

/** `settings` are for the shell that the commands run in; `commands` are words after `sluice`. */
export function tryLines(
  settings: Readonly<Record<string, string>>,
  ...commands: readonly (readonly string[])[]
): readonly string[] {
  const exported = Object.entries(settings).map(([name, value]) => `${name}=${shellWord(value)}`);
  const lines = [
    ...(exported.length === 0 ? [] : [['export', ...exported].join(' ')]),
    ...commands.map((words) => ['sluice', ...words.map(shellWord)].join(' ')),
  ];
  return ['', 'To use it:', ...lines.map((line) => `  ${line}`)];
}
