/**
 * The reference of commands, read from what `sluice … --help` prints: the same words in both, and no
 * second list of commands to keep. Help neither opens a data directory nor reads settings.
 */
import { runProgram } from '../src/cli/program.ts';
import type { Io } from '../src/cli/workbench.ts';

interface Entry {
  readonly term: string;
  readonly text: string;
}

interface Help {
  readonly usage: string;
  readonly description: string;
  readonly sections: ReadonlyMap<string, readonly Entry[]>;
}

/** Options that every command has, told once. */
const SHARED = /(?:^|, )--(?:config|json|quiet|verbose)(?: |$)/;

export async function commandReference(): Promise<string> {
  const parts: string[] = [];
  let shared: readonly Entry[] = [];
  await walk([], (help) => {
    const options = help.sections.get('Options') ?? [];
    if (shared.length === 0 && options.some(isShared)) shared = options.filter(isShared);
    if (!help.sections.has('Commands')) parts.push(section(help, shared));
  });
  return `# Commands

<!-- Made by \`npm run docs\` from the help texts of src/cli/program.ts. Do not edit. -->

\`sluice COMMAND --help\` says the same. From a checkout it is \`npx sluice COMMAND\`. What the exit codes
mean is told in [start](start.md#exit-codes), what \`--json\` prints in [scripting](scripting.md).

Every command but \`completion\` takes

${table('option', shared)}

${parts.join('\n\n')}
`;
}

/** Looks at the help of a command, then at that of the commands below it. */
async function walk(path: readonly string[], look: (help: Help) => void): Promise<void> {
  const help = parseHelp(await helpText(path));
  look(help);
  for (const { term } of help.sections.get('Commands') ?? []) {
    const name = term.split(' ')[0] as string;
    if (name !== 'help') await walk([...path, name], look);
  }
}

async function helpText(path: readonly string[]): Promise<string> {
  let text = '';
  const stream = { write: (chunk: string) => (text += chunk) };
  const io = { stdin: process.stdin, stdout: stream, stderr: stream, env: {}, cwd: '/' };
  const open = () => {
    throw new Error('help opened a data directory');
  };
  const parts = { open, prepareEngine: open };
  const exitCode = await runProgram([...path, '--help'], io as unknown as Io, parts);
  if (exitCode !== 0) throw new Error(`sluice ${path.join(' ')} --help: ${text}`);
  return text;
}

/** Lines that were wrapped to the width of a terminal are put together again. */
function parseHelp(text: string): Help {
  const [usage = '', description = '', ...blocks] = text.trim().split(/\n{2,}/);
  const sections = new Map<string, Entry[]>();
  for (const block of blocks) {
    const [title = '', ...lines] = block.split('\n');
    const entries: { term: string; text: string }[] = [];
    for (const line of lines) {
      const [, term, rest = ''] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
      const last = entries.at(-1);
      if (term !== undefined) entries.push({ term, text: rest });
      else if (last) last.text = `${last.text} ${line.trim()}`.trim();
    }
    sections.set(title.replace(/:$/, ''), entries);
  }
  const oneLine = (words: string) => words.replaceAll(/\s+/g, ' ');
  return {
    usage: oneLine(usage.replace(/^Usage: /, '')),
    description: oneLine(description),
    sections,
  };
}

function section(help: Help, shared: readonly Entry[]): string {
  const told = new Set(shared.map(({ term, text }) => `${term} ${text}`));
  const own = (help.sections.get('Options') ?? []).filter(
    ({ term, text }) => !told.has(`${term} ${text}`) && !term.endsWith('--help'),
  );
  const words = help.usage.replace(' [options]', '');
  const sentence = `${help.description[0]?.toUpperCase()}${help.description.slice(1)}.`;
  return [
    `## ${words.replaceAll('<', '&lt;')}`,
    sentence.replace(/\.\.$/, '.'),
    table('argument', help.sections.get('Arguments') ?? []),
    table('option', own),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function table(title: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return '';
  const rows = entries.map(({ term, text }) => `| \`${cell(term)}\` | ${cell(text)} |`);
  return [`| ${title} | |`, '|---|---|', ...rows].join('\n');
}

function isShared({ term }: Entry): boolean {
  return SHARED.test(term);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/ ?\(default: false\)/, '');
}
