/**
 * Completion in shells. The printed script asks the hidden `sluice __complete` for each word, so
 * that commands, options, jobs and collectors are always those of this version and directory. No
 * answer in time means no suggestions, never an error.
 */
import type { Command, Option } from 'commander';
import { SluiceError } from '../../base/errors.ts';
import { EXIT } from '../exit.ts';
import type { Io, Workbench } from '../workbench.ts';

const ANSWER_MS = 300;
const JOBS_MAX = 50;

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_sluice() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(sluice __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -o bashdefault -F _sluice sluice
`,
  zsh: `#compdef sluice
_sluice() {
  local -a found
  found=("\${(@f)$(sluice __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _sluice sluice
`,
  fish: `function __sluice_complete
  set -l words (commandline -opc) (commandline -ct)
  sluice __complete -- $words[2..] 2>/dev/null
end
complete -c sluice -a '(__sluice_complete)'
`,
};

/** Prints the script of a shell; throws `usage.unknown` for any other. */
export function printCompletion(io: Io, shell: string): number {
  const script = SCRIPTS[shell];
  if (script === undefined) {
    throw new SluiceError('usage.unknown', {
      kind: 'shell',
      name: shell,
      suggestion: `There are: ${Object.keys(SCRIPTS).join(', ')}.`,
    });
  }
  io.stdout.write(script);
  return EXIT.ok;
}

/** Prints what the last of `words` may become, one a line. */
export async function complete(
  io: Io,
  program: Command,
  words: readonly string[],
  open: () => Promise<Workbench>,
): Promise<number> {
  const current = words.at(-1) ?? '';
  let found: readonly string[] = [];
  try {
    found = await suggestions(program, words.slice(0, -1), current, open);
  } catch {
    // A shell that asks in the middle of a line wants no error.
  }
  const fitting = found.filter((each) => each.startsWith(current));
  if (fitting.length > 0) io.stdout.write(`${fitting.join('\n')}\n`);
  return EXIT.ok;
}

async function suggestions(
  program: Command,
  before: readonly string[],
  current: string,
  open: () => Promise<Workbench>,
): Promise<readonly string[]> {
  const { command, argumentCount, pending } = walk(program, before);
  if (pending) return pending.argChoices ?? [];
  if (current.startsWith('-')) return command.options.map(({ long, short }) => long ?? short ?? '');
  if (command.commands.length > 0) {
    return command.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'));
  }
  const argument = command.registeredArguments[argumentCount];
  if (argument?.name() === 'collector') {
    return (await open()).registry.list().map(({ name }) => name);
  }
  if (argument?.name() === 'job') return jobIds(await open());
  return argument?.argChoices ?? [];
}

/**
 * The command that the words before lead to, how many arguments it has, and an option without
 * value.
 */
function walk(program: Command, before: readonly string[]) {
  let command = program;
  let argumentCount = 0;
  let pending: Option | undefined;
  for (const word of before) {
    if (pending) {
      pending = undefined;
      continue;
    }
    if (word.startsWith('-') && word !== '-') {
      const option = command.options.find(({ long, short }) => word === long || word === short);
      pending = option?.required ? option : undefined;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next) command = next;
    else argumentCount += 1;
  }
  return { command, argumentCount, pending };
}

async function jobIds(bench: Workbench): Promise<readonly string[]> {
  const read = async () => {
    const store = await bench.openReader();
    try {
      return (await store.jobs({ limit: JOBS_MAX })).map(({ id }) => id);
    } finally {
      await store.close();
    }
  };
  const none = bench.clock.sleep(ANSWER_MS).then(() => []);
  return Promise.race([read(), none]);
}
